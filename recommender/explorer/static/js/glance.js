// The graph at a glance: how much, how spread, in how many pieces, and which model versions.

import { addressOf } from "./address.js";
import { themed } from "./colours.js";
import { ask } from "./data.js";
import { count, make, percent, short, table } from "./dom.js";
import { layout, OPTIONS, plain, plotly } from "./plots.js";

const COUNTS = { items: "items", users: "users", sessions: "sessions without a user", categories: "categories", interactions: "interactions", next: ":NEXT", together: ":TOGETHER", versions: "versions" };

export async function draw({ content, tell, title, isCurrent }) {
  title("The graph at a glance");
  tell("Counting …");
  const [answer, Plotly] = await Promise.all([ask("glance"), plotly()]);
  if (!isCurrent()) return;
  tell("");
  const plots = [];
  const relations = answer.relations.map((relation) => {
    const name = `:${relation.relation.toUpperCase()}`;
    const degrees = make("div", { class: "plot", role: "img", "aria-label": `Items by number of ${name} neighbours; the table below says the same.` });
    const weights = make("div", { class: "plot", role: "img", "aria-label": `${name} relationships by weight.` });
    plots.push(() => drawDegrees(Plotly, degrees, relation), () => drawWeights(Plotly, weights, relation));
    return [
      make("section", { class: "card" }, make("h2", {}, `How many ${name} neighbours items have`), degrees, degreeTable(relation)),
      make("section", { class: "card" }, make("h2", {}, `How the weights of ${name} are spread`), weights, quantiles(relation)),
    ];
  });
  content.replaceChildren(
    make("dl", { class: "counts" }, Object.entries(COUNTS).filter(([key]) => answer.counts[key]).map(([key, words]) => make("div", {}, make("dt", {}, words), make("dd", {}, count(answer.counts[key]))))),
    make("div", { class: "columns" }, relations, components(answer.components), communities(answer.communities)),
    make("h2", {}, "Model versions"),
    versions(answer.versions),
  );
  for (const plot of plots) await plot();
  return () => content.querySelectorAll(".plot").forEach((each) => Plotly.purge(each));
}

const axis = (changes) => ({ gridcolor: themed("line"), linecolor: themed("edge"), zeroline: false, automargin: true, ...changes });

function drawDegrees(Plotly, element, relation) {
  const words = relation.degrees.map((row) => (row.from_degree === row.to_degree ? `${row.from_degree}` : `${row.from_degree}–${row.to_degree}`));
  const bars = { type: "bar", x: words, y: relation.degrees.map((row) => row.n_items), marker: { color: themed("accent") }, hovertemplate: "%{x} neighbours: %{y} items<extra></extra>" };
  return Plotly.newPlot(element, [bars], layout({ xaxis: axis({ type: "category", title: { text: "neighbours", standoff: 8 } }), yaxis: axis({ title: { text: "items" } }) }), { ...OPTIONS, displayModeBar: false });
}

function drawWeights(Plotly, element, relation) {
  const bars = {
    type: "bar", x: relation.weights.map((row) => plain(short(row.from_weight))), y: relation.weights.map((row) => row.n), marker: { color: themed("accent") },
    hovertemplate: "from %{x}: %{y}<extra></extra>",
  };
  return Plotly.newPlot(element, [bars], layout({ xaxis: axis({ type: "category", title: { text: "weight, from", standoff: 8 }, nticks: 8 }), yaxis: axis({ title: { text: "relationships" } }) }), { ...OPTIONS, displayModeBar: false });
}

function degreeTable(relation) {
  return make("details", {}, make("summary", {}, "As a table"), table("Items by number of neighbours", [
    { title: "neighbours", cell: (row) => `${row.from_degree} to ${row.to_degree}` },
    { title: "items", isNumber: true, cell: (row) => count(row.n_items) },
    { title: "share", isNumber: true, cell: (row) => percent(row.share) },
  ], relation.degrees));
}

function quantiles(relation) {
  const q = relation.quantiles;
  return make("p", { class: "hint" }, `Half of ${count(q.n)} weigh ${short(q.p50)} or less, nine in ten ${short(q.p90)} or less; least ${short(q.least)}, greatest ${short(q.greatest)}.`);
}

function components(found) {
  if (!found) return null;
  const [largest = 0] = found.largest;
  return make(
    "section",
    { class: "card" },
    make("h2", {}, "Pieces"),
    make("p", {}, `${count(found.n_components)} connected ${found.n_components === 1 ? "piece" : "pieces"}, the largest of ${count(largest)} items; ${count(found.n_alone)} items have no relationship.`),
    make("p", { class: "hint" }, "A walk never leaves its piece. Items without a relationship have no vector by walks: the API answers them by category, then by popularity."),
  );
}

function communities(rows) {
  return make(
    "section",
    { class: "card" },
    make("h2", {}, "Communities"),
    rows.length
      ? table("Communities and their most visited items", [
          { title: "", cell: (row) => `${row.community}` },
          { title: "items", isNumber: true, cell: (row) => count(row.n_items) },
          { title: "such as", cell: (row) => row.items.slice(0, 3).join(", ") },
        ], rows.slice(0, 15))
      : make("p", {}, "None yet. Run ", make("code", {}, "footpath communities"), "."),
  );
}

function versions(rows) {
  if (!rows.length) return make("p", {}, "None yet. Run ", make("code", {}, "footpath fit"), ".");
  const judged = (row) => Object.entries(row.metrics).filter(([, value]) => typeof value === "number").map(([name, value]) => `${name} ${short(value)}`).join(", ");
  return make("div", { class: "card" }, table("Model versions", [
    { title: "version", cell: (row) => make("a", { href: addressOf({ view: "map", version: row.version }) }, row.version) },
    { title: "", cell: (row) => (row.is_active ? "active" : row.status) },
    { title: "relation", cell: (row) => `:${row.relation.toUpperCase()}` },
    { title: "items", isNumber: true, cell: (row) => count(row.n_items) },
    { title: "dimensions", isNumber: true, cell: (row) => count(row.dimension) },
    { title: "evaluation", cell: (row) => judged(row) || "–" },
    { title: "published", cell: (row) => (row.published_at ? row.published_at.slice(0, 16).replace("T", " ") : "–") },
  ], rows));
}
