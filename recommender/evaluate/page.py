"""An evaluation as one HTML page that needs nothing from the network."""

from __future__ import annotations

import base64
import csv
import html
import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, fields

from plotly.offline import get_plotlyjs

from recommender.evaluate.charts import (
    BASELINE,
    DRAW,
    OURS,
    cost_bars,
    difference_dots,
    interval_bars,
)
from recommender.evaluate.report import best_of, rows_by_key, verdict
from recommender.evaluate.run import ALL, Cost, Evaluation, Row

STYLE = f"""
:root {{ color-scheme: light dark; --ink: #212529; --soft: #5c636a; --line: #dee2e6; --paper: #fff;
  --card: #f8f9fa; --ours: #0b7285; --best: #d3f2f7; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e9ecef; --soft: #a1a8af; --line: #373d43;
  --paper: #16181b; --card: #1e2125; --ours: #4dcbdd; --best: #0d3d46; }} }}
* {{ box-sizing: border-box; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto;
  padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--paper); }}
h1 {{ font-size: 1rem; font-weight: 600; color: var(--soft); margin: 0; }}
h2 {{ font-size: 1.3rem; margin: 3rem 0 .25rem; line-height: 1.25; }}
h3 {{ font-size: 1rem; margin: 0 0 .25rem; }}
p {{ margin: .25rem 0 1rem; max-width: 46rem; }} .soft {{ color: var(--soft); }}
.verdict {{ font-size: 1.5rem; line-height: 1.35; margin: .5rem 0 1rem; max-width: 54rem;
  text-wrap: pretty; }}
.key {{ white-space: nowrap; }} .key::before {{ content: ""; display: inline-block; width: .8em;
  height: .8em; margin-right: .35em; border-radius: 2px; background: var(--mark); }}
.grid {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem),
  1fr)); }}
.grid.three {{ grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }}
.chart {{ overflow: hidden; }}
figure {{ margin: 0; padding: 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; min-width: 0; }}
figcaption {{ font-size: .85rem; color: var(--soft); }}
.wide {{ overflow-x: auto; border: 1px solid var(--line); border-radius: 8px;
  margin: .5rem 0 1.5rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .85rem;
  font-variant-numeric: tabular-nums; }}
th, td {{ padding: .4rem .5rem; text-align: right; border-top: 1px solid var(--line);
  white-space: nowrap; vertical-align: top; }}
thead th {{ border-top: 0; white-space: normal; vertical-align: bottom;
  font-weight: 600; background: var(--card); }}
tbody th, thead th:first-child {{ position: sticky; left: 0; text-align: left; font-weight: 400;
  background: var(--card); border-right: 1px solid var(--line); }}
.ours th {{ color: var(--ours); font-weight: 600; }}
td small {{ display: block; font-size: .72rem; color: var(--soft); }}
td.best {{ font-weight: 700; background: var(--best); }} td.best small {{ font-weight: 400; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; }}
dt {{ font-weight: 600; }} dd {{ margin: 0; }}
a {{ color: var(--ours); }} summary {{ cursor: pointer; }}
.plotly text {{ fill: var(--ink) !important; }}
.plotly .xtick text {{ fill: var(--soft) !important; }}
.plotly .gridlayer path {{ stroke: var(--line) !important; }}
.plotly .zerolinelayer path {{ stroke: var(--soft) !important; }}
.plotly .errorbar path, .plotly .xerror {{ stroke: var(--ink) !important; }}
.plotly .hoverlayer path {{ fill: var(--paper) !important; stroke: var(--soft) !important; }}
.key.ours {{ --mark: {OURS}; }} .key.baseline {{ --mark: {BASELINE}; }}
@media (max-width: 40rem) {{ body {{ padding: 1.25rem .9rem 3rem; }}
  .verdict {{ font-size: 1.25rem; }} figure {{ padding: .75rem .5rem; }}
  figure h3, figcaption, figure p {{ padding: 0 .25rem; }}
  dl {{ grid-template-columns: 1fr; }} dd {{ margin-bottom: .4rem; }} }}
@media print {{ figure, tr {{ break-inside: avoid; }} }}
"""

