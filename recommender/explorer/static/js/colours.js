// Colours of communities and categories: ten that differ for colour-blind eyes too, grey for the rest.

const TEN = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#ee8866", "#44bb99", "#99ddff", "#bbcc33"];
export const REST = "#9aa4af";

/** Return {of(item), legend}: the ten largest groups among the items have colours of their own. */
export function colouring(items, by) {
  const groupOf = (item) => (by === "category" ? item.category : item.community);
  const sizes = new Map();
  for (const item of items) {
    const group = groupOf(item);
    if (group !== null && group !== undefined) sizes.set(group, (sizes.get(group) || 0) + 1);
  }
  const largest = [...sizes].sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0]))).slice(0, TEN.length);
  const colour = new Map(
    by === "category"
      ? largest.map(([group], place) => [group, TEN[place]])
      : largest.map(([group]) => [group, TEN[group] || REST]), // 0 is the largest of the whole graph
  );
  const legend = largest
    .filter(([group]) => colour.get(group) !== REST)
    .map(([group, size]) => ({ group, size, colour: colour.get(group), words: by === "category" ? group : `community ${group}` }));
  return { of: (item) => colour.get(groupOf(item)) || REST, groupOf, legend };
}

/** Return whether any item has a category. */
export const hasCategories = (items) => items.some((item) => item.category !== null && item.category !== undefined);

/** Return a colour of the page, as the style sheet has it now. */
export const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
