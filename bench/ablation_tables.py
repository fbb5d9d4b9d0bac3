"""The ablation's file of results, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ablation_judge import MAIN, METRICS, READ_OUTS, K
from ablation_settings import BASE, BASES, factors

from recommender.evaluate.bootstrap import interval

Results = dict[tuple[str, str, str], dict[str, Any]]  # by data set, setting and read-out


def read_results(path: Path) -> Results:
    """Return the results of a file; the last line may be torn."""
    results: Results = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue  # torn when it was broken off: it is measured again
        results[record["data"], record["setting"], record["read_out"]] = record
    return results


@dataclass(frozen=True)
class Line:
    """One setting of one factor, or one read-out, as it is shown."""

    data: str
    factor: str
    label: str
    values: dict[str, tuple[float, float, float]]  # metric: mean and interval
    differences: dict[str, tuple[float, float, float]]  # to the reference
    is_reference: bool
    seed_spread: float  # NDCG: largest less smallest of the seeds
    seconds: float  # of one training
    exponents: dict[str, float]
    n_users: int


def lines_of(results: Results) -> list[Line]:
    """Return all that has been measured, in the order of the factors."""
    lines = []
    for data in dict.fromkeys(data for data, _, _ in results):
        for name, records, reference in _groups(results, data):
            for label, record in records.items():
                lines.append(_line(data, name, label, record, reference))
    return lines


def _groups(
    results: Results, data: str
) -> Iterator[tuple[str, dict[str, dict[str, Any]], dict[str, Any]]]:
    for factor in factors(data):
        keys = {label: (data, point.key(), MAIN) for label, point in factor.points.items()}
        found = {label: results[key] for label, key in keys.items() if key in results}
        if factor.reference in found and len(found) > 1:
            yield factor.name, found, found[factor.reference]
    base = BASES.get(data, BASE).key()
    read = {name: results[data, base, name] for name in READ_OUTS if (data, base, name) in results}
    if MAIN in read:
        yield "read-out", read, read[MAIN]


def _line(
    data: str, factor: str, label: str, record: dict[str, Any], reference: dict[str, Any]
) -> Line:
    values, differences = {}, {}
    for metric in METRICS:
        mine, others = (np.array(each[f"{metric}_by_user"]) for each in (record, reference))
        values[metric] = (float(mine.mean()), *interval(mine))
        differences[metric] = (float((mine - others).mean()), *interval(mine - others))
    by_seed = record["ndcg_by_seed"]
    return Line(
        data, factor, label, values, differences, record is reference,
        max(by_seed) - min(by_seed), record["seconds_a_training"], record["exponents"],
        len(record["ndcg_by_user"]),
    )  # fmt: skip


def markdown(lines: list[Line]) -> str:
    """Return a table a factor and data set."""
    out: list[str] = []
    last = None
    for line in lines:
        if last != (line.data, line.factor):
            last = (line.data, line.factor)
            out += [
                f"\n### {line.factor}: {line.data}\n",
                f"| {line.factor} | Recall@{K} | NDCG@{K} | difference of NDCG | seeds | s |",
                "|---|---|---|---|---|---|",
            ]
        out.append(f"| {line.label} | {_cells(line)} |")
    return "\n".join(out)


def _cells(line: Line) -> str:
    recall, ndcg = line.values["recall"], line.values["ndcg"]
    mean, low, high = line.differences["ndcg"]
    mark = "" if low <= 0 <= high else " *"
    difference = (
        "reference" if line.is_reference else f"{mean:+.4f} ({low:+.4f} to {high:+.4f}){mark}"
    )
    return " | ".join(
        [
            f"{recall[0]:.4f} ({recall[1]:.4f} to {recall[2]:.4f})",
            f"{ndcg[0]:.4f} ({ndcg[1]:.4f} to {ndcg[2]:.4f})",
            difference,
            f"{line.seed_spread:.4f}",
            f"{line.seconds:.1f}",
        ]
    )
