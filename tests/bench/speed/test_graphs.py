from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

from bench.speed.graphs import Graph, graph_file, planted_graph, read_graph, star_graph


def test_equal_seeds_make_equal_graphs_and_others_do_not() -> None:
    first, second, other = (planted_graph(300, 3000, seed) for seed in (1, 1, 2))

    assert np.array_equal(first.neighbours, second.neighbours)
    assert np.array_equal(first.weights, second.weights)
    assert not np.array_equal(first.neighbours, other.neighbours)


@pytest.mark.parametrize("make", [planted_graph, star_graph])
def test_each_relationship_is_stored_both_ways_with_one_weight_and_rows_ascend(
    make: Callable[[int, int, int], Graph],
) -> None:
    graph = make(300, 3000, 1)
    sources = np.repeat(np.arange(300), np.diff(graph.offsets))
    there = {
        (a, b): w
        for a, b, w in zip(
            sources.tolist(), graph.neighbours.tolist(), graph.weights.tolist(), strict=True
        )
    }

    assert graph.n_relationships == 3000
    assert len(there) == 6000
    assert all(a != b and there[b, a] == w for (a, b), w in there.items())
    assert list(there) == sorted(there)
    assert min(there.values()) > 0


def test_planted_graph_has_hubs_communities_and_nobody_alone() -> None:
    graph = planted_graph(2000, 20_000, 1)
    degrees = np.diff(graph.offsets)
    first, second, weights = graph.relationships()
    inside = graph.communities[first] == graph.communities[second]

    assert degrees.min() >= 1
    assert degrees.max() > 20 * np.median(degrees)
    # By chance alone a pair shares a community of 20 to 200 of 2,000 one time in ten at most.
    assert inside.mean() > 0.4
    assert weights[inside].mean() > 1.5 * weights[~inside].mean()
    sizes = np.bincount(graph.communities)
    assert sizes.min() >= 1
    assert len(sizes) > 10


def test_neighbouring_rows_are_not_of_one_community() -> None:
    communities = planted_graph(2000, 20_000, 1).communities

    assert (communities[1:] == communities[:-1]).mean() < 0.2


def test_star_joins_its_first_item_to_all_others() -> None:
    graph = star_graph(100, 250, 1)

    assert graph.neighbours[: graph.offsets[1]].tolist() == list(range(1, 100))


def test_graphs_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="9 relationships"):
        planted_graph(100, 9, 1)
    with pytest.raises(ValueError, match="needs 99"):
        star_graph(100, 98, 1)


def test_a_cached_graph_is_what_was_made(tmp_path: Path) -> None:
    path = graph_file(tmp_path, "1k", 3)
    stamp = path.stat().st_mtime_ns

    assert graph_file(tmp_path, "1k", 3).stat().st_mtime_ns == stamp
    assert np.array_equal(read_graph(path).weights, planted_graph(1000, 20_000, 3).weights)


def test_an_unknown_size_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="'7k' is none of 1k, 10k"):
        graph_file(tmp_path, "7k", 1)
