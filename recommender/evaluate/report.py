"""An evaluation as a table for the terminal and as plain JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.table import Table

from recommender.evaluate.metrics import PER_USER
from recommender.evaluate.run import ALL, Cost, Evaluation, Row

FOUND = ("ndcg", "recall", "hit_rate", "mrr", "map")
NATURE = ("coverage", "diversity", "novelty", "popularity_lift")
MORE_IS_BETTER = (*PER_USER, "coverage")


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain JSON; what is not defined is null."""
    return {
        "split": evaluation.split,
        "protocol": evaluation.protocol,
        "seed": evaluation.seed,
        "k": list(evaluation.ks),
        "n_users": evaluation.n_users,
        "n_items": evaluation.n_items,
        "n_train": evaluation.n_train,
        "n_test": evaluation.n_test,
        "rows": [_plain(asdict(row)) for row in evaluation.rows],
        "differences": [_plain(asdict(row)) for row in evaluation.differences],
        "costs": [_plain(asdict(row)) for row in evaluation.costs],
        "left_out": evaluation.left_out,
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def rows_by_key(evaluation: Evaluation) -> dict[tuple[str, str, str], Row]:
    """Return the rows by method, metric and segment."""
    return {row.key(): row for row in evaluation.rows}


def best_of(evaluation: Evaluation, k: int) -> dict[str, float]:
    """Return the best value of each metric of which more is better, at one length of lists."""
    rows = rows_by_key(evaluation)
    return {
        name: max(rows[cost.method, f"{name}@{k}", ALL].value for cost in evaluation.costs)
        for name in MORE_IS_BETTER
        if evaluation.costs
    }


def verdict(evaluation: Evaluation) -> str:
    """Return which method finds most, and by how much, in words."""
    metric, rows = f"ndcg@{evaluation.ks[0]}", rows_by_key(evaluation)
    values = {cost.method: rows[cost.method, metric, ALL].value for cost in evaluation.costs}
    name = metric.replace("ndcg", "NDCG")
    if not values:
        return "No method could be judged."
    if not evaluation.differences:
        best = max(values, key=lambda method: values[method])
        return f"{best} finds most: {name} {values[best]:.4f}. It was compared with no baseline."
    closest = min(evaluation.differences, key=lambda difference: difference.value)
    ours, baseline = closest.method, closest.baseline
    interval = f"95 % interval {closest.low:+.4f} to {closest.high:+.4f}"
    if closest.low > 0:
        return (
            f"{ours} finds most: its {name} is {values[ours]:.4f}"
            f"{_percent(closest.value, values[baseline])} that of {baseline}, the best baseline "
            f"({values[baseline]:.4f}). The difference is {closest.value:+.4f} ({interval})."
        )
    if closest.high < 0:
        return (
            f"The baseline {baseline} finds most: its {name} is {values[baseline]:.4f}"
            f"{_percent(-closest.value, values[ours])} that of {ours}, the best of Footpath's "
            f"methods ({values[ours]:.4f}). The difference is {closest.value:+.4f} ({interval})."
        )
    return (
        f"No clear winner: the {name} of {ours}, the best of Footpath's methods, is "
        f"{values[ours]:.4f}, that of {baseline}, the best baseline, {values[baseline]:.4f}. The "
        f"difference of {closest.value:+.4f} may be chance ({interval})."
    )


def _percent(difference: float, base: float) -> str:
    return f", {100 * difference / base:.0f} % above" if base > 0 else ", above"


def quality_table(evaluation: Evaluation) -> Table:
    """Return how much each method finds at the main k, the best of each metric in bold."""
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    table = _table(
        f"Lists of {k} for {evaluation.n_users:,} users, {evaluation.n_items:,} items ranked; "
        f"{evaluation.split}",
        ["ndcg", "95 % interval", *(_heading(name) for name in FOUND[1:])],
    )
    best = best_of(evaluation, k)
    for cost in evaluation.costs:
        cells = [_cell(rows[cost.method, f"{m}@{k}", ALL].value, best.get(m)) for m in FOUND]
        ndcg = rows[cost.method, f"ndcg@{k}", ALL]
        table.add_row(_method(cost), cells[0], f"{ndcg.low:.4f}–{ndcg.high:.4f}", *cells[1:])
    return table


def nature_table(evaluation: Evaluation) -> Table:
    """Return what the lists of each method are like at the main k."""
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    table = _table(f"What the lists of {k} are like", [_heading(name) for name in NATURE])
    best = best_of(evaluation, k)
    for cost in evaluation.costs:
        cells = [_cell(rows[cost.method, f"{m}@{k}", ALL].value, best.get(m)) for m in NATURE]
        table.add_row(_method(cost), *cells)
    return table


def cost_table(evaluation: Evaluation) -> Table:
    """Return the time and memory that each method took."""
    table = _table("What it took", ["choose and fit, s", "rank for everybody, s", "peak MB"])
    for cost in evaluation.costs:
        seconds = [f"{cost.fit_seconds:,.1f}", f"{cost.score_seconds:,.1f}"]
        table.add_row(_method(cost), *seconds, f"{cost.peak_bytes / 1e6:,.0f}")
    return table


def tables(evaluation: Evaluation) -> list[Table]:
    """Return all tables, the most important first."""
    return [make(evaluation) for make in (quality_table, nature_table, segment_table, cost_table)]


def _table(title: str, headings: Sequence[str]) -> Table:
    """Return a table that fits 80 columns whole."""
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("method", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _heading(metric: str) -> str:
    return metric.replace("_", " ")


def _method(cost: Cost) -> str:
    return cost.method if cost.is_baseline else f"[green]{cost.method}[/green]"


def _cell(value: float, best: float | None) -> str:
    if math.isnan(value):
        return "–"
    return f"[bold]{value:.4f}[/bold]" if value == best else f"{value:.4f}"


def segment_table(evaluation: Evaluation) -> Table:
    """Return the recall of each method by kind of user and of item."""
    k = evaluation.ks[0]
    segments = list(dict.fromkeys(row.segment for row in evaluation.rows if row.segment != ALL))
    rows = rows_by_key(evaluation)
    table = _table(f"recall@{k} by kind of user and item", segments)
    for cost in evaluation.costs:
        values = [rows[cost.method, f"recall@{k}", segment].value for segment in segments]
        table.add_row(_method(cost), *(_cell(value, None) for value in values))
    return table


def sentences(evaluation: Evaluation) -> list[str]:
    """Return what the table cannot say: who wins, by how much, and what was left out."""
    lines = [verdict(evaluation)]
    lines += [
        f"{d.method} - {d.baseline}: {d.value:+.4f} {d.metric} ({d.low:+.4f} to {d.high:+.4f})"
        for d in evaluation.differences
    ]
    return lines + [f"{name} left out: {why}" for name, why in evaluation.left_out.items()]
