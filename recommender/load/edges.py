"""Files and data frames of edges -> checked arrays, every bad row named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recommender.errors import InvalidDataError
from recommender.graph import Float64Array, Int64Array
from recommender.load.batches import BadRow, Batch, Source, shown
from recommender.load.checks import Check, check_ids, check_numbers
from recommender.load.options import FileFormat, LoadOptions
from recommender.load.plan import listed
from recommender.load.readers import open_source
from recommender.progress import Progress

SOURCE, TARGET, WEIGHT = "source", "target", "weight"
# What 32-bit floats, in which weights are walked, hold whole and in sums.
LEAST_WEIGHT, MOST_WEIGHT = 1e-30, 1e30
MAX_BAD_ROWS_KEPT = 5


@dataclass(frozen=True)
class GraphOptions:
    """How to read a graph. A weight column left at None is ``weight``, if there is one."""

    is_directed: bool = False
    source_column: str = SOURCE
    target_column: str = TARGET
    weight_column: str | None = None
    id_column: str = "id"  # of the file of nodes
    file_format: FileFormat | None = None  # None: by the file's name
    delimiter: str | None = None  # None: a tab for .tsv, else a comma
    skip_bad_rows: bool = False
    batch_size: int = 10_000

    def of_nodes(self) -> LoadOptions:
        """Return how to read the file of nodes; refuses what has no meaning."""
        return LoadOptions(
            item_column=self.id_column,
            file_format=self.file_format,
            delimiter=self.delimiter,
            skip_bad_rows=self.skip_bad_rows,
            batch_size=self.batch_size,
        )


@dataclass(frozen=True)
class Edges:
    """The good rows of some sources, in their order."""

    names: tuple[str, ...]  # ids, in the order of their first mention
    sources: Int64Array  # (n_edges,), places in names
    targets: Int64Array  # (n_edges,), places in names
    weights: Float64Array  # (n_edges,), above zero
    digest: str  # of the content
    n_rows: int  # bad ones included
    n_bad_rows: int
    bad_rows: tuple[str, ...]  # the first few, in words


def read_edges(
    data: Sequence[Path | str | pd.DataFrame], options: GraphOptions, progress: Progress
) -> tuple[str, Edges]:
    """Return what the sources are called, and their edges, every row checked.

    Raises
    ------
    InvalidDataError
        If a file cannot be read, a column is missing, or a row is bad (unless they are skipped).
    """
    reading = _Reading(options)
    sources = [open_source(each, options.of_nodes()) for each in data]
    for source in sources:
        plan = _plan(source, options)
        for batch in source.batches(tuple(plan.values()), options.batch_size):
            reading.take(source.name, batch, plan)
            progress(reading.n_rows, 0)
    return ", ".join(source.name for source in sources), reading.edges()


def _plan(source: Source, options: GraphOptions) -> dict[str, str]:
    """Return the column of each role."""
    there = source.columns()
    plan = {SOURCE: options.source_column, TARGET: options.target_column}
    if options.weight_column is not None or WEIGHT in there:
        plan[WEIGHT] = options.weight_column or WEIGHT
    for role, column in plan.items():
        if column not in there:
            raise InvalidDataError(
                f"{source.name} has no column {shown(column)}. Its columns: {listed(there)}. Name "
                f"the right one with --{role}-column, or pass --delimiter; the first line of a "
                "file names its columns."
            )
    if len(set(plan.values())) < len(plan):
        raise InvalidDataError(f"Two of the columns of {source.name} have the same name.")
    source.refuse_id_types([plan[SOURCE], plan[TARGET]])
    return plan


class _Reading:
    """Gathers the good rows of batches."""

    def __init__(self, options: GraphOptions):
        self._is_skipping = options.skip_bad_rows
        self._places: dict[str, int] = {}
        self._parts: list[tuple[Int64Array, Int64Array, Float64Array]] = []
        self._digest = hashlib.blake2b(repr(options.is_directed).encode(), digest_size=16)
        self._bad: list[str] = []
        self._n_bad = 0
        self.n_rows = 0

    def take(self, name: str, batch: Batch, plan: dict[str, str]) -> None:
        columns, bad = _checked(name, batch, plan)
        if bad and not self._is_skipping:
            raise InvalidDataError(str(bad[0]))
        self._n_bad += len(bad)
        self._bad += [str(each) for each in bad[: MAX_BAD_ROWS_KEPT - len(self._bad)]]
        self.n_rows += len(columns[SOURCE]) + len(bad)
        self._digest.update("".join(map(repr, zip(*columns.values(), strict=True))).encode())
        pairs = zip(columns[SOURCE], columns[TARGET], strict=True)
        places = np.array([self._place(end) for pair in pairs for end in pair], np.int64)
        weights = columns.get(WEIGHT)
        given = np.ones(len(places) // 2) if weights is None else np.array(weights, np.float64)
        self._parts.append((places[::2], places[1::2], given))

    def _place(self, name: str) -> int:
        return self._places.setdefault(name, len(self._places))

    def edges(self) -> Edges:
        nothing = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        sources, targets, weights = zip(nothing, *self._parts, strict=True)
        return Edges(
            names=tuple(self._places),
            sources=np.concatenate(sources),
            targets=np.concatenate(targets),
            weights=np.concatenate(weights),
            digest=self._digest.hexdigest(),
            n_rows=self.n_rows,
            n_bad_rows=self._n_bad,
            bad_rows=tuple(self._bad),
        )


def _checked(
    name: str, batch: Batch, plan: dict[str, str]
) -> tuple[dict[str, list[Any]], list[BadRow]]:
    """Return the good rows of a batch by role, and the bad ones in their order."""
    checks: dict[str, Check] = {SOURCE: check_ids, TARGET: check_ids, WEIGHT: check_numbers}
    checked = {role: checks[role](batch.columns[column]) for role, column in plan.items()}
    bad: dict[int, BadRow] = {}
    for role, column in plan.items():
        for place, value in enumerate(checked[role].values):
            problem = checked[role].problems.get(place)
            if problem is not None:
                found = BadRow(name, batch.rows[place], column, str(problem), problem.remedy)
            elif value is None:
                empty = "the weight is empty" if role == WEIGHT else "the id is empty"
                found = BadRow(name, batch.rows[place], column, empty)
            elif role == WEIGHT and not LEAST_WEIGHT <= value <= MOST_WEIGHT:
                wrong = f"{shown(value)} is no weight: those are above zero, 1e-30 to 1e30"
                found = BadRow(name, batch.rows[place], column, wrong)
            else:
                continue
            bad.setdefault(place, found)
    good = [place for place in range(len(batch.rows)) if place not in bad]
    columns = {role: [each.values[place] for place in good] for role, each in checked.items()}
    return columns, sorted((*batch.bad, *bad.values()), key=lambda each: each.row)
