"""Draw Les Misérables twice, its characters coloured by their clusters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import numpy as np
import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from recommender.graph import Int64Array

COLOURS = ("#0c8599", "#e8590c", "#6741d9", "#2b8a3e", "#c2255c", "#b08900")
FONT = {"family": "DejaVu Sans, Arial, sans-serif", "size": 13, "color": "#212529"}
WIDTH, HEIGHT = 1200, 620
NAMED = ("Valjean", "Javert", "Myriel", "Cosette", "Marius", "Fantine", "Enjolras", "Gavroche",
         "Napoleon", "Bamatabois", "MotherPlutarch")  # fmt: skip


def draw_clusters(
    names: tuple[str, ...],
    found: Mapping[float, Int64Array],
    path: Path,
    chromium: str = "/usr/bin/chromium",
) -> None:
    """Write the picture as PNG, by Chromium; ``found`` has the clusters by q."""
    html = clusters_figure(names, found).to_html(full_html=False, config={"staticPlot": True})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1)
        page.set_content("<style>body { margin: 0 }</style>" + html)
        page.wait_for_selector(".plot-container")
        page.screenshot(path=str(path))
        browser.close()


def clusters_figure(names: tuple[str, ...], found: Mapping[float, Int64Array]) -> go.Figure:
    """Return the picture: the same places in each panel, the size of a point by degree."""
    network = nx.les_miserables_graph()
    places = nx.kamada_kawai_layout(network)
    titles = [f"p = 1, q = {q:g}: {labels.max() + 1} clusters" for q, labels in found.items()]
    figure = make_subplots(cols=len(found), rows=1, subplot_titles=titles, horizontal_spacing=0.02)
    for column, labels in enumerate(found.values(), start=1):
        figure.add_trace(_edges(network, places), row=1, col=column)
        figure.add_trace(_characters(network, places, names, labels), row=1, col=column)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        template="plotly_white",
        font=FONT,
        width=WIDTH,
        height=HEIGHT,
        showlegend=False,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
    )
    return figure


def _edges(network: nx.Graph, places: dict[str, np.ndarray]) -> go.Scatter:
    ends = [(*places[a], *places[b]) for a, b in network.edges()]
    x = [value for x1, _, x2, _ in ends for value in (x1, x2, None)]
    y = [value for _, y1, _, y2 in ends for value in (y1, y2, None)]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": "#ced4da", "width": 1})


def _characters(
    network: nx.Graph, places: dict[str, np.ndarray], names: tuple[str, ...], labels: Int64Array
) -> go.Scatter:
    degrees = np.array([network.degree(name) for name in names])
    return go.Scatter(
        x=[places[name][0] for name in names],
        y=[places[name][1] for name in names],
        text=[name if name in NAMED else "" for name in names],
        textposition="top center",
        textfont={"size": 12},
        mode="markers+text",
        marker={
            "color": [COLOURS[label] for label in labels],
            "size": 7 + 3 * np.sqrt(degrees),
            "line": {"color": "white", "width": 1},
        },
    )
