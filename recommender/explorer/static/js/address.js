// What is shown is in the address: every view can be linked to, and the back button works.

const listeners = [];

/** Return what the address asks for. */
export function asked() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Return the address of a view. */
export function addressOf(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given);
  return `/explore${given.length ? "?" : ""}${query}`;
}

/** Show a view; `replace` leaves no step in the history, for sliders. */
export function go(values, { replace = false } = {}) {
  const address = addressOf(values);
  if (address !== location.pathname + location.search) {
    history[replace ? "replaceState" : "pushState"](null, "", address);
  }
  for (const listen of listeners) listen();
}

/** Change some of what is asked for and show it. */
export function change(values, options) {
  go({ ...asked(), ...values }, options);
}

export function onChange(listen) {
  listeners.push(listen);
  addEventListener("popstate", listen);
}

/** Make a link of ours go without loading the page anew, unless it is opened elsewhere. */
export function followLinks(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/explore']");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(Object.fromEntries(new URL(link.href).searchParams));
  });
}
