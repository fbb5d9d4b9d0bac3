"""The ablation's file of results, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality.ablation_judge import FIXED, MAIN, METRICS, READ_OUTS, K
from bench.quality.ablation_settings import BASE, BASES, DEFAULTS, factors
from recommender.evaluate.bootstrap import interval

Record = dict[str, Any]
Results = dict[tuple[str, str, str], Record]  # by data set, setting and read-out


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
    fixed_differences: dict[str, tuple[float, float, float]]  # both with the base's exponents
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
                line = _line(data, name, label, record, reference)
                fixed = [_fixed(results, each) for each in (record, reference)]
                if not name.startswith("read-out") and fixed[0] and fixed[1]:
                    line = replace(line, fixed_differences=_differences(fixed[0], fixed[1]))
                lines.append(line)
    return lines


def _groups(results: Results, data: str) -> Iterator[tuple[str, dict[str, Record], Record]]:
    for factor in factors(data):
        keys = {label: (data, point.key(), MAIN) for label, point in factor.points.items()}
        found = {label: results[key] for label, key in keys.items() if key in results}
        if factor.reference in found and len(found) > 1:
            yield factor.name, found, found[factor.reference]
    base = BASES.get(data, BASE)
    for factor_name, setting in (("read-out", base), ("read-out of the defaults", DEFAULTS)):
        keys = {name: (data, setting.key(), name) for name in READ_OUTS}
        read = {name: results[key] for name, key in keys.items() if key in results}
        if MAIN in read:
            yield factor_name, read, read[MAIN]


def _fixed(results: Results, record: Record) -> Record | None:
    """Return the same vectors read with the base's exponents, if that has been measured."""
    key = record["data"], record["setting"]
    if record["setting"] == BASES.get(record["data"], BASE).key():
        return results.get((*key, MAIN))
    return results.get((*key, FIXED))


def _differences(record: Record, reference: Record) -> dict[str, tuple[float, float, float]]:
    differences = {}
    for metric in METRICS:
        mine, others = (np.array(each[f"{metric}_by_user"]) for each in (record, reference))
        differences[metric] = (float((mine - others).mean()), *interval(mine - others))
    return differences


def _line(data: str, factor: str, label: str, record: Record, reference: Record) -> Line:
    values = {}
    for metric in METRICS:
        mine = np.array(record[f"{metric}_by_user"])
        values[metric] = (float(mine.mean()), *interval(mine))
    by_seed = record["ndcg_by_seed"]
    return Line(
        data, factor, label, values, _differences(record, reference), {}, record is reference,
        max(by_seed) - min(by_seed), record["seconds_a_training"], record["exponents"],
        len(record["ndcg_by_user"]),
    )  # fmt: skip


def markdown(lines: list[Line]) -> str:
    """Return a table a factor, with two columns a data set: Recall and NDCG, and the difference."""
    out = []
    for factor in dict.fromkeys(line.factor for line in lines):
        some = [line for line in lines if line.factor == factor]
        data = list(dict.fromkeys(line.data for line in some))
        heads = [f"{name}: Recall, NDCG@{K} | difference of NDCG" for name in data]
        out += [f"\n### {factor}\n", f"| {factor} | {' | '.join(heads)} |"]
        out.append("|---" * (1 + 2 * len(data)) + "|")
        cells = {(line.data, line.label): _cells(line) for line in some}
        for label in dict.fromkeys(line.label for line in some):
            row = [cells.get((name, label), " | ") for name in data]
            out.append(f"| {label} | {' | '.join(row)} |")
    return "\n".join(out)


def _cells(line: Line) -> str:
    recall, ndcg = (f"{line.values[metric][0]:.4f}"[1:] for metric in METRICS)
    if line.is_reference:
        return f"{recall} **{ndcg}** | reference"
    mean, low, high = (f"{value:+.4f}".replace("0.", ".", 1) for value in line.differences["ndcg"])
    return f"{recall} **{ndcg}** | {mean} ({low} to {high}){_stars(line)}"


def _stars(line: Line) -> str:
    """Return one for an interval without 0, two if it has none with the base's exponents too."""
    _, low, high = line.differences["ndcg"]
    if low <= 0 <= high:
        return ""
    _, fixed_low, fixed_high = line.fixed_differences.get("ndcg", (0.0, 0.0, 0.0))
    is_same = fixed_low > 0 if low > 0 else fixed_high < 0
    return r" \*\*" if is_same else r" \*"
