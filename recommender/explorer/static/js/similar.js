// Similar items by each method side by side, and the same item in two model versions.

import { addressOf } from "./address.js";
import { cypherBlock } from "./cypher.js";
import { ask } from "./data.js";
import { choice, labelled, make, nameOf, short, table } from "./dom.js";

const WORDS = {
  hybrid: ["Hybrid", "Cosine of the vectors plus the relationships: the default of the API."],
  embedding: ["Embedding", "Cosine of the vectors alone."],
  graph: ["Graph", "Weight of the relationships alone."],
};

export async function draw({ content, values, first, tell, title, isCurrent, change }) {
  const answer = await ask("similar", { item: values.item, k: 12 });
  if (!isCurrent()) return;
  const name = answer.item ? nameOf(answer.item) : values.item;
  title(`Similar to ${name}`);
  tell(`Model ${answer.version}. Items that stand in all three lists are marked with three dots.`);
  const standing = new Map();
  for (const list of Object.values(answer.lists)) for (const item of list) standing.set(item.item_id, (standing.get(item.item_id) || 0) + 1);
  const lists = Object.entries(WORDS).map(([method, [words, hint]]) =>
    make(
      "section",
      { class: "card" },
      make("h2", {}, words),
      make("p", { class: "hint" }, hint),
      make(
        "ol",
        { class: "items" },
        answer.lists[method].map((item) =>
          make(
            "li",
            {},
            make("span", {}, `${item.rank}. `, make("a", { href: addressOf({ view: "why", item: values.item, other: item.item_id }), title: "Why is it here?" }, nameOf(item))),
            make("span", { class: "number" }, item.source === method ? short(item.score) : item.source, standing.get(item.item_id) === 3 ? " ⋮" : ""),
          ),
        ),
      ),
    ),
  );
  const versions = make("section", {});
  content.replaceChildren(make("div", { class: "columns" }, lists), make("h2", {}, "In two model versions"), versions);
  await drawVersions({ versions, values, first, change, isCurrent });
}

async function drawVersions({ versions, values, first, change, isCurrent }) {
  const names = first.versions.map((each) => each.version);
  if (names.length < 2) {
    versions.replaceChildren(make("p", { class: "hint" }, "There is one version so far. After the next fit or publish, what moved is shown here."));
    return;
  }
  const next = values.new && names.includes(values.new) ? values.new : (first.versions.find((each) => each.is_active)?.version ?? names[0]);
  const old = values.old && names.includes(values.old) ? values.old : names.find((name) => name !== next);
  const answer = await ask("compare", { item: values.item, old, new: next, k: 12 });
  if (!isCurrent()) return;
  const options = first.versions.map((each) => [each.version, each.is_active ? `${each.version} (active)` : each.version]);
  const moved = (row) => {
    if (row.old_rank === null) return make("span", { class: "up" }, "came");
    if (row.new_rank === null) return make("span", { class: "down" }, "went");
    if (row.moved === 0) return "stayed";
    return make("span", { class: row.moved > 0 ? "up" : "down" }, row.moved > 0 ? `up ${row.moved}` : `down ${-row.moved}`);
  };
  versions.replaceChildren(
    make(
      "div",
      { class: "controls" },
      labelled("From", choice(options, old, (event) => change({ old: event.target.value, new: next }))),
      labelled("To", choice(options, next, (event) => change({ new: event.target.value, old }))),
    ),
    make(
      "div",
      { class: "card" },
      table("The closest items by cosine in two versions", [
        { title: "item", cell: (row) => make("a", { href: addressOf({ view: "why", item: values.item, other: row.item_id }) }, nameOf(row)) },
        { title: "before", isNumber: true, cell: (row) => row.old_rank ?? "–" },
        { title: "now", isNumber: true, cell: (row) => row.new_rank ?? "–" },
        { title: "", cell: moved },
      ], answer.items),
      make("p", { class: "hint" }, "By cosine in each version's own vector index; scores of two trainings are not alike, places are."),
    ),
    cypherBlock(answer.cypher),
  );
}
