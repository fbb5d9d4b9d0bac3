"""Ways between items, beside trying every way."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest

from recommender.errors import InvalidParameterError
from recommender.graph import ItemGraph
from recommender.paths import likeliest_paths
from tests.builders import DIRECTED, UNDIRECTED, edge_graph


def every_way(graph: ItemGraph, source: int, target: int) -> list[float]:
    """Return the probability of every way without loops, the greatest first."""
    others = [row for row in range(graph.n_items) if row not in (source, target)]
    found = []
    for n in range(len(others) + 1):
        for between in permutations(others, n):
            rows = (source, *between, target)
            chance = 1.0
            for a, b in pairwise(rows):
                weights = graph.weights_of(a)
                is_next = graph.neighbours_of(a) == b
                chance *= float(weights[is_next].sum() / weights.sum())
            if chance > 0:
                found.append(chance)
    return sorted(found, reverse=True)


@pytest.mark.parametrize(("edges", "is_directed"), [(UNDIRECTED, False), (DIRECTED, True)])
@pytest.mark.parametrize(("source", "target"), [(0, 5), (5, 0), (3, 2)])
def test_ways_are_the_likeliest_of_all_in_their_order(
    edges: tuple[tuple[int, int, float], ...], is_directed: bool, source: int, target: int
) -> None:
    graph = edge_graph(edges, is_directed=is_directed)
    paths = likeliest_paths(graph, source, target, 4)
    expected = every_way(graph, source, target)
    assert [path.probability for path in paths] == pytest.approx(expected[: len(paths)], rel=1e-5)
    assert len(paths) == min(4, len(expected))
    for path in paths:
        assert (path.item_ids[0], path.item_ids[-1]) == (f"i{source}", f"i{target}")
        assert len(set(path.item_ids)) == len(path.item_ids)


def test_a_heavy_way_round_beats_a_light_one_straight_on() -> None:
    # 0-1 of weight 1; 0-2 and 2-1 of 9: .1 against .9 x 9/18.
    graph = edge_graph(((0, 1, 1.0), (0, 2, 9.0), (2, 1, 9.0)), is_directed=False)
    first, second = likeliest_paths(graph, 0, 1, 2)
    assert first.item_ids == ("i0", "i2", "i1")
    assert (first.weights, second.weights) == ((9.0, 9.0), (1.0,))
    assert first.probability == pytest.approx(0.45)
    assert second.probability == pytest.approx(0.1)


def test_sure_steps_are_steps_too() -> None:
    chain = edge_graph(((0, 1, 2.0), (1, 2, 5.0)), is_directed=True)
    (path,) = likeliest_paths(chain, 0, 2, 3)
    assert path.probabilities == (1.0, 1.0)
    assert likeliest_paths(chain, 2, 0) == []


def test_one_and_the_same_item_and_a_wrong_k_are_refused() -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    with pytest.raises(InvalidParameterError, match="two different"):
        likeliest_paths(graph, 1, 1)
    with pytest.raises(InvalidParameterError, match="k is 0"):
        likeliest_paths(graph, 0, 1, 0)
