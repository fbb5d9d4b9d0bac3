"""Draw growth: seconds and memory over the size of the graph, both axes logarithmic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

PANELS = {
    "CPU seconds": {"walks CPU s": "#0c8599", "training CPU s": "#e8590c"},
    "Memory, MiB": {"peak MiB above start": "#0c8599"},
}
LABELS = {
    "walks CPU s": "walks",
    "training CPU s": "training",
    "peak MiB above start": "peak above start",
}
FONT = {"family": "DejaVu Sans, Arial, sans-serif", "size": 13, "color": "#212529"}
WIDTH, HEIGHT = 880, 400


def growth_figure(table: dict[str, Any]) -> go.Figure:
    """Return the picture of a table of growth; a dashed line grows in step with the graph."""
    sizes = [row["relationships"] for row in table["rows"]]
    figure = make_subplots(cols=2, rows=1, subplot_titles=list(PANELS), horizontal_spacing=0.11)
    for column, series in enumerate(PANELS.values(), start=1):
        for name, colour in series.items():
            values = [row[name] for row in table["rows"]]
            slope = table["ratios"].get(f"exponent of {name}")
            label = LABELS[name] + ("" if slope is None else f", exponent {slope:.2f}")
            line = {"color": colour, "width": 2}
            points = go.Scatter(
                x=sizes, y=values, name=label, line=line, mode="lines+markers", legend=_of(column)
            )
            figure.add_trace(points, row=1, col=column)
        in_step = [values[-1] * size / sizes[-1] for size in sizes]
        dashed = {"color": "#868e96", "dash": "dot", "width": 1}
        guide = go.Scatter(
            x=sizes, y=in_step, name="in step (1)", line=dashed, mode="lines", legend=_of(column)
        )
        figure.add_trace(guide, row=1, col=column)
    figure.update_xaxes(type="log", title_text="relationships", dtick=1)
    figure.update_yaxes(type="log", dtick=1)
    place = {"yanchor": "top", "y": 0.98, "xanchor": "left", "bgcolor": "rgba(255,255,255,.7)"}
    figure.update_layout(
        template="plotly_white",
        font=FONT,
        width=WIDTH,
        height=HEIGHT,
        margin={"l": 60, "r": 20, "t": 40, "b": 55},
        legend={**place, "x": 0.01},
        legend2={**place, "x": 0.57},
    )
    return figure


def draw_growth(table: dict[str, Any], path: Path, chromium: str = "/usr/bin/chromium") -> None:
    """Write the picture as PNG, by Chromium."""
    html = growth_figure(table).to_html(full_html=False, config={"staticPlot": True})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=2)
        page.set_content("<style>body { margin: 0 }</style>" + html)
        page.wait_for_selector(".plot-container")
        page.screenshot(path=str(path))
        browser.close()


def _of(column: int) -> str:
    return "legend" if column == 1 else f"legend{column}"
