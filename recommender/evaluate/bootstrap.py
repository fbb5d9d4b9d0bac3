"""Percentile bootstrap over users: how far a mean may be off by the choice of users."""

from __future__ import annotations

import numpy as np

from recommender.graph import Float64Array

DRAWS_AT_ONCE = 20_000_000


def interval(
    values: Float64Array, *, n_resamples: int = 1000, level: float = 0.95, seed: int = 1
) -> tuple[float, float]:
    """Return the ends of the interval that holds the mean of ``values`` at the level.

    Users are drawn again with replacement (Efron and Tibshirani 1993, chapter 13). For the
    difference of two methods, give the differences user by user.
    """
    if not len(values):
        return float("nan"), float("nan")
    random = np.random.Generator(np.random.PCG64(seed))
    means = np.empty(n_resamples)
    at_once = max(1, DRAWS_AT_ONCE // len(values))
    for first in range(0, n_resamples, at_once):
        some = min(at_once, n_resamples - first)
        drawn = random.integers(0, len(values), (some, len(values)))
        means[first : first + some] = values[drawn].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
