// Why two items are close: ways between them, visits that hold both, and the Cypher to see it again.

import { addressOf, asked } from "./address.js";
import { cypherBlock } from "./cypher.js";
import { ask } from "./data.js";
import { count, make, nameOf, percent, short, table } from "./dom.js";

export async function draw({ content, values, tell, title, isCurrent, go }) {
  if (!values.other) return chooseOther({ content, values, tell, title, isCurrent });
  const answer = await ask("why", { item: values.item, other: values.other, relation: values.relation });
  if (!isCurrent()) return;
  const [one, other] = answer.items;
  title(`Why ${nameOf(other)} is near ${nameOf(one)}`);
  const verb = answer.relation === "next" ? "followed each other" : "were together";
  const direct = answer.ways.find((way) => way.items.length === 2);
  const seen = direct && direct.counts[0] !== null && direct.counts[0] !== undefined ? `They ${verb} ${count(direct.counts[0])} times. ` : "";
  tell(`${seen}${count(answer.n_shared)} visits hold both.`);
  content.replaceChildren(
    make(
      "div",
      { class: "columns" },
      make(
        "section",
        { class: "card" },
        make("h2", {}, "The likeliest ways from one to the other"),
        answer.ways.length ? answer.ways.map(way) : make("p", {}, "No way joins them: they are near by their vectors alone."),
        make("p", { class: "hint" }, "Beside each arrow: the chance that a walk takes this step, and how often the two were seen. A way's chance is the product."),
      ),
      make(
        "section",
        { class: "card" },
        make("h2", {}, `${count(answer.n_shared)} visits hold both`),
        answer.visits.length
          ? table("The latest visits that hold both", [
              { title: "who", cell: (row) => (row.is_user ? `user ${row.visitor}` : "unknown visitor") },
              { title: "session", cell: (row) => row.session ?? "–" },
              { title: "when", cell: (row) => (row.at ? row.at.slice(0, 10) : "–") },
            ], answer.visits)
          : make("p", {}, "None: what joins them goes by way of other items."),
      ),
    ),
    make("h2", {}, "See it again"),
    ...answer.cypher.map(cypherBlock),
    make(
      "div",
      { class: "row" },
      make("a", { class: "button", href: addressOf({ view: "graph", item: values.item, relation: values.relation }) }, `Back to ${nameOf(one)}`),
      make("button", { click: () => go({ ...asked(), item: values.other, other: values.item }) }, "The other way round"),
    ),
  );
}

function way(found) {
  const link = (item) => make("a", { class: "chip", href: addressOf({ view: "graph", item: item.item_id, relation: asked().relation }) }, nameOf(item));
  const parts = [link(found.items[0])];
  found.chances.forEach((chance, n) => {
    const times = found.counts[n];
    parts.push(make("span", { class: "step" }, `→ ${percent(chance)}${times === null || times === undefined ? "" : `, ${count(times)} ×`} →`), link(found.items[n + 1]));
  });
  return make("div", { class: "way" }, parts, make("span", { class: "step" }, found.chances.length > 1 ? `= ${short(found.probability)}` : ""));
}

/** Ask which other item is meant, with the strongest neighbours at hand. */
async function chooseOther({ content, values, tell, title, isCurrent }) {
  const near = await ask("neighbourhood", { item: values.item, n: 15, relation: values.relation });
  if (!isCurrent()) return;
  const [one, ...others] = near.items;
  title(`Why … is near ${nameOf(one)}`);
  tell("Which other item?");
  content.replaceChildren(
    make(
      "div",
      { class: "card" },
      make("h2", {}, "One of its neighbours"),
      make("ul", { class: "items" }, others.map((item) =>
        make("li", {}, make("a", { href: addressOf({ view: "why", item: values.item, other: item.item_id, relation: values.relation }) }, nameOf(item)), make("span", { class: "number" }, short(item.weight))),
      )),
    ),
  );
}
