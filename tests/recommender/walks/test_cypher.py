"""The walks in pure Cypher follow the same law on a real server.

Neo4j's rand() takes no seed, so one joint p-value a law and 1e-6 for a limit: one false alarm in
hundreds of thousands of runs of these tests.
"""

from __future__ import annotations

from typing import Any

import pytest

from graphdb import Database
from recommender.errors import InvalidDataError, UnknownItemError
from recommender.graph import Relation
from recommender.walks import WalkSettings, cypher_walks
from tests.builders import DIRECTED, UNDIRECTED, Edge, edge_graph
from tests.recommender.walks.law import (
    first_order_statistics,
    joint_p_value,
    second_order_statistics,
)

pytestmark = pytest.mark.neo4j

ALPHA = 1e-6
EDGES: dict[Relation, tuple[Edge, ...]] = {"NEXT": DIRECTED, "TOGETHER": UNDIRECTED}


def _store(database: Database, relation: Relation, edges: tuple[Edge, ...]) -> None:
    rows: list[dict[str, Any]] = [
        {"source": f"i{a}", "target": f"i{b}", "weight": weight} for a, b, weight in edges
    ]
    database.run_text("items", CREATE_ITEMS, {"rows": rows})
    create = CREATE_NEXT if relation == "NEXT" else CREATE_TOGETHER
    database.run_text("edges", create, {"rows": rows})


CREATE_ITEMS = """
UNWIND $rows AS row UNWIND [row.source, row.target] AS id
MERGE (i:Item {id: id}) SET i.support = 1 + toInteger(substring(id, 1))
"""
CREATE_NEXT = """
UNWIND $rows AS row MATCH (a:Item {id: row.source}), (b:Item {id: row.target})
CREATE (a)-[:NEXT {weight: row.weight}]->(b)
"""
CREATE_TOGETHER = CREATE_NEXT.replace("NEXT", "TOGETHER")


@pytest.mark.parametrize("relation", EDGES)
def test_first_order_cypher_walks_follow_the_law(database: Database, relation: Relation) -> None:
    _store(database, relation, EDGES[relation])
    corpus = cypher_walks(database, relation, WalkSettings(n_walks=300, length=20))
    law = edge_graph(EDGES[relation], is_directed=relation == "NEXT")
    assert corpus.item_ids == law.item_ids
    assert joint_p_value(first_order_statistics(corpus.walks, law)) > ALPHA


@pytest.mark.parametrize("relation", EDGES)
@pytest.mark.parametrize(("p", "q"), [(4.0, 0.5), (0.25, 2.0)])
def test_second_order_cypher_walks_follow_the_law_and_no_other(
    database: Database, relation: Relation, p: float, q: float
) -> None:
    _store(database, relation, EDGES[relation])
    corpus = cypher_walks(database, relation, WalkSettings(n_walks=3_000, length=5, p=p, q=q))

    def p_value(edges: tuple[Edge, ...], p: float, q: float, *, is_directed: bool) -> float:
        law = edge_graph(edges, is_directed=is_directed)
        return joint_p_value(second_order_statistics(corpus.walks, law, p=p, q=q, least_draws=100))

    edges, is_directed = EDGES[relation], relation == "NEXT"
    weightless = tuple((a, b, 1.0) for a, b, _ in edges)
    assert p_value(edges, p, q, is_directed=is_directed) > ALPHA
    assert p_value(edges, q, p, is_directed=is_directed) < ALPHA
    assert p_value(weightless, p, q, is_directed=is_directed) < ALPHA
    assert p_value(edges, p, q, is_directed=not is_directed) < ALPHA


def test_cypher_walks_end_at_dead_ends_and_never_take_zero_weight(database: Database) -> None:
    _store(database, "NEXT", ((0, 1, 1.0), (1, 2, 1.0), (1, 3, 0.0), (0, 3, -1.0), (0, 0, 9.0)))
    for p in (1.0, 2.0):
        corpus = cypher_walks(database, "NEXT", WalkSettings(n_walks=20, length=5, p=p))
        seen = {tuple(corpus.walk_ids(number)) for number in range(corpus.n_walks)}
        assert seen == {("i0", "i1", "i2"), ("i1", "i2")}


def test_cypher_walks_start_where_they_are_told(database: Database) -> None:
    _store(database, "TOGETHER", UNDIRECTED)
    corpus = cypher_walks(database, "TOGETHER", WalkSettings(n_walks=3), start_ids=["i5", "i0"])
    starts = [corpus.walk_ids(number)[0] for number in range(corpus.n_walks)]
    assert starts == ["i5", "i0"] * 3


def test_cypher_walks_refuse_unknown_starts_and_an_empty_graph(database: Database) -> None:
    with pytest.raises(UnknownItemError, match="no item 'i9'"):
        cypher_walks(database, "NEXT", WalkSettings(n_walks=1), start_ids=["i9"])
    with pytest.raises(InvalidDataError, match="footpath relate"):
        cypher_walks(database, "NEXT", WalkSettings())
