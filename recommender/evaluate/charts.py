"""The charts of an evaluation's page: methods from top to bottom, so that no name is in the way.

Paper is transparent and colours of text and lines are left to the page's style, which knows
whether it is light or dark. Two colours, readable on both, tell Footpath's methods from baselines.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from recommender.evaluate.run import Cost, Difference, Row

OURS, BASELINE = "#0c8599", "#868e96"
ROW_HEIGHT, FRAME_HEIGHT = 26, 30
LABEL_WIDTH = 7.8  # of a character, in pixels
CLEAR = "rgba(0,0,0,0)"

# Run at the page's end: a chart drawn before its neighbours are there would be too wide.
DRAW = """
for (const place of document.querySelectorAll(".chart")) {
  const figure = JSON.parse(place.dataset.figure);
  Plotly.newPlot(place, figure.data, figure.layout, {displayModeBar: false, responsive: true});
}
"""


def interval_bars(
    rows: Sequence[Row], costs: Sequence[Cost], number: Callable[[float], str]
) -> str:
    """Return bars with intervals, the value beside each name, as HTML.

    Parameters
    ----------
    rows : sequence of Row
        One figure of each method, from top to bottom.
    costs : sequence of Cost
        Of the same methods in the same order.
    number : callable
        Writes a value.
    """
    values = [0.0 if math.isnan(row.value) else row.value for row in rows]
    has_interval = any(row.high > row.low for row in rows)
    errors = {
        "type": "data",
        "symmetric": False,
        "array": [max(row.high - row.value, 0.0) for row in rows],
        "arrayminus": [max(row.value - row.low, 0.0) for row in rows],
        "thickness": 1.5,
        "width": 4,
        "visible": has_interval,
    }
    bar = go.Bar(
        y=_labels([number(row.value) for row in rows], costs),
        x=values,
        orientation="h",
        marker={"color": [colour(cost) for cost in costs]},
        error_x=errors,
        hovertext=[_hover(row, number) for row in rows],
        hoverinfo="text",
    )
    return _html(go.Figure(bar))


def cost_bars(
    parts: Sequence[Sequence[float]], costs: Sequence[Cost], number: Callable[[float], str]
) -> str:
    """Return bars that add up, the sum beside each name, as HTML; later parts are paler."""
    sums = [sum(of_method) for of_method in zip(*parts, strict=True)]
    labels = _labels([number(value) for value in sums], costs)
    figure = go.Figure()
    for place, values in enumerate(parts):
        figure.add_bar(
            y=labels,
            x=list(values),
            orientation="h",
            marker={"color": [colour(cost) for cost in costs], "opacity": 1 - 0.55 * place},
            hovertext=[number(value) for value in values],
            hoverinfo="text",
        )
    figure.update_layout(barmode="stack")
    return _html(figure)


def difference_dots(differences: Sequence[Difference]) -> str:
    """Return the differences with their intervals beside a line at nought, as HTML."""
    labels = [f"{d.baseline}  <b>{d.value:+.4f}</b>" for d in differences]
    dots = go.Scatter(
        y=labels,
        x=[d.value for d in differences],
        mode="markers",
        marker={"size": 10, "color": [OURS if d.low > 0 else BASELINE for d in differences]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [d.high - d.value for d in differences],
            "arrayminus": [d.value - d.low for d in differences],
            "thickness": 1.5,
            "width": 5,
            "color": BASELINE,
        },
        hovertext=[
            f"{d.method} − {d.baseline}: {d.value:+.4f} ({d.low:+.4f} to {d.high:+.4f})"
            for d in differences
        ],
        hoverinfo="text",
    )
    figure = go.Figure(dots)
    figure.update_xaxes(zeroline=True, zerolinewidth=2, rangemode="tozero")
    return _html(figure)


def colour(cost: Cost) -> str:
    """Return the colour of a method."""
    return BASELINE if cost.is_baseline else OURS


def _labels(values: Sequence[str], costs: Sequence[Cost]) -> list[str]:
    names = [cost.method if cost.is_baseline else f"<b>{cost.method}</b>" for cost in costs]
    return [f"{name}  {value}" for name, value in zip(names, values, strict=True)]


def _hover(row: Row, number: Callable[[float], str]) -> str:
    interval = f", {number(row.low)} to {number(row.high)}" if row.high > row.low else ""
    return f"{row.method}: {number(row.value)}{interval}"


def _html(figure: go.Figure) -> str:
    labels = list(figure.data[0].y)
    longest = max(len(label.replace("<b>", "").replace("</b>", "")) for label in labels)
    height = ROW_HEIGHT * len(labels) + FRAME_HEIGHT
    layout: dict[str, Any] = {
        "template": None,
        "height": height,
        "margin": {"t": 6, "b": 24, "l": round(LABEL_WIDTH * longest) + 12, "r": 14},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "bargap": 0.35,
        "showlegend": False,
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "dragmode": False,
    }
    figure.update_layout(**layout)
    figure.update_yaxes(
        ticksuffix=" ", autorange="reversed", fixedrange=True, showgrid=False, zeroline=False
    )
    figure.update_xaxes(
        fixedrange=True, showgrid=True, nticks=4, tickangle=0, tickfont={"size": 12}
    )
    written = html.escape(figure.to_json(), quote=True)
    return f'<div class="chart" style="height:{height}px" data-figure="{written}"></div>'
