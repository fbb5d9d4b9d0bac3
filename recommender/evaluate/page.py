"""An evaluation as one HTML page that needs nothing from the network."""

from __future__ import annotations

import html
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from recommender.evaluate.report import rows_by_key, sentences
from recommender.evaluate.run import ALL, Evaluation

OURS, BASELINE = "#0b7285", "#adb5bd"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
       color: #212529; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #dee2e6; }
th:first-child, td:first-child { text-align: left; }
.ours td:first-child { color: #0b7285; font-weight: 600; }
.wide { overflow-x: auto; }
"""


def evaluation_page(evaluation: Evaluation) -> str:
    """Return the page's HTML, plotly included."""
    k = evaluation.ks[0]
    figures = [
        ("Quality", _bars(evaluation, ("ndcg", "recall"))),
        ("What the lists are like", _scatter(evaluation)),
        ("By kind of user and item", _segments(evaluation)),
        ("Seconds", _seconds(evaluation)),
    ]
    parts = [
        f"<h2>{title}</h2>\n{figure.to_html(full_html=False, include_plotlyjs=False)}"
        for title, figure in figures
    ]
    notes = "".join(f"<li>{html.escape(line)}</li>" for line in sentences(evaluation))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Footpath: evaluation</title>
<style>{STYLE}</style><script>{get_plotlyjs()}</script></head><body>
<h1>How good are the lists?</h1>
<p>{evaluation.n_users:,} users were judged on {evaluation.n_test:,} hidden interactions, each by
a ranking of all {evaluation.n_items:,} items but those they had. Methods learned from
{evaluation.n_train:,} interactions. Split: {html.escape(evaluation.split)}. Seed
{evaluation.seed}. Lists of {k}; bars show 95&nbsp;% bootstrap intervals over users.</p>
{"".join(parts)}
<h2>Differences and what was left out</h2><ul>{notes}</ul>
<h2>All figures</h2><div class="wide">{_table(evaluation)}</div>
</body></html>
"""


def _colours(evaluation: Evaluation) -> list[str]:
    return [BASELINE if cost.is_baseline else OURS for cost in evaluation.costs]


def _names(evaluation: Evaluation) -> list[str]:
    return [cost.method for cost in evaluation.costs]


def _layout(figure: go.Figure, **layout: Any) -> go.Figure:
    figure.update_layout(
        template="plotly_white", height=380, margin={"t": 40, "b": 60, "l": 60, "r": 20}, **layout
    )
    return figure


def _bars(evaluation: Evaluation, metrics: tuple[str, ...]) -> go.Figure:
    rows, names, k = rows_by_key(evaluation), _names(evaluation), evaluation.ks[0]
    figure = go.Figure()
    for place, metric in enumerate(metrics):
        mine = [rows[name, f"{metric}@{k}", ALL] for name in names]
        figure.add_bar(
            x=names,
            y=[row.value for row in mine],
            name=f"{metric}@{k}",
            marker={"color": _colours(evaluation), "opacity": 1 - 0.45 * place},
            error_y={
                "type": "data",
                "array": [row.high - row.value for row in mine],
                "arrayminus": [row.value - row.low for row in mine],
                "thickness": 1,
            },
        )
    title = f"{metrics[0]}@{k} (left, dark) and {metrics[1]}@{k} (right, light)"
    return _layout(figure, barmode="group", showlegend=False, yaxis_title=title)


def _scatter(evaluation: Evaluation) -> go.Figure:
    rows, names, k = rows_by_key(evaluation), _names(evaluation), evaluation.ks[0]
    coverage = [rows[name, f"coverage@{k}", ALL].value for name in names]
    lift = [rows[name, f"popularity_lift@{k}", ALL].value for name in names]
    ndcg = [rows[name, f"ndcg@{k}", ALL].value for name in names]
    figure = go.Figure(
        go.Scatter(
            x=lift,
            y=ndcg,
            text=[f"{name} ({share:.0%})" for name, share in zip(names, coverage, strict=True)],
            mode="markers+text",
            textposition="top center",
            marker={
                "size": [10 + 40 * share for share in coverage],
                "color": _colours(evaluation),
                "opacity": 0.8,
            },
        )
    )
    return _layout(
        figure,
        xaxis_title="popularity lift: 0 as popular as the user's history, 1 twice as popular",
        yaxis_title=f"ndcg@{k} (size: share of the catalogue shown)",
    )


def _segments(evaluation: Evaluation) -> go.Figure:
    k = evaluation.ks[0]
    segments = list(dict.fromkeys(row.segment for row in evaluation.rows if row.segment != ALL))
    rows = rows_by_key(evaluation)
    figure = go.Figure()
    for cost in evaluation.costs:
        values = [rows[cost.method, f"recall@{k}", segment].value for segment in segments]
        figure.add_bar(x=segments, y=values, name=cost.method)
    return _layout(figure, barmode="group", yaxis_title=f"recall@{k}")


def _seconds(evaluation: Evaluation) -> go.Figure:
    names = _names(evaluation)
    figure = go.Figure()
    figure.add_bar(
        x=names, y=[c.fit_seconds for c in evaluation.costs], name="fit, settings chosen"
    )
    figure.add_bar(x=names, y=[c.score_seconds for c in evaluation.costs], name="score everybody")
    return _layout(figure, barmode="stack", yaxis_title="seconds")


def _table(evaluation: Evaluation) -> str:
    rows = rows_by_key(evaluation)
    metrics = list(dict.fromkeys(row.metric for row in evaluation.rows if row.segment == ALL))
    head = "".join(f"<th>{html.escape(metric)}</th>" for metric in metrics)
    lines = []
    for cost in evaluation.costs:
        cells = "".join(f"<td>{rows[cost.method, m, ALL].value:.4f}</td>" for m in metrics)
        kind = "" if cost.is_baseline else ' class="ours"'
        lines.append(f"<tr{kind}><td>{html.escape(cost.method)}</td>{cells}</tr>")
    return f"<table><tr><th>method</th>{head}</tr>{''.join(lines)}</table>"
