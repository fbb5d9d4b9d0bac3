"""No p, q or hub makes a second-order walk slow: work is counted, not timed."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.graph import Int32Array, ItemGraph, build_item_graph
from recommender.walks.walker import SecondOrderWalker
from tests.recommender.walks.law import least_p_value, pair_statistic

EXTREMES = [0.001, 1.0, 1000.0]


def _graph(sources: Int32Array, targets: Int32Array) -> ItemGraph:
    n_items = int(targets.max()) + 1
    return build_item_graph(
        [str(row) for row in range(n_items)],
        sources,
        targets,
        np.ones(len(sources), dtype=np.float32),
        support=np.ones(n_items, dtype=np.int64),
        is_directed=False,
    )


def _star(n_leaves: int) -> ItemGraph:
    leaves = np.arange(1, n_leaves + 1, dtype=np.int32)
    return _graph(np.zeros_like(leaves), leaves)


def _two_hubs(n_leaves: int) -> ItemGraph:
    """Return two hubs that are joined: half the leaves hang on both, a quarter on each alone."""
    leaves = np.arange(2, n_leaves + 2, dtype=np.int32)
    first, second = leaves[: 3 * n_leaves // 4], leaves[n_leaves // 4 :]
    ring = np.roll(leaves, 1)
    hubs = np.array([0, 1], dtype=np.int32)
    return _graph(
        np.concatenate([hubs[:1], np.zeros_like(first), np.ones_like(second), leaves]),
        np.concatenate([hubs[1:], first, second, ring]),
    )


def _work_a_step(walker: SecondOrderWalker, starts: Int32Array) -> tuple[float, Int32Array]:
    walks = np.empty((len(starts), 40), dtype=np.int32)
    work = walker.fill_counted(starts, 1, 0, walks)
    assert walks.min() >= 0
    return work / (len(starts) * 39), walks


@pytest.fixture(scope="module")
def star() -> ItemGraph:
    return _star(1_000_000)


@pytest.fixture(scope="module")
def two_hubs() -> ItemGraph:
    return _two_hubs(100_000)


@pytest.mark.parametrize("p", EXTREMES)
@pytest.mark.parametrize("q", EXTREMES)
def test_a_step_on_a_star_of_a_million_leaves_takes_few_trials(
    star: ItemGraph, p: float, q: float
) -> None:
    starts = np.arange(0, 1_000_000, 1_000, dtype=np.int32)
    work, _ = _work_a_step(SecondOrderWalker(star, p, q), starts)
    assert work < 16


@pytest.mark.parametrize("p", EXTREMES)
@pytest.mark.parametrize("q", EXTREMES)
def test_a_step_between_hubs_takes_no_more_trials_than_q_is_extreme(
    two_hubs: ItemGraph, p: float, q: float
) -> None:
    starts = np.arange(0, 100_000, 500, dtype=np.int32)
    work, _ = _work_a_step(SecondOrderWalker(two_hubs, p, q), starts)
    # From hub to hub a proposal may be kept once in 1,000; those steps are a part of all.
    assert work < 1_000


def test_walks_on_a_star_follow_the_law_at_extreme_p_and_q(star: ItemGraph) -> None:
    # At the hub, back weighs 1,000 and the other leaves 999,999 / 1,000: half and half.
    _, walks = _work_a_step(SecondOrderWalker(star, 0.001, 1000.0), np.ones(4_000, dtype=np.int32))
    middle = walks[:, 1:-1]
    at_hub = middle == 0
    returned = (walks[:, 2:] == walks[:, :-2])[at_hub]
    expected = 1000 / (1000 + 999.999)
    error = np.sqrt(expected * (1 - expected) / len(returned))
    assert len(returned) > 50_000
    assert abs(returned.mean() - expected) < 4 * error


@pytest.mark.parametrize(("p", "q"), [(0.02, 50.0), (50.0, 0.02), (50.0, 50.0)])
def test_walks_between_hubs_follow_the_law(p: float, q: float) -> None:
    # Few enough neighbours for a chi-square test, and biases that make drawing at once frequent.
    graph = _two_hubs(8)
    walks = np.empty((1_000_000, 6), dtype=np.int32)
    starts = np.resize(np.arange(graph.n_items, dtype=np.int32), len(walks))
    SecondOrderWalker(graph, p, q).fill(starts, 7, 0, walks)
    for pair in [(0, 1), (2, 0), (5, 1)]:
        found = pair_statistic(walks, graph, pair, p=p, q=q, least_draws=20_000)
        assert least_p_value([found]) > 1e-4, pair
