// An item's neighbourhood: drawn, and as a list that says the same.

import { addressOf, asked } from "./address.js";
import { colouring, hasCategories } from "./colours.js";
import { ask } from "./data.js";
import { choice, count, labelled, make, nameOf, percent, short, slider } from "./dom.js";
import { add, arrange, fill, fit, startDrawing } from "./drawing.js";

const STEPS = 60; // of the slider of least weight
const EXPANDED_BY = 8;

export async function draw({ content, values, first, tell, title, isCurrent, change }) {
  const n = Number(values.n) || 15;
  const asking = { item: values.item, n, least: values.least, relation: values.relation };
  const answer = await ask("neighbourhood", asking);
  if (!isCurrent()) return;
  const isDirected = answer.relation === "next";
  const [centre, ...neighbours] = answer.items;
  title(nameOf(centre));
  const words = isDirected ? "What follows it most often" : "What goes together with it most";
  tell(`${words}: ${count(neighbours.length)} items. ${count(centre.support)} visits hold ${centre.item_id}.`);

  let by = values.colour === "category" && hasCategories(answer.items) ? "category" : "community";
  const canvas = make("div", { class: "canvas", role: "img", "aria-label": `Graph of ${nameOf(centre)} and its neighbours; the list beside it says the same.` });
  const panel = make("div", { class: "card" });
  const legend = make("div", { class: "legend" });
  content.replaceChildren(controls(), make("div", { class: "split" }, make("div", {}, canvas, legend), panel));

  const graph = startDrawing(canvas, isDirected);
  let colours = colouring(answer.items, by);
  let selected = centre.item_id;
  const known = new Map(answer.items.map((item) => [item.item_id, item]));
  arrange(graph, add(graph, answer.items, answer.links, colours.of, centre.item_id));
  graph.getElementById(centre.item_id).addClass("centre");
  fill(graph);
  graph.on("tap", "node", (event) => select(event.target.id()));
  graph.on("dbltap", "node", (event) => expand(event.target.id()));
  select(centre.item_id);
  drawLegend();
  window.footpathGraph = graph; // for the tests and the benchmark of this page

  function controls() {
    const most = Math.max(...neighbours.map((each) => each.weight), 1e-12);
    const least = Math.min(...neighbours.map((each) => each.weight), most);
    const now = Number(values.least) || 0;
    const place = now > least && most > least ? Math.round((STEPS * Math.log(now / least)) / Math.log(most / least)) : 0;
    const weightOf = (at) => (Number(at) === 0 || most <= least ? 0 : least * (most / least) ** (Number(at) / STEPS));
    return make(
      "div",
      { class: "controls" },
      labelled("Neighbours", slider(3, 100, 1, Math.min(n, 100), (event) => change({ n: event.target.value }, { replace: true }))),
      labelled("Least weight", slider(0, STEPS, 1, place, (event) => change({ least: Number(event.target.value) ? short(weightOf(event.target.value)) : null }, { replace: true })), (at) => short(weightOf(at))),
      first.relations.length > 1
        ? labelled("Relation", choice(first.relations.map((name) => [name, `:${name.toUpperCase()}`]), answer.relation, (event) => change({ relation: event.target.value, least: null })))
        : null,
      hasCategories(answer.items)
        ? labelled("Colour by", choice([["community", "community"], ["category", "category"]], by, (event) => change({ colour: event.target.value }, { replace: true })))
        : null,
      make("button", { click: () => fit(graph) }, "Fit"),
    );
  }

  function drawLegend() {
    const isNone = !colours.legend.length;
    legend.replaceChildren(
      ...(isNone
        ? [make("span", {}, "No communities yet: run footpath communities.")]
        : colours.legend.map((entry) => make("span", {}, make("span", { class: "dot", style: `background:${entry.colour}` }), entry.words))),
      make("span", {}, isDirected ? "Arrow: what follows what. Width: weight." : "Width: weight. Larger: more visits."),
    );
  }

  function select(id) {
    selected = id;
    graph.nodes().unselect();
    const node = graph.getElementById(id);
    node.select();
    graph.edges().removeClass("near");
    node.connectedEdges().addClass("near");
    drawPanel();
  }

  async function expand(id) {
    tell(`Asking for the neighbours of ${nameOf(known.get(id))} …`);
    try {
      const more = await ask("neighbourhood", { item: id, n: EXPANDED_BY, relation: answer.relation });
      if (!isCurrent()) return;
      // Their shares are of the weight that leaves the expanded item; the panel tells those of the centre.
      for (const item of more.items) if (!known.has(item.item_id)) known.set(item.item_id, { ...item, share: null });
      colours = colouring([...known.values()], by);
      const added = add(graph, more.items, more.links, colours.of, id);
      if (added.length) arrange(graph, added);
      fit(graph);
      drawLegend();
      tell(added.length ? `${added.length} neighbours of ${nameOf(known.get(id))} added.` : "All of its strongest neighbours are here already.");
      select(id);
    } catch (error) {
      tell(error.message, true);
    }
  }

  function drawPanel() {
    const item = known.get(selected);
    const node = graph.getElementById(selected);
    const isCentre = selected === centre.item_id;
    const pinned = node.locked();
    const joined = node
      .connectedEdges()
      .filter((edge) => !isDirected || edge.source().id() === selected)
      .map((edge) => ({ other: edge.source().id() === selected ? edge.target().id() : edge.source().id(), weight: edge.data("weight"), count: edge.data("count") }))
      .sort((a, b) => b.weight - a.weight);
    const relation = asked().relation;
    const actions = [
      make("button", { click: () => expand(selected) }, "Expand"),
      make("button", { "aria-pressed": String(pinned), click: () => (pinned ? node.unlock() : node.lock(), node.toggleClass("pinned", !pinned), drawPanel()) }, "Pin"),
      isCentre ? null : make("button", { click: hide }, "Hide"),
      isCentre ? null : make("a", { class: "button", href: addressOf({ view: "why", item: centre.item_id, other: selected, relation }) }, "Why is it here?"),
      isCentre ? null : make("a", { class: "button", href: addressOf({ view: "graph", item: selected, relation }) }, "Go to it"),
      make("a", { class: "button", href: addressOf({ view: "walk", item: selected, relation }) }, "Walk from here"),
    ];
    const share = isCentre ? null : item.share;
    panel.replaceChildren(
      make("h2", {}, nameOf(item)),
      make(
        "p",
        { class: "hint" },
        `${item.item_id} · ${count(item.support)} visits`,
        item.category ? ` · ${item.category}` : "",
        item.community === null || item.community === undefined ? "" : ` · community ${item.community}`,
        share ? ` · a walk from ${nameOf(centre)} goes here ${percent(share)} of the time` : "",
      ),
      make("div", { class: "row" }, actions),
      make("h2", {}, isDirected ? "Followed by, of those shown" : "Joined to, of those shown"),
      make(
        "ul",
        { class: "items", tabindex: "0", "aria-label": `Neighbours of ${nameOf(item)}` },
        joined.map((link) =>
          make(
            "li",
            {},
            make("button", { class: "link", click: () => (select(link.other), panel.querySelector("button")?.focus()) }, nameOf(known.get(link.other))),
            make("span", { class: "number" }, link.count === null ? short(link.weight) : `${count(link.count)} × · ${short(link.weight)}`),
          ),
        ),
      ),
      make("p", { class: "hint" }, joined.length && joined[0].count !== null ? "Number of times seen, and weight. Double-click a node to expand it." : "Weight. Double-click a node to expand it."),
    );
  }

  function hide() {
    graph.getElementById(selected).remove();
    known.delete(selected);
    select(centre.item_id);
  }

  return () => graph.destroy();
}
