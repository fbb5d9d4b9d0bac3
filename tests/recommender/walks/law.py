"""Compare walks with the law by chi-square, a (previous, current) pair at a time."""

from __future__ import annotations

import numpy as np
from scipy import stats

from recommender.graph import Int32Array, Int64Array, ItemGraph
from recommender.walks import first_step_probabilities, transition_probabilities


def count_steps(walks: Int32Array, n_items: int) -> Int64Array:
    """Return how often each next item followed each item: shape (n_items, n_items)."""
    pairs = np.stack([walks[:, :-1].ravel(), walks[:, 1:].ravel()]).astype(np.int64)
    pairs = pairs[:, (pairs >= 0).all(axis=0)]
    flat = np.bincount(pairs[0] * n_items + pairs[1], minlength=n_items**2)
    return flat.reshape(n_items, n_items)


def count_second_steps(walks: Int32Array, n_items: int) -> Int64Array:
    """Return how often each item followed each pair: shape (n_items, n_items, n_items)."""
    triples = np.stack([walks[:, k : walks.shape[1] - 2 + k].ravel() for k in range(3)])
    triples = triples[:, (triples >= 0).all(axis=0)].astype(np.int64)
    flat = np.bincount(
        (triples[0] * n_items + triples[1]) * n_items + triples[2], minlength=n_items**3
    )
    return flat.reshape(n_items, n_items, n_items)


def _statistic(
    counts: Int64Array, neighbours: Int32Array, probabilities: np.ndarray
) -> tuple[float, int]:
    """Return chi-square and its degrees of freedom; infinite if a step is outside the law."""
    expected = np.zeros(len(counts))
    expected[neighbours] = probabilities * counts.sum()
    if counts[expected == 0].any():
        return np.inf, max(1, len(neighbours) - 1)
    if len(neighbours) == 1:
        return 0.0, 0
    assert expected[neighbours].min() >= 5, "too few draws for a chi-square test"
    observed = counts[neighbours]
    chi = ((observed - expected[neighbours]) ** 2 / expected[neighbours]).sum()
    return float(chi), len(neighbours) - 1


def _pairs(graph: ItemGraph) -> list[tuple[int, int]]:
    rows = range(graph.n_items)
    pairs = [(row, int(there)) for row in rows for there in graph.neighbours_of(row)]
    return [pair for pair in pairs if len(graph.neighbours_of(pair[1]))]


def second_order_statistics(
    walks: Int32Array, law: ItemGraph, *, p: float, q: float, least_draws: int
) -> list[tuple[float, int]]:
    """Return (chi-square, degrees of freedom) of each pair that the law's graph has."""
    counts = count_second_steps(walks, law.n_items)
    found = []
    for previous, current in _pairs(law):
        drawn = counts[previous, current]
        if drawn.sum() == 0:  # the walks never go where the law does
            found.append((np.inf, 1))
            continue
        assert drawn.sum() >= least_draws, (previous, current, drawn.sum())
        probabilities = transition_probabilities(law, previous, current, p=p, q=q)
        found.append(_statistic(drawn, law.neighbours_of(current), probabilities))
    return found


def pair_statistic(
    walks: Int32Array, law: ItemGraph, pair: tuple[int, int], *, p: float, q: float,
    least_draws: int,
) -> tuple[float, int]:  # fmt: skip
    """Return (chi-square, degrees of freedom) of one (previous, current) pair."""
    triples = np.stack([walks[:, k : walks.shape[1] - 2 + k].ravel() for k in range(3)])
    follows = (triples[0] == pair[0]) & (triples[1] == pair[1])
    drawn = np.bincount(triples[2, follows], minlength=law.n_items)
    assert drawn.sum() >= least_draws, drawn.sum()
    probabilities = transition_probabilities(law, *pair, p=p, q=q)
    return _statistic(drawn, law.neighbours_of(pair[1]), probabilities)


def first_order_statistics(walks: Int32Array, law: ItemGraph) -> list[tuple[float, int]]:
    """Return (chi-square, degrees of freedom) of each item with a way out."""
    counts = count_steps(walks, law.n_items)
    rows = [row for row in range(law.n_items) if len(law.neighbours_of(row))]
    return [
        _statistic(counts[row], law.neighbours_of(row), first_step_probabilities(law, row))
        for row in rows
    ]


def least_p_value(statistics: list[tuple[float, int]]) -> float:
    """Return the p-value of the pair that fits worst; a sure step fits if it was always taken."""
    return min(
        float(stats.chi2.sf(chi, freedom)) if freedom else float(chi == 0)
        for chi, freedom in statistics
    )


def joint_p_value(statistics: list[tuple[float, int]]) -> float:
    """Return the p-value of all pairs together."""
    chi, freedom = (sum(column) for column in zip(*statistics, strict=True))
    return float(stats.chi2.sf(chi, freedom))
