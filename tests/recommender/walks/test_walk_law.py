"""The fast walkers draw by the law: chi-square of at least 20,000 draws a pair."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from recommender.graph import Int32Array
from recommender.walks import WalkSettings, kernels, make_walks
from recommender.walks.node2vec.kernels import LEAST_TRIALS
from tests.builders import DIRECTED, UNDIRECTED, edge_graph
from tests.recommender.walks.law import (
    first_order_statistics,
    least_p_value,
    pair_statistic,
    second_order_statistics,
)

ALPHA = 1e-4
GRAPHS = {"directed": DIRECTED, "undirected": UNDIRECTED}
P_AND_Q = [(4.0, 0.5), (0.25, 2.0), (1.0, 0.2), (0.2, 0.05), (1.0, 5.0)]


@cache
def _walks(kind: str, p: float, q: float, n_walks: int = 400_000) -> Int32Array:
    # Short walks: each starts anew, so that even the rarest pair is seen 20,000 times.
    graph = edge_graph(GRAPHS[kind], is_directed=kind == "directed")
    settings = WalkSettings(n_walks=n_walks, length=6, p=p, q=q, seed=11)
    return make_walks(graph, settings, n_threads=2).walks


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize(("p", "q"), P_AND_Q)
def test_second_order_walks_follow_the_law(kind: str, p: float, q: float) -> None:
    graph = edge_graph(GRAPHS[kind], is_directed=kind == "directed")
    found = second_order_statistics(_walks(kind, p, q), graph, p=p, q=q, least_draws=20_000)
    assert least_p_value(found) > ALPHA


@pytest.mark.parametrize("kind", GRAPHS)
def test_first_order_walks_follow_the_law(kind: str) -> None:
    graph = edge_graph(GRAPHS[kind], is_directed=kind == "directed")
    assert least_p_value(first_order_statistics(_walks(kind, 1.0, 1.0), graph)) > ALPHA


def test_drawing_from_all_neighbours_at_once_follows_the_law() -> None:
    # From (0, 1), p = 300: back 1/300, 2: 0.002, 3: 0.001. Of all proposals (together 1.003) 0.0063
    # are kept, so nine in ten of these steps are drawn in the second way.
    edges = ((0, 1, 1.0), (1, 0, 1.0), (1, 2, 0.002), (1, 3, 0.001), (2, 0, 1.0), (3, 0, 1.0))
    graph = edge_graph(edges, is_directed=True)
    settings = WalkSettings(n_walks=30_000, length=6, p=300.0, seed=3)
    walks = make_walks(graph, settings).walks
    found = second_order_statistics(walks, graph, p=300.0, q=1.0, least_draws=20_000)
    assert least_p_value(found) > ALPHA
    assert (1 - 0.0063) ** LEAST_TRIALS > 0.9


def test_drawing_by_class_follows_the_law() -> None:
    # At the hub 0 (12 neighbours) from 1 (3 neighbours): back weighs 6 / 1000; 2 and 3 are joined
    # and weigh .002 and .003; the other nine weigh 1 to 9 thousandths. Of 51 together .056 is kept,
    # so the step is nearly always drawn at once, and by the shorter row, the previous one.
    spokes = [(0, 1, 6.0), (0, 2, 0.002), (0, 3, 0.003)]
    spokes += [(0, 3 + k, float(k)) for k in range(1, 10)]
    graph = edge_graph((*spokes, (1, 2, 1.0), (1, 3, 1.0)), is_directed=False)
    settings = WalkSettings(n_walks=40_000, length=4, p=1000.0, q=1000.0, seed=4)
    walks = make_walks(graph, settings).walks
    found = pair_statistic(walks, graph, (1, 0), p=1000.0, q=1000.0, least_draws=20_000)
    assert least_p_value([found]) > ALPHA
    assert (1 - 0.056 / 51) ** LEAST_TRIALS > 0.99


def test_drawing_what_is_away_leaves_out_what_is_joined() -> None:
    # The same hub: back weighs 8 / 1000, 2 and 3 half each, the other nine together 1 / 2. Of 10
    # together 1.508 is kept, so one in four steps is drawn at once; what is away, of which there is
    # as much as of what is joined, is then drawn by proposals.
    spokes = [(0, 1, 8.0), (0, 2, 0.5), (0, 3, 0.5)]
    spokes += [(0, 3 + k, k / 45) for k in range(1, 10)]
    graph = edge_graph((*spokes, (1, 2, 1.0), (1, 3, 1.0)), is_directed=False)
    settings = WalkSettings(n_walks=80_000, length=4, p=1000.0, q=2.0, seed=4)
    walks = make_walks(graph, settings).walks
    found = pair_statistic(walks, graph, (1, 0), p=1000.0, q=2.0, least_draws=20_000)
    assert least_p_value([found]) > ALPHA
    assert (1 - 1.508 / 10) ** LEAST_TRIALS > 0.25


def test_alias_tables_hold_the_weights_of_a_long_uneven_row() -> None:
    # Weights over six orders of magnitude: the chance of each, from the table itself.
    weights = np.float32(10.0) ** np.linspace(-3, 3, 200, dtype=np.float32)
    graph = edge_graph(
        tuple((0, k + 1, float(weight)) for k, weight in enumerate(weights)), is_directed=True
    )
    records = np.empty(graph.n_edges, dtype=kernels.ALIAS_RECORD)
    kernels.build_alias_records(graph.offsets, graph.neighbours, graph.weights, records)
    share = records["threshold"] / 2.0**32
    chance = np.bincount(records["neighbour"], share, 201)
    chance += np.bincount(records["alias"], 1.0 - share, 201)
    expected = weights.astype(np.float64) / weights.astype(np.float64).sum()
    assert chance[1:] / 200 == pytest.approx(expected, abs=1e-9)


WRONG_LAWS = ["p and q swapped", "weights ignored", "direction dropped"]


@pytest.mark.parametrize("wrong", WRONG_LAWS)
def test_the_chi_square_test_sees_a_wrong_law(wrong: str) -> None:
    edges, p, q = DIRECTED, 4.0, 0.5
    if wrong == "p and q swapped":
        p, q = q, p
    if wrong == "weights ignored":
        edges = tuple((a, b, 1.0) for a, b, _ in DIRECTED)
    law = edge_graph(edges, is_directed=wrong != "direction dropped")
    found = second_order_statistics(_walks("directed", 4.0, 0.5), law, p=p, q=q, least_draws=20_000)
    assert least_p_value(found) < ALPHA


def test_the_chi_square_test_sees_p_ten_percent_off() -> None:
    law = edge_graph(DIRECTED, is_directed=True)
    found = second_order_statistics(
        _walks("directed", 4.0, 0.5), law, p=4.4, q=0.5, least_draws=20_000
    )
    assert least_p_value(found) < ALPHA


def test_the_chi_square_test_sees_directed_walks_of_an_undirected_graph() -> None:
    law = edge_graph(UNDIRECTED, is_directed=True)
    found = second_order_statistics(
        _walks("undirected", 4.0, 0.5), law, p=4.0, q=0.5, least_draws=0
    )
    assert least_p_value(found) < ALPHA
