"""What every side of a search does: ask for one item's nearest after the other, and judge it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def searched(
    find: Callable[[int], Any], asked: dict[str, Any], run: int, true: np.ndarray
) -> dict[str, Any]:
    """Return seconds for some random items, and the share of their true nearest that came back.

    ``find`` gives the rows of the nearest items of a row, the row itself among them or not.
    """
    rows = np.random.default_rng(run).choice(len(true), asked["n_queries"], replace=False)
    cpu, wall = time.process_time(), time.perf_counter()
    answers = [find(int(row)) for row in rows]
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    shared = 0
    for row, answer in zip(rows.tolist(), answers, strict=True):
        found = [other for other in np.asarray(answer).ravel().tolist() if other != row]
        shared += len(set(found[: true.shape[1]]) & set(true[row].tolist()))
    return {
        "cpu_s": cpu / len(rows),
        "wall_s": wall / len(rows),
        "recall": shared / (len(rows) * true.shape[1]),
    }
