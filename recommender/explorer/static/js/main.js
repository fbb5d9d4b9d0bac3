// The page: reads the address, draws the view it names, and says what to do where there is nothing.

import { addressOf, asked, change, followLinks, go, onChange } from "./address.js";
import { ask, keepKey } from "./data.js";
import { make, nameOf } from "./dom.js";
import { startSearch } from "./search.js";

const VIEWS = {
  graph: ["Neighbourhood", () => import("./neighbourhood.js")],
  walk: ["Walk", () => import("./walk.js")],
  why: ["Why", () => import("./why.js")],
  similar: ["Similar", () => import("./similar.js")],
  map: ["Map", () => import("./map.js")],
  glance: ["Graph at a glance", () => import("./glance.js")],
};
const ABOUT_ITEMS = ["graph", "walk", "why", "similar"];

const heading = document.getElementById("heading");
const status = document.getElementById("status");
const content = document.getElementById("content");
let shown = 0; // counts views, so that an answer which comes late is not drawn over a newer one
let leave = () => {};

function tell(text, isBad = false) {
  status.textContent = text;
  status.classList.toggle("bad", isBad);
}

function drawViews(view, values) {
  const links = Object.entries(VIEWS).map(([name, [words]]) => {
    const target = ABOUT_ITEMS.includes(name) ? { view: name, item: values.item, relation: values.relation } : { view: name };
    return make("a", { href: addressOf(target), "aria-current": name === view ? "page" : null }, words);
  });
  document.getElementById("views").replaceChildren(...links);
}

/** Return a way into the product where nothing is chosen yet. */
function startPage(first) {
  const links = first.popular.map((item) =>
    make("li", {}, make("a", { href: addressOf({ view: "graph", item: item.item_id }) }, nameOf(item)), make("span", { class: "number" }, `${item.support} visits`)),
  );
  return make(
    "div",
    { class: "columns" },
    make(
      "div",
      { class: "card" },
      make("h2", {}, "Begin with an item"),
      make("p", { class: "hint" }, "Search above, or take one of the most visited:"),
      make("ul", { class: "items" }, links),
    ),
    make(
      "div",
      { class: "card" },
      make("h2", {}, "Or with everything"),
      make("ul", { class: "items" }, [
        make("li", {}, make("a", { href: addressOf({ view: "map" }) }, "The map: every item where its vector is")),
        make("li", {}, make("a", { href: addressOf({ view: "glance" }) }, "The graph at a glance: counts, communities, versions")),
      ]),
    ),
  );
}

function emptyPage(text) {
  const parts = text.split("`").map((part, n) => (n % 2 ? make("code", {}, part) : part));
  return make("div", { class: "empty" }, make("h2", {}, "Nothing to show yet"), make("p", {}, parts), make("button", { click: show }, "Look again"));
}

/** Return the form that asks for a key, where the server does. */
function keyPage() {
  const box = make("input", { type: "password", id: "key", autocomplete: "off", required: true });
  const taken = (event) => {
    event.preventDefault();
    keepKey(box.value);
    show();
  };
  return make(
    "form",
    { class: "empty", submit: taken },
    make("h2", {}, "This server asks for a key"),
    make("p", {}, make("label", { for: "key" }, "A key with the scope read, from "), make("code", {}, "footpath keys create"), ". It is kept for this tab alone."),
    make("div", { class: "row" }, box, make("button", { class: "main", type: "submit" }, "Look")),
  );
}

async function show() {
  const number = ++shown;
  const values = asked();
  const view = VIEWS[values.view] ? values.view : values.item ? "graph" : null;
  leave();
  leave = () => {};
  drawViews(view, values);
  tell("Asking the graph …");
  try {
    const first = await ask("start");
    const isCurrent = () => number === shown;
    if (!isCurrent()) return;
    if (!first.popular.length || (view === null && first.problem && !first.relations.length)) {
      heading.textContent = "Footpath explorer";
      document.title = "Footpath explorer";
      content.replaceChildren(emptyPage(first.problem));
      return tell("");
    }
    const needsItem = ABOUT_ITEMS.includes(view) && !values.item;
    if (view === null || needsItem) {
      heading.textContent = needsItem ? `${VIEWS[view][0]}: of which item?` : "Footpath explorer";
      document.title = heading.textContent;
      content.replaceChildren(startPage(first));
      return tell(first.problem ? first.problem.replaceAll("`", "") : "");
    }
    const { draw } = await VIEWS[view][1]();
    if (!isCurrent()) return;
    const title = (text) => {
      heading.textContent = text;
      document.title = `${text} · Footpath`;
    };
    const left = await draw({ content, values, first, tell, title, isCurrent, change, go });
    if (isCurrent()) leave = left || (() => {});
    else left?.();
  } catch (error) {
    if (number !== shown) return;
    const asksForKey = error.status === 401 || error.status === 403;
    heading.textContent = asksForKey ? "Footpath explorer" : "This cannot be shown";
    content.replaceChildren(asksForKey ? keyPage() : emptyPage(error.message));
    tell(error.message.replaceAll("`", ""), true);
  }
}

startSearch((item) => {
  const { view, relation } = asked();
  go({ view: ABOUT_ITEMS.includes(view) ? view : "graph", item: item.item_id, relation });
  document.getElementById("view").focus();
});
followLinks(document.body);
onChange(show);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
