"""An evaluation as a table for the terminal and as plain JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from rich.table import Table

from recommender.evaluate.run import ALL, Evaluation, Row

SHOWN = ("recall", "ndcg", "hit_rate", "mrr", "map", "coverage", "novelty", "popularity_lift")
LOWER_IS_NEITHER = ("novelty", "popularity_lift")


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


def quality_table(evaluation: Evaluation) -> Table:
    """Return methods against metrics at the main k, the best of each metric in bold."""
    k, rows = evaluation.ks[0], rows_by_key(evaluation)
    table = Table(
        title=f"{evaluation.n_users:,} users, {evaluation.n_items:,} items ranked; "
        f"{evaluation.split}"
    )
    table.add_column("method")
    for name in SHOWN:
        table.add_column(f"{name}@{k}", justify="right")
    table.add_column("95 % of ndcg", justify="right")
    table.add_column("fit s", justify="right")
    table.add_column("score s", justify="right")
    table.add_column("peak MB", justify="right")
    best = {
        name: max((rows[c.method, f"{name}@{k}", ALL].value for c in evaluation.costs), default=0)
        for name in SHOWN
        if name not in LOWER_IS_NEITHER
    }
    for cost in evaluation.costs:
        cells = []
        for name in SHOWN:
            value = rows[cost.method, f"{name}@{k}", ALL].value
            cells.append(f"[bold]{value:.4f}[/bold]" if value == best.get(name) else f"{value:.4f}")
        ndcg = rows[cost.method, f"ndcg@{k}", ALL]
        table.add_row(
            cost.method if cost.is_baseline else f"[green]{cost.method}[/green]",
            *cells,
            f"{ndcg.low:.4f}–{ndcg.high:.4f}",
            f"{cost.fit_seconds:.1f}",
            f"{cost.score_seconds:.1f}",
            f"{cost.peak_bytes / 1e6:,.0f}",
        )
    return table


def segment_table(evaluation: Evaluation) -> Table:
    """Return the recall of each method by kind of user and of item."""
    k = evaluation.ks[0]
    segments = list(dict.fromkeys(row.segment for row in evaluation.rows if row.segment != ALL))
    rows = rows_by_key(evaluation)
    table = Table(title=f"recall@{k} by kind of user and item")
    table.add_column("method")
    for segment in segments:
        table.add_column(segment, justify="right")
    for cost in evaluation.costs:
        values = [rows[cost.method, f"recall@{k}", segment].value for segment in segments]
        cells = ["–" if math.isnan(value) else f"{value:.4f}" for value in values]
        table.add_row(cost.method, *cells)
    return table


def sentences(evaluation: Evaluation) -> list[str]:
    """Return what the table cannot say: differences with intervals, and what was left out."""
    lines = [
        f"{d.method} - {d.baseline}: {d.value:+.4f} {d.metric} ({d.low:+.4f} to {d.high:+.4f})"
        for d in evaluation.differences
    ]
    return lines + [f"{name} left out: {why}" for name, why in evaluation.left_out.items()]
