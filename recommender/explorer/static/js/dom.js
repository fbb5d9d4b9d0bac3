// Build the page from values. Text becomes text nodes only, so a title can never become markup.

/** Return a new element; attributes that are functions are listeners, children are nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Put children in place of what an element has; null ones are left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

/** Return a label with its control under it, and the control's value beside the words. */
export function labelled(words, control, shown = (value) => value) {
  // A span: an <output> can be labelled too, and would take the label from the control.
  const output = make("span", {}, control.type === "range" ? ` ${shown(control.value)}` : "");
  if (control.type === "range") {
    control.addEventListener("input", () => (output.textContent = ` ${shown(control.value)}`));
  }
  return make("label", {}, make("span", {}, words, output), control);
}

/** Return a range control. */
export function slider(least, most, step, value, changed) {
  return make("input", { type: "range", min: least, max: most, step, value, change: changed });
}

/** Return a choice among [value, words] pairs. */
export function choice(options, value, changed) {
  const made = options.map(([key, words]) =>
    make("option", { value: key, selected: key === value }, words),
  );
  return make("select", { change: changed }, made);
}

/** Return a table; a column is {title, isNumber, cell(row)}. */
export function table(caption, columns, rows) {
  const head = columns.map((column) =>
    make("th", { scope: "col", class: column.isNumber ? "number" : null }, column.title),
  );
  const body = rows.map((row) =>
    make(
      "tr",
      {},
      columns.map((column) =>
        make("td", { class: column.isNumber ? "number" : null }, column.cell(row)),
      ),
    ),
  );
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    make(
      "table",
      {},
      make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", {}, head)),
      make("tbody", {}, body),
    ),
  );
}

/** Return an item's name: its title, or its id where it has none. */
export const nameOf = (item) => item.title || item.item_id;

const whole = new Intl.NumberFormat("en");
export const count = (number) => whole.format(number);

/** Return a number with three significant digits. */
export function short(number) {
  if (number === null || number === undefined) return "–";
  if (number !== 0 && (Math.abs(number) < 0.001 || Math.abs(number) >= 1e6)) {
    return number.toExponential(1);
  }
  return String(Number(number.toPrecision(3)));
}

export const percent = (share) => `${Number((100 * share).toPrecision(3))} %`;

export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
