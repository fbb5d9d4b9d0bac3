// A query to paste into Neo4j Browser: its parameters, then its text, each with a button that copies.

import { make } from "./dom.js";

export function cypherBlock(query) {
  const copy = (text) =>
    make("button", {
      click: async (event) => {
        try {
          await navigator.clipboard.writeText(text);
          event.target.textContent = "Copied";
        } catch {
          event.target.textContent = "Select it and copy";
        }
      },
    }, "Copy");
  const part = (words, text) =>
    make("div", {}, make("div", { class: "row" }, make("strong", {}, words), copy(text)), make("pre", { tabindex: "0", "aria-label": words }, text));
  return make(
    "details",
    { class: "card" },
    make("summary", {}, `For Neo4j Browser: ${query.title}`),
    make("p", { class: "hint" }, "Paste and run the first line, then the query."),
    part("Parameters", query.params),
    part("Query", query.text),
  );
}
