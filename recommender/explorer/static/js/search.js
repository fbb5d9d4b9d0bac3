// The search box: a combobox with completion over titles and ids.

import { ask } from "./data.js";
import { make, nameOf } from "./dom.js";

const PAUSE_MS = 150; // after the last key

/** Make the box complete; `chosen(item)` is told what was taken. */
export function startSearch(chosen) {
  const form = document.getElementById("search");
  const box = document.getElementById("search-text");
  const list = document.getElementById("search-list");
  let items = [];
  let at = -1;
  let timer = 0;
  let latest = 0;

  function close() {
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
    at = -1;
  }

  function mark(place) {
    at = place;
    [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at >= 0) {
      box.setAttribute("aria-activedescendant", `found-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function take(item) {
    close();
    box.value = "";
    chosen(item);
  }

  function show(found) {
    items = found;
    const option = (item, n) =>
      make(
        "li",
        { id: `found-${n}`, role: "option", "aria-selected": "false", mousedown: (event) => (event.preventDefault(), take(item)) },
        make("span", {}, nameOf(item)),
        make("span", { class: "id" }, item.item_id),
      );
    list.replaceChildren(...(items.length ? items.map(option) : [make("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing found")]));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    mark(-1);
  }

  async function look() {
    const text = box.value.trim();
    const number = ++latest;
    if (!text) return close();
    try {
      const found = await ask("search", { text });
      if (number === latest && document.activeElement === box) show(found.items);
    } catch (error) {
      if (number === latest) close();
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (list.hidden || !items.length) return;
    if (event.key === "ArrowDown") mark((at + 1) % items.length);
    else if (event.key === "ArrowUp") mark((at + items.length - 1) % items.length);
    else return;
    event.preventDefault();
  });
  box.addEventListener("blur", () => setTimeout(close, 100));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    if (!list.hidden && items.length) return take(items[Math.max(at, 0)]);
    const text = box.value.trim();
    const found = text ? await ask("search", { text }).catch(() => ({ items: [] })) : { items: [] };
    if (found.items.length) take(found.items[0]);
    else if (text) show([]);
  });
}
