// The map: every item where its vector is. Zoom, lasso, click.

import { addressOf } from "./address.js";
import { colouring, hasCategories, REST } from "./colours.js";
import { ask } from "./data.js";
import { choice, count, fill, labelled, make, nameOf } from "./dom.js";
import { layout, OPTIONS, plain, plotly } from "./plots.js";

const MOST_LISTED = 200;

export async function draw({ content, values, first, tell, title, isCurrent, change, go }) {
  title("The map of items");
  tell("Reading the map …");
  const [answer, Plotly] = await Promise.all([ask("map", { version: values.version }), plotly()]);
  if (!isCurrent()) return;
  const items = answer.item_ids.map((id, n) => ({
    item_id: id, title: answer.titles[n], category: answer.categories[n], community: answer.communities[n], support: answer.support[n],
  }));
  const by = values.colour === "category" && hasCategories(items) ? "category" : "community";
  const colours = colouring(items, by);
  const how = answer.method === "umap" ? "UMAP: near on the map is near by vector; distances between groups mean little." : "PCA: the two directions in which vectors differ most. `footpath map` makes a finer map (UMAP).";
  tell(`${count(items.length)} items of model ${answer.version}, by ${how.replaceAll("`", "")}`);

  const canvas = make("div", { class: "canvas", role: "group", "aria-label": "Map of the items; groups and their largest members are listed beside it." });
  const list = make("div", { class: "card", "aria-live": "polite" });
  content.replaceChildren(
    make(
      "div",
      { class: "controls" },
      first.versions.length > 1
        ? labelled("Version", choice(first.versions.map((each) => [each.version, each.is_active ? `${each.version} (active)` : each.version]), answer.version, (event) => change({ version: event.target.value })))
        : null,
      hasCategories(items) ? labelled("Colour by", choice([["community", "community"], ["category", "category"]], by, (event) => change({ colour: event.target.value }, { replace: true }))) : null,
      make("p", { class: "hint" }, "Wheel to zoom, drag to move; lasso (above the map) to list what is inside; click to go to an item."),
    ),
    make("div", { class: "split" }, canvas, list),
  );
  await Plotly.newPlot(canvas, traces(), layout({
    xaxis: { visible: false }, yaxis: { visible: false, scaleanchor: "x" }, margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "pan", hovermode: "closest", showlegend: false,
  }), { ...OPTIONS, scrollZoom: true, modeBarButtonsToRemove: ["autoScale2d"] });
  canvas.on("plotly_click", (event) => go({ view: "graph", item: event.points[0].customdata }));
  canvas.on("plotly_selected", (event) => (event?.points?.length ? showSelected(event.points.map((point) => point.customdata)) : showGroups()));
  showGroups();
  window.footpathMap = canvas; // for the tests and the benchmark of this page

  function traces() {
    const groups = new Map(colours.legend.map((entry) => [entry.group, { ...entry, at: [] }]));
    const rest = { words: "others", colour: REST, at: [] };
    items.forEach((item, n) => (groups.get(colours.groupOf(item)) || rest).at.push(n));
    const size = items.length > 20_000 ? 3 : items.length > 5_000 ? 4 : 6;
    return [rest, ...groups.values()].filter((group) => group.at.length).map((group) => ({
      type: "scattergl", mode: "markers", name: plain(group.words), x: group.at.map((n) => answer.x[n]), y: group.at.map((n) => answer.y[n]),
      text: group.at.map((n) => plain(nameOf(items[n]))), customdata: group.at.map((n) => items[n].item_id), hovertemplate: "%{text}<extra></extra>",
      marker: { size, color: group.colour, opacity: 0.75 },
    }));
  }

  function itemList(shown) {
    return make("ul", { class: "items", tabindex: "0", "aria-label": "Items" }, shown.map((item) =>
      make("li", {}, make("a", { href: addressOf({ view: "graph", item: item.item_id }) }, make("span", { class: "dot", style: `background:${colours.of(item)}` }), nameOf(item)), make("span", { class: "number" }, count(item.support))),
    ));
  }

  function showSelected(ids) {
    const inside = new Set(ids);
    const chosen = items.filter((item) => inside.has(item.item_id)).sort((a, b) => b.support - a.support);
    list.replaceChildren(
      make("h2", {}, `${count(chosen.length)} items inside`),
      itemList(chosen.slice(0, MOST_LISTED)),
      make("div", { class: "row" }, make("button", { click: () => (Plotly.restyle(canvas, { selectedpoints: [null] }), showGroups()) }, "Clear")),
    );
  }

  function showGroups() {
    const of = (group) => items.filter((item) => colours.groupOf(item) === group).sort((a, b) => b.support - a.support);
    fill(
      list,
      make("h2", {}, by === "category" ? "Categories" : "Communities"),
      colours.legend.length ? null : make("p", { class: "hint" }, "None yet: run footpath communities."),
      ...colours.legend.map((entry) =>
        make("details", {}, make("summary", {}, make("span", { class: "dot", style: `background:${entry.colour}` }), `${entry.words}: ${count(entry.size)} items, such as ${nameOf(of(entry.group)[0])}`), itemList(of(entry.group).slice(0, 25))),
      ),
      make("p", { class: "hint" }, "Number of visits beside each."),
    );
  }

  return () => Plotly.purge(canvas);
}
