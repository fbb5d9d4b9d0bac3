"""Draw what bench.quality.ablation has measured: one picture a factor, one panel a data set.

A dot is the mean NDCG@20; its bar is the 95 % interval of the difference to the reference (dotted
line), user by user, so a bar that crosses the line says "no difference seen". Needs Chromium.

    python -m bench.quality.ablation_plots --results results.jsonl --folder docs/images
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click
import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.subplots import make_subplots

from bench.quality.ablation_tables import Line, lines_of, read_results

TITLES = {
    "movielens": "MovieLens small",
    "beauty": "Beauty",
    "online-retail": "Online Retail",
    "gowalla": "gowalla",
}
DOT, REFERENCE = "#0c8599", "#868e96"
PANEL_WIDTH, FRAME_WIDTH, FRAME_HEIGHT, HEIGHT, ROW_HEIGHT = 330, 60, 90, 330, 30
FONT = {"family": "DejaVu Sans, Arial, sans-serif", "size": 13, "color": "#212529"}


def draw(factor: str, lines: list[Line]) -> go.Figure:
    """Return the picture of a factor: numbers from left to right, names from top to bottom."""
    panels = {data: list(some) for data, some in groupby(lines, lambda line: line.data)}
    labels = list(dict.fromkeys(line.label for line in lines))
    is_number = all(label.replace(".", "").lstrip("-").isdigit() for label in labels)
    figure = make_subplots(
        cols=len(panels),
        rows=1,
        subplot_titles=[TITLES[data] for data in panels],
        shared_yaxes=not is_number,
        horizontal_spacing=0.09 if is_number else 0.03,
    )
    for column, some in enumerate(panels.values(), start=1):
        _draw_panel(figure, column, some, is_number=is_number)
    longest = 0 if is_number else 6 * max(map(len, labels))
    height = HEIGHT if is_number else FRAME_HEIGHT + 30 + ROW_HEIGHT * len(labels)
    figure.update_layout(
        template="plotly_white",
        font=FONT,
        showlegend=False,
        width=FRAME_WIDTH + longest + PANEL_WIDTH * len(panels),
        height=height,
        margin={"l": FRAME_WIDTH + longest, "r": 20, "t": 40, "b": 55},
    )
    axis = {"title_text": factor, "type": "category"}
    if is_number:
        figure.update_xaxes(**axis, categoryarray=labels, categoryorder="array")
        figure.update_yaxes(title_text="NDCG@20", col=1)
    else:
        figure.update_yaxes(categoryarray=labels[::-1], categoryorder="array", type="category")
        figure.update_xaxes(title_text="NDCG@20", nticks=5)
    return figure


def _draw_panel(figure: go.Figure, column: int, lines: list[Line], *, is_number: bool) -> None:
    labels = [line.label for line in lines]
    values = [line.values["ndcg"][0] for line in lines]
    differences = [line.differences["ndcg"] for line in lines]
    errors = {
        "type": "data",
        "symmetric": False,
        "array": [high - mean for mean, _, high in differences],
        "arrayminus": [mean - low for mean, low, _ in differences],
        "thickness": 1.5,
        "width": 4,
        "color": DOT,
    }
    marker = {"size": 9, "color": [REFERENCE if line.is_reference else DOT for line in lines]}
    look = {"marker": marker, "line": {"color": DOT, "width": 1.5}}
    reference = next(line.values["ndcg"][0] for line in lines if line.is_reference)
    dotted = {"line": {"color": REFERENCE, "dash": "dot", "width": 1.5}, "col": column, "row": 1}
    if is_number:
        dots = go.Scatter(x=labels, y=values, error_y=errors, mode="lines+markers", **look)
    else:
        dots = go.Scatter(x=values, y=labels, error_x=errors, mode="markers", **look)
    figure.add_trace(dots, row=1, col=column)
    # After the dots: a line across an empty panel is not drawn.
    (figure.add_hline if is_number else figure.add_vline)(reference, **dotted)


def _photograph(figure: go.Figure, path: Path, chromium: str) -> None:
    size = {"width": int(figure.layout.width), "height": int(figure.layout.height)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=size)  # type: ignore[arg-type]
        page.set_content(
            "<style>body { margin: 0 }</style>"
            + figure.to_html(full_html=False, config={"staticPlot": True})
        )
        page.wait_for_selector(".plot-container")
        page.screenshot(path=str(path))
        browser.close()


@click.command(help=__doc__)
@click.option(
    "--results",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="What `ablation.py measure` has written.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Where ablation-FACTOR.png goes.",
)
@click.option("--factor", "names", multiple=True, help="Draw this alone; may be repeated.")
@click.option("--chromium", default="/usr/bin/chromium", show_default=True, help="Its program.")
def main(results: Path, folder: Path, names: tuple[str, ...], chromium: str) -> None:
    """Draw the pictures."""
    lines = lines_of(read_results(results))
    for factor in dict.fromkeys(line.factor for line in lines):
        if names and factor not in names:
            continue
        path = folder / f"ablation-{factor.replace(' ', '-')}.png"
        _photograph(draw(factor, [line for line in lines if line.factor == factor]), path, chromium)
        click.echo(f"{path}: {path.stat().st_size // 1024} KB", err=True)


if __name__ == "__main__":
    main()