QUALITY = {"ndcg": "NDCG", "recall": "Recall"}
# Name and meaning of what lists are like; for none of it is more always better.
NATURE = {
    "coverage": ("Coverage", "share of the catalogue in at least one list"),
    "diversity": ("Diversity", "1 less the mean cosine of a list's pairs"),
    "novelty": ("Novelty", "bits of surprise; 1 more: had by half as many users"),
    "popularity_lift": ("Popularity lift", "0: as popular as the user's history; 1: twice"),
}
MEANING = {
    "ndcg": "hits count less the lower they stand; 1 is a list that begins with all it could",
    "recall": "share of the hidden items that are in the list",
    "hit_rate": "share of users with any hidden item in the list",
    "mrr": "1 over the rank of the first hit",
    "map": "precision at the rank of each hit, over the hidden items",
    "precision": "share of the list that was hidden",
    **{name: meaning for name, (_, meaning) in NATURE.items()},
}


def evaluation_page(evaluation: Evaluation) -> str:
    """Return the page's HTML, plotly included."""
    k = evaluation.ks[0]
    sections = "".join(_sections(evaluation)) if evaluation.costs else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Footpath: evaluation</title>
<style>{STYLE}</style><script>{get_plotlyjs()}</script></head><body>
<h1>Footpath: evaluation</h1>
<p class="verdict">{html.escape(verdict(evaluation))}</p>
<p>{_found(evaluation)}{evaluation.n_users:,} users were judged on {evaluation.n_test:,} hidden
interactions: for each, all {evaluation.n_items:,} items but those they had were ranked, and the
first {k} looked at. Methods learned from {evaluation.n_train:,} interactions and chose their
settings inside them.</p>
<p class="soft">Hidden: {html.escape(evaluation.split)}. Seed {evaluation.seed}.</p>
<p class="soft"><span class="key ours">Footpath's methods</span> &ensp;
<span class="key baseline">baselines</span></p>
<noscript><p>Charts need JavaScript; the tables below do not.</p></noscript>
{sections}{_left_out(evaluation)}
<script>{DRAW}</script></body></html>
"""


def _found(evaluation: Evaluation) -> str:
    """Return for how many users the best method of either kind finds anything, in words."""
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    shares = []
    for is_baseline in (False, True):
        names = [cost.method for cost in evaluation.costs if cost.is_baseline is is_baseline]
        if names:
            best = max(names, key=lambda name: rows[name, f"ndcg@{k}", ALL].value)
            share = rows[best, f"hit_rate@{k}", ALL].value
            shares.append(f"{share:.1%} of users with {html.escape(best)}".replace("%", "&nbsp;%"))
    if not shares:
        return ""
    return f"A list of {k} holds something hidden for {' and '.join(shares)}. "


def _sections(evaluation: Evaluation) -> Iterator[str]:
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    costs = sorted(evaluation.costs, key=lambda cost: -rows[cost.method, f"ndcg@{k}", ALL].value)

    def bars(metric: str, segment: str = ALL) -> str:
        mine = [rows[cost.method, metric, segment] for cost in costs]
        return interval_bars(mine, costs, _decimals(metric))

    yield _section(
        "How much is found",
        "Best first, here and below. Lines are 95 % bootstrap intervals over users: another choice "
        "of as many users would mostly have come out within them.",
        [_figure(f"{name}@{k}", bars(f"{m}@{k}"), MEANING[m]) for m, name in QUALITY.items()],
    )
    if evaluation.differences:
        yield _differences(evaluation)
    yield _section(
        "What the lists are like",
        "More is not always better here: random lists would lead in three of the four.",
        [
            _figure(f"{name}@{k}", bars(f"{metric}@{k}"), meaning)
            for metric, (name, meaning) in NATURE.items()
        ],
    )
    yield _segments(evaluation, costs, bars)
    yield _costs(costs)
    yield _tables(evaluation, costs)


def _section(title: str, text: str, figures: Sequence[str], kind: str = "grid") -> str:
    return (
        f"<h2>{html.escape(title)}</h2><p class='soft'>{html.escape(text)}</p>"
        f"<div class='{kind}'>{''.join(figures)}</div>\n"
    )


def _figure(title: str, content: str, caption: str = "") -> str:
    caption = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f"<figure><h3>{html.escape(title)}</h3>{caption}{content}</figure>"


def _differences(evaluation: Evaluation) -> str:
    differences = sorted(evaluation.differences, key=lambda difference: difference.value)
    best, metric = differences[0].method, differences[0].metric
    return _section(
        f"{best} beside each baseline",
        f"{_metric_name(metric)} of {best} less that of the baseline, user by user. Right of "
        "nought it finds more; an interval that holds nought leaves open which one does. It was "
        f"picked as the best of Footpath's methods by these very users.",
        [_figure("Paired difference", difference_dots(differences))],
    )


def _segments(
    evaluation: Evaluation, costs: Sequence[Cost], bars: Callable[[str, str], str]
) -> str:
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    figures = []
    for segment in dict.fromkeys(row.segment for row in evaluation.rows if row.segment != ALL):
        metric = f"recall@{k}"
        values = [rows[cost.method, metric, segment].value for cost in costs]
        n_users = rows[costs[0].method, metric, segment].n_users
        if not n_users:
            content = "<p>Nobody has any in the hidden part.</p>"
        elif max(values) <= 0:
            content = "<p>No method finds any.</p>"
        else:
            content = bars(metric, segment)
        figures.append(_figure(segment.capitalize(), content, f"{n_users:,} users"))
    return _section(
        f"Recall@{k} by kind of user and item",
        "Users in three groups by the length of their history. Hidden items that nobody had in "
        "training (cold), the least popular ones that together make a fifth of it (rare), and the "
        "others. Each chart has its own scale.",
        figures,
        "grid three",
    )


def _costs(costs: Sequence[Cost]) -> str:
    fit, score = [c.fit_seconds for c in costs], [c.score_seconds for c in costs]
    memory = [c.peak_bytes / 1e6 for c in costs]
    return _section(
        "What it takes",
        "On the machine that made this page.",
        [
            _figure(
                "Time",
                cost_bars([fit, score], costs, _seconds),
                "to choose settings and fit (full colour), and to rank for everybody (pale)",
            ),
            _figure(
                "Memory",
                cost_bars([memory], costs, lambda value: f"{value:,.0f} MB"),
                "at most, above what the process had before",
            ),
        ],
    )


def _tables(evaluation: Evaluation, costs: Sequence[Cost]) -> str:
    tables = "".join(_table(evaluation, costs, k) for k in evaluation.ks)
    meanings = "".join(
        f"<dt>{name.replace('_', ' ')}</dt><dd>{text}</dd>" for name, text in MEANING.items()
    )
    return (
        "<h2>All figures</h2><p class='soft'>The best of a column is marked, where more is better. "
        f"Below a value is its 95 % interval. "
        f"<a download='evaluation.csv' href='{_csv(evaluation)}'>Download as CSV</a></p>{tables}"
        f"<details><summary>What the columns mean</summary><dl>{meanings}</dl></details>"
    )


def _table(evaluation: Evaluation, costs: Sequence[Cost], k: int) -> str:
    rows, best = rows_by_key(evaluation), best_of(evaluation, k)
    names = [name.replace("_", " ") for name in MEANING]
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    lines = []
    for cost in costs:
        cells = [_cell(rows[cost.method, f"{m}@{k}", ALL], best.get(m)) for m in MEANING]
        kind = "" if cost.is_baseline else " class='ours'"
        name = html.escape(cost.method)
        lines.append(f"<tr{kind}><th scope='row'>{name}</th>{''.join(cells)}</tr>")
    return (
        f"<h3>Lists of {k}</h3><div class='wide' tabindex='0'><table>"
        f"<thead><tr><th scope='col'>method</th>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(row: Row, best: float | None) -> str:
    number, interval = _decimals(row.metric), ""
    if row.high > row.low:
        interval = f"<small>{number(row.low)}–{number(row.high)}</small>"
    kind = " class='best'" if row.value == best else ""
    return f"<td{kind}>{number(row.value)}{interval}</td>"


def _left_out(evaluation: Evaluation) -> str:
    if not evaluation.left_out:
        return ""
    lines = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(why)}</dd>"
        for name, why in evaluation.left_out.items()
    )
    return f"<h2>Left out</h2><dl>{lines}</dl>"


def _csv(evaluation: Evaluation) -> str:
    """Return the rows as a link that holds its file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(Row)])
    writer.writerows(astuple(row) for row in evaluation.rows)
    return "data:text/csv;base64," + base64.b64encode(text.getvalue().encode()).decode()


def _metric_name(metric: str) -> str:
    name, _, k = metric.partition("@")
    return f"{QUALITY.get(name, name)}@{k}"


def _decimals(metric: str) -> Callable[[float], str]:
    """Return what writes the values of a metric; beyond shares, two decimals are enough."""
    places = 2 if metric.startswith(("novelty", "popularity_lift")) else 4
    return lambda value: "–" if math.isnan(value) else f"{value:.{places}f}"


def _seconds(value: float) -> str:
    return f"{value:,.0f} s" if value >= 10 else f"{value:.1f} s"
