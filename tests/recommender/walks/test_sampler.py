"""What holds for every walk: edges only, ends, starts, threads, settings."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.walks import (
    WalkBlocks,
    WalkCorpus,
    WalkSettings,
    make_walks,
    sampler,
    walk_blocks,
    walks_to_train_on,
)
from tests.builders import DIRECTED, UNDIRECTED, communities_graph, edge_graph


@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0)], ids=["first", "second"])
def test_walks_are_byte_equal_for_one_two_and_four_threads(
    monkeypatch: pytest.MonkeyPatch, p: float, q: float
) -> None:
    graph = communities_graph(20, 9)
    chosen = WalkSettings(n_walks=50, length=30, p=p, q=q, seed=5)
    walks = {n: make_walks(graph, chosen, n_threads=n).walks.tobytes() for n in (1, 2, 4)}
    monkeypatch.setattr(sampler, "STEPS_A_BLOCK", 3_001)  # other blocks, not a multiple of lanes
    assert make_walks(graph, chosen, n_threads=2).walks.tobytes() == walks[1]
    assert walks[1] == walks[2] == walks[4]


@pytest.mark.parametrize("n_threads", [1, 2, 4])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0)], ids=["first", "second"])
def test_blocks_are_the_matrix_in_order_each_time(
    monkeypatch: pytest.MonkeyPatch, p: float, q: float, n_threads: int
) -> None:
    graph = communities_graph(20, 9)
    chosen = WalkSettings(n_walks=10, length=30, p=p, q=q, seed=5)
    whole = make_walks(graph, chosen).walks
    monkeypatch.setattr(sampler, "STEPS_A_BLOCK", 3_001)
    blocks = walk_blocks(graph, chosen, n_threads=n_threads)
    for _ in range(2):
        made = list(blocks)
        assert len(made) == 18  # 1,800 walks, 100 a block
        assert np.concatenate(made).tobytes() == whole.tobytes()


def test_blocks_are_never_all_in_memory() -> None:
    graph = communities_graph(100, 10)
    blocks = walk_blocks(graph, WalkSettings(n_walks=200, length=100), n_threads=2)
    tracemalloc.start()
    for block in blocks:
        assert block.nbytes <= 4_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # 80 MB of walks; four blocks ahead, the one given and the one being let go.
    assert blocks.n_walks * blocks.length * 4 == 80_000_000
    assert peak < 6 * 4_100_000


def test_walks_to_train_on_are_the_same_whether_kept_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph, chosen = communities_graph(4, 6), WalkSettings(n_walks=3, length=7)
    kept = walks_to_train_on(graph, chosen)
    assert isinstance(kept, WalkCorpus)
    monkeypatch.setattr(sampler, "MOST_PLACES_KEPT", kept.walks.size - 1)
    made = walks_to_train_on(graph, chosen)
    assert isinstance(made, WalkBlocks)
    assert np.concatenate(list(made)).tobytes() == kept.walks.tobytes()
    assert made.provenance == kept.provenance


def test_leaving_the_blocks_early_does_no_harm() -> None:
    blocks = walk_blocks(communities_graph(4, 6), WalkSettings(n_walks=2_000), n_threads=2)
    first = next(iter(blocks))
    assert first.tobytes() == blocks.in_one()[: len(first)].tobytes()


def test_another_seed_gives_other_walks() -> None:
    graph = communities_graph(4, 6)
    one, two = (make_walks(graph, WalkSettings(seed=seed)).walks for seed in (1, 2))
    assert (one != two).mean() > 0.5


def test_no_two_walks_from_one_item_share_their_random_numbers() -> None:
    graph = communities_graph(4, 12)
    walks = make_walks(graph, WalkSettings(n_walks=50, length=40)).walks
    assert len(np.unique(walks, axis=0)) == len(walks)  # 11 ** 39 ways each


edges_of_any_graph = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0, 1e6, width=32)), max_size=30
)


@settings(deadline=None, max_examples=150)
@given(
    edges=edges_of_any_graph,
    is_directed=st.booleans(),
    p=st.sampled_from([1e-12, 0.5, 1.0, 1e12]),
    q=st.sampled_from([1e-12, 1.0, 2.0, 1e12]),
    starts=st.sampled_from(["uniform", "frequency"]),
)
def test_walk_never_steps_where_there_is_no_transition(
    edges: list[tuple[int, int, float]], is_directed: bool, p: float, q: float, starts: str
) -> None:
    graph = edge_graph(tuple(edges), is_directed=is_directed, n_items=8)
    chosen = WalkSettings(n_walks=3, length=12, p=p, q=q, starts=starts)  # type: ignore[arg-type]
    if graph.n_edges == 0:
        with pytest.raises(InvalidDataError, match="No item has a neighbour"):
            make_walks(graph, chosen)
        return
    walks = make_walks(graph, chosen, n_threads=1).walks
    for walk in walks.tolist():
        for here, there in pairwise(walk):
            neighbours = graph.neighbours_of(here).tolist() if here >= 0 else []
            assert there in neighbours if neighbours else there == -1


def test_dead_ends_shorten_a_walk() -> None:
    graph = edge_graph(((0, 1, 1.0), (1, 2, 1.0)), is_directed=True, n_items=4)
    walks = make_walks(graph, WalkSettings(n_walks=1, length=5, p=2.0)).walks
    # 2 has no way out and 3 no neighbour at all: neither is a start.
    assert sorted(walks.tolist()) == [[0, 1, 2, -1, -1], [1, 2, -1, -1, -1]]


def test_zero_and_negative_weights_are_never_walked() -> None:
    graph = edge_graph(((0, 1, 1.0), (0, 2, 0.0), (1, 2, -3.0)), is_directed=False)
    walks = make_walks(graph, WalkSettings(n_walks=100)).walks
    assert set(np.unique(walks)) == {0, 1}


def test_a_weight_next_to_nothing_beside_great_ones_does_no_harm() -> None:
    graph = edge_graph(((0, 1, 1e-38), (0, 2, 3e38), (1, 2, 1.0)), is_directed=False)
    walks = make_walks(graph, WalkSettings(n_walks=100, p=0.01, q=7.0)).walks
    assert walks.min() >= 0


@pytest.mark.parametrize("p", [1e-12, 1e12])
@pytest.mark.parametrize("q", [1e-12, 1e12])
def test_extreme_p_and_q_end_in_good_time(p: float, q: float) -> None:
    graph = communities_graph(10, 20)
    walks = make_walks(graph, WalkSettings(n_walks=10, length=40, p=p, q=q), n_threads=1).walks
    assert walks.min() >= 0


def test_large_p_makes_immediate_return_rare() -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    shares = {}
    for p in (0.1, 10.0):
        walks = make_walks(graph, WalkSettings(n_walks=200, p=p)).walks
        shares[p] = (walks[:, 2:] == walks[:, :-2]).mean()
    assert shares[0.1] > 2 * shares[10.0]


def test_uniform_starts_visit_each_item_alike_and_in_no_order() -> None:
    graph = edge_graph(DIRECTED, is_directed=True)
    starts = make_walks(graph, WalkSettings(n_walks=25)).walks[:, 0]
    assert np.bincount(starts).tolist() == [25] * 6
    assert (np.diff(starts) < 0).any()


def test_frequency_starts_go_by_support() -> None:
    graph = edge_graph(DIRECTED, is_directed=True)  # support 1, 2, ... 6; together 21
    starts = make_walks(graph, WalkSettings(n_walks=5_000, length=2, starts="frequency")).walks[
        :, 0
    ]
    assert len(starts) == 30_000
    assert np.bincount(starts) / 30_000 == pytest.approx(np.arange(1, 7) / 21, abs=0.01)


def test_frequency_starts_need_support() -> None:
    graph = edge_graph(DIRECTED, is_directed=True)
    graph = replace(graph, support=np.zeros(6, dtype=np.int64))
    with pytest.raises(InvalidDataError, match="--starts uniform"):
        make_walks(graph, WalkSettings(starts="frequency"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n_walks", 0, "n_walks is 0. Give a whole number from 1 to 1000000"),
        ("length", 1, "length is 1. Give a whole number from 2 to 10000"),
        ("length", 10_001, "length is 10001"),
        ("p", 0.0, "p is 0.0"),
        ("q", float("nan"), "q is nan"),
        ("seed", -1, "seed is -1"),
        ("starts", "anywhere", "starts is 'anywhere'. Give 'uniform' or 'frequency'"),
    ],
)
def test_bad_setting_is_refused_by_name_value_and_range(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        WalkSettings(**{name: value})  # type: ignore[arg-type]


def test_bad_number_of_threads_is_refused() -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    with pytest.raises(InvalidParameterError, match="n_threads is 0"):
        make_walks(graph, WalkSettings(), n_threads=0)


def test_progress_ends_at_the_number_of_walks() -> None:
    told: list[tuple[int, int]] = []
    graph = edge_graph(UNDIRECTED, is_directed=False)
    make_walks(
        graph, WalkSettings(n_walks=7), progress=lambda done, total: told.append((done, total))
    )
    assert told[0] == (0, 42)
    assert told[-1] == (42, 42)
