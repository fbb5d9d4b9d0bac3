// Random walks from an item: some of them go before one's eyes, all of them are counted.

import { addressOf } from "./address.js";
import { colouring } from "./colours.js";
import { ask } from "./data.js";
import { count, isStill, labelled, make, nameOf, percent, short, slider, table } from "./dom.js";
import { add, arrange, fill, startDrawing } from "./drawing.js";

const STEP_MS = 550;
const powerOf = (at) => 2 ** (Number(at) / 4); // sliders of p and q go from 1/16 to 16
const placeOf = (value) => Math.round(4 * Math.log2(value));

export async function draw({ content, values, first, tell, title, isCurrent, change }) {
  const setting = { p: Number(values.p) || 1, q: Number(values.q) || 1, length: Number(values.length) || 8, walks: Number(values.walks) || 200 };
  tell("Walking …");
  const answer = await ask("walks", { item: values.item, relation: values.relation, ...setting });
  if (!isCurrent()) return;
  const items = new Map(answer.items.map((item) => [item.item_id, item]));
  const start = items.get(values.item);
  const isPlain = setting.p === 1 && setting.q === 1;
  title(`Walks from ${nameOf(start)}`);
  tell(`${count(setting.walks)} walks of ${setting.length} items with p ${short(setting.p)} and q ${short(setting.q)}, and as many with p = q = 1; drawn anew each time.`);

  const canvas = make("div", { class: "canvas low", role: "img", "aria-label": "The items that the shown walks come to; the walks are written below." });
  const line = make("p", { class: "hint", "aria-live": "off" });
  const play = make("button", { class: "main", "aria-pressed": "false" }, "Pause");
  content.replaceChildren(
    controls(),
    make(
      "div",
      { class: "split" },
      make("div", {}, canvas, make("div", { class: "row" }, play, make("button", { click: () => change({}, { replace: true }) }, "Walk again")), line, written()),
      make("div", { class: "card" }, counts()),
    ),
  );

  const isDirected = answer.relation === "next";
  const seen = new Set(answer.walks.flat());
  const drawn = answer.items.filter((item) => seen.has(item.item_id)).sort((a, b) => (b.item_id === values.item) - (a.item_id === values.item));
  const graph = startDrawing(canvas, isDirected);
  arrange(graph, add(graph, drawn, answer.links, colouring(drawn, "community").of, values.item));
  graph.getElementById(values.item).addClass("centre");
  fill(graph);

  let walk = 0;
  let step = 0;
  let timer = 0;
  function tick() {
    const path = answer.walks[walk];
    graph.nodes().removeClass("here");
    if (step === 0) graph.edges().removeClass("walked");
    const node = graph.getElementById(path[step]);
    node.addClass("here");
    if (step > 0) node.edgesWith(graph.getElementById(path[step - 1])).addClass("walked");
    line.textContent = `Walk ${walk + 1} of ${answer.walks.length}, step ${step + 1}: ${nameOf(items.get(path[step]))}`;
    step += 1;
    if (step >= path.length) [walk, step] = [(walk + 1) % answer.walks.length, 0];
  }
  function run(isOn) {
    clearInterval(timer);
    if (isOn) timer = setInterval(tick, STEP_MS);
    play.textContent = isOn ? "Pause" : "Play";
    play.setAttribute("aria-pressed", String(!isOn));
  }
  let isOn = !isStill();
  play.addEventListener("click", () => run((isOn = !isOn)));
  tick();
  run(isOn);

  function controls() {
    const changed = (name, of = (value) => value) => (event) => change({ [name]: of(event.target.value) }, { replace: true });
    const power = (at) => short(powerOf(at));
    return make(
      "div",
      { class: "controls" },
      labelled("p, against turning back", slider(-16, 16, 1, placeOf(setting.p), changed("p", power)), power),
      labelled("q, against going far", slider(-16, 16, 1, placeOf(setting.q), changed("q", power)), power),
      labelled("Length", slider(2, 40, 1, setting.length, changed("length"))),
      labelled("Walks", slider(20, 200, 20, setting.walks, changed("walks"))),
    );
  }

  function written() {
    return make(
      "details",
      {},
      make("summary", {}, "These walks in words"),
      make("ol", {}, answer.walks.map((path) => make("li", {}, path.map((name) => nameOf(items.get(name))).join(" → ")))),
    );
  }

  function counts() {
    const most = Math.max(...answer.visits.flatMap((row) => [row.asked, row.plain]), 1);
    const bar = (value, isOther) => make("div", { class: isOther ? "bar plain" : "bar", style: `width:${(100 * value) / most}%` });
    const link = (row) => make("a", { href: addressOf({ view: "graph", item: row.item_id, relation: values.relation }) }, nameOf(items.get(row.item_id)));
    const facts = [
      ["different items", count(answer.different.asked), count(answer.different.plain)],
      ["steps straight back", percent(answer.turned_back.asked), percent(answer.turned_back.plain)],
    ];
    return [
      make("h2", {}, "How often walks come where"),
      make("p", { class: "hint" }, isPlain ? "Both sets of walks have p = q = 1 now, so they differ by chance alone: move a slider." : "p above 1 keeps walks from turning straight back; q below 1 sends them far, above 1 keeps them near."),
      table("What p and q change", [
        { title: "", cell: (row) => row[0] },
        { title: "here", isNumber: true, cell: (row) => row[1] },
        { title: "p = q = 1", isNumber: true, cell: (row) => row[2] },
      ], facts),
      table("Visits by item", [
        { title: "item", cell: (row) => [link(row), bar(row.asked), bar(row.plain, true)] },
        { title: "here", isNumber: true, cell: (row) => count(row.asked) },
        { title: "p = q = 1", isNumber: true, cell: (row) => count(row.plain) },
      ], answer.visits.slice(0, 20)),
    ];
  }

  return () => {
    clearInterval(timer);
    graph.destroy();
  };
}
