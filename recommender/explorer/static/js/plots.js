// Plotly, loaded when a plot is wanted (five megabytes), in the page's colours.

import { themed } from "./colours.js";

let loading = null;

/** Return Plotly, loaded once. */
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/explore/static/vendor/plotly-strict.min.js";
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The plotting library did not load. Load the page again."));
    document.head.append(script);
  });
  return loading;
}

/** Plotly reads some markup in texts: return a text that it shows as it is. */
export const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function layout(changes = {}) {
  const axis = { gridcolor: themed("line"), linecolor: themed("edge"), zeroline: false, tickcolor: themed("edge") };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: themed("ink"), family: "system-ui, sans-serif", size: 12 },
    margin: { l: 52, r: 12, t: 8, b: 40 }, xaxis: axis, yaxis: axis, bargap: 0.08, ...changes,
  };
}

export const OPTIONS = { displaylogo: false, responsive: true };
