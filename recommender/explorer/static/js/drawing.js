// Draw items and their links with Cytoscape: weight as width, direction as arrow, group as colour.

import { themed } from "./colours.js";
import { isStill, nameOf } from "./dom.js";

const MOST_WITH_LABELS = 150;
const shortened = (text) => (text.length > 42 ? `${text.slice(0, 40)}…` : text);

/** Return the look of nodes and edges in the page's colours. */
function look(isDirected) {
  return [
    {
      selector: "node",
      style: {
        "background-color": "data(colour)", width: "data(size)", height: "data(size)", label: "data(label)", color: themed("ink"),
        "font-size": 10, "font-family": "system-ui, sans-serif", "text-wrap": "wrap", "text-max-width": 92, "text-valign": "bottom", "text-margin-y": 3,
        "text-background-color": themed("raised"), "text-background-opacity": 0.75, "text-background-padding": 1, "min-zoomed-font-size": 7,
        "border-width": 1, "border-color": themed("edge"),
      },
    },
    {
      selector: "edge",
      style: {
        width: "data(width)", "line-color": themed("edge"), opacity: 0.55, "curve-style": isDirected ? "bezier" : "haystack",
        "target-arrow-shape": isDirected ? "triangle" : "none", "target-arrow-color": themed("edge"), "arrow-scale": 0.8,
      },
    },
    { selector: "node.centre", style: { "border-width": 4, "border-color": themed("accent"), "font-weight": "bold", "font-size": 11 } },
    { selector: "node.pinned", style: { shape: "round-rectangle" } },
    { selector: "node:selected", style: { "border-width": 4, "border-color": themed("ink") } },
    { selector: "edge.near", style: { "line-color": themed("accent"), "target-arrow-color": themed("accent"), opacity: 0.95 } },
    { selector: "node.here", style: { "border-width": 6, "border-color": themed("bad") } },
    { selector: "edge.walked", style: { "line-color": themed("bad"), "target-arrow-color": themed("bad"), opacity: 1, width: 5 } },
  ];
}

/** Return an empty drawing in an element. */
export function startDrawing(element, isDirected) {
  const graph = window.cytoscape({
    container: element, style: look(isDirected), minZoom: 0.1, maxZoom: 4,
  });
  return graph;
}

/** Return the data of a node. */
export function nodeData(item, colour) {
  return { id: item.item_id, label: shortened(nameOf(item)), name: nameOf(item), colour, size: 10 + 4 * Math.log10(1 + (item.support || 0)), item };
}

/** Return the id of a link: one of each pair, or of each direction. */
const linkId = (link) => `${link.source}\u0000${link.target}`;

/** Add what is not there yet, new nodes around `from`; return the new nodes. */
export function add(graph, items, links, colourOf, from) {
  const origin = graph.getElementById(from);
  const centre = origin.nonempty() ? { ...origin.position() } : { x: 0, y: 0 };
  const isNew = items.filter((item) => graph.getElementById(item.item_id).empty());
  const added = graph.add(
    isNew.map((item, n) => {
      const angle = (2 * Math.PI * n) / isNew.length;
      const away = 160 + 6 * isNew.length;
      const at = item.item_id === from ? centre : { x: centre.x + away * Math.cos(angle), y: centre.y + away * Math.sin(angle) };
      return { group: "nodes", data: nodeData(item, colourOf(item)), position: at };
    }),
  );
  const there = links.filter(
    (link) =>
      graph.getElementById(link.source).nonempty() && graph.getElementById(link.target).nonempty() && graph.getElementById(linkId(link)).empty(),
  );
  graph.add(there.map((link) => ({ group: "edges", data: { id: linkId(link), source: link.source, target: link.target, weight: link.weight, count: link.count, width: 1 } })));
  const most = Math.max(...graph.edges().map((edge) => edge.data("weight")), 1e-12);
  graph.edges().forEach((edge) => void edge.data("width", 0.4 + 5 * (edge.data("weight") / most)));
  graph.style().selector("node").style("min-zoomed-font-size", graph.nodes().length > MOST_WITH_LABELS ? 11 : 7).update();
  return added;
}

/** Lay the new nodes out; those that were there stay where they are. */
export function arrange(graph, added) {
  const old = graph.nodes().difference(added);
  const wasLocked = old.filter((node) => node.locked());
  old.lock();
  const isLarge = graph.nodes().length > 250;
  graph
    .layout({
      name: "cose", randomize: false, animate: false, fit: false, padding: 40, nodeDimensionsIncludeLabels: graph.nodes().length <= MOST_WITH_LABELS,
      nodeRepulsion: () => 30_000, idealEdgeLength: (edge) => 40 + 60 * (1 - edge.data("width") / 5.4), nodeOverlap: 20, gravity: 0.25, numIter: isLarge ? 120 : 600, componentSpacing: 80,
    })
    .run();
  old.difference(wasLocked).unlock();
}

/** Stretch a new drawing to the shape of its canvas, and show all of it. */
export function fill(graph) {
  const box = graph.nodes().boundingBox();
  const wanted = graph.width() / Math.max(graph.height(), 1);
  const stretch = Math.min(Math.max((wanted * box.h) / Math.max(box.w, 1), 0.6), 2.5);
  graph.nodes().positions((node) => ({ x: node.position("x") * stretch, y: node.position("y") }));
  graph.fit(undefined, 24);
}

/** Show everything, gently where motion is welcome. */
export function fit(graph) {
  if (isStill()) graph.fit(undefined, 40);
  else graph.animate({ fit: { padding: 40 }, duration: 250 });
}
