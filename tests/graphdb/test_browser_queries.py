"""The ready queries answer on a filled graph, with numbers as Neo4j Browser sends them."""

from __future__ import annotations

from typing import Any

import pytest
from neo4j.graph import Path

from graphdb import Database
from graphdb.queries import query_names
from recommender.graph import Relation, read_item_graph
from recommender.items import ItemWrite, write_items
from recommender.paths import likeliest_paths
from recommender.publish import publish_embeddings
from tests.recommender.test_publish import embeddings_of

pytestmark = pytest.mark.neo4j

SHOP = (
    "MATCH (a:Item {id: 'i000'}), (b:Item {id: 'i001'}), (c:Item {id: 'i002'}) "
    "SET a.title = 'Red lamp', a.community = 0, a.support = 9, b.support = 9, c.support = 9 "
    "CREATE (a)-[:TOGETHER {count: 2, weight: 0.5}]->(b), "
    "(b)-[:TOGETHER {count: 3, weight: 0.9}]->(c), "
    "(a)-[:NEXT {count: 2, weight: 0.5}]->(b), (b)-[:NEXT {count: 3, weight: 0.9}]->(c), "
    "(s:Session {id: 's'})-[:INTERACTED {key: '1', session: 's'}]->(a), "
    "(s)-[:INTERACTED {key: '2', session: 's'}]->(b)"
)
TRIANGLE = (
    "MATCH (a:Item {id: 'i000'}), (b:Item {id: 'i001'}), (c:Item {id: 'i002'}) "
    "CREATE (a)-[:TOGETHER {weight: 0.4}]->(b), (b)-[:TOGETHER {weight: 0.3}]->(c), "
    "(a)-[:TOGETHER {weight: 0.9}]->(c)"
)
PAIR = {"item_id": "i000", "other_id": "i001"}
EXPECTED: list[tuple[str, dict[str, Any], int]] = [
    ("what_is_in_the_graph", {}, 7),
    ("find_items", {"words": "lamp"}, 1),
    ("similar_items", {"item_id": "i000", "k": 5.0, "min_support": 1.0}, 2),
    ("neighbourhood_together", {"item_id": "i001", "n_neighbours": 15.0}, 2),
    ("neighbourhood_next", {"item_id": "i001", "n_neighbours": 15.0}, 1),
    ("why_two_items_together", {"item_id": "i002", "other_id": "i000"}, 1),
    ("why_two_items_next", {"item_id": "i000", "other_id": "i002"}, 1),
    ("likeliest_ways_together", {"item_id": "i002", "other_id": "i000", "k": 5.0}, 1),
    ("likeliest_ways_next", {"item_id": "i000", "other_id": "i002", "k": 5.0}, 1),
    ("shared_sessions", PAIR, 1),
    ("strongest_together", {"k": 1.0}, 1),
    ("strongest_next", {"k": 10.0}, 2),
    ("walk_from_item_together", {"item_id": "i000", "length": 4.0}, 3),
    ("walk_from_item_next", {"item_id": "i000", "length": 4.0}, 2),
    ("model_versions", {}, 1),
    ("communities", {"k": 20.0}, 1),
    ("degree_distribution_together", {}, 3),
    ("degree_distribution_next", {}, 2),
    ("weight_distribution_together", {}, 1),
    ("weight_distribution_next", {}, 1),
    ("compare_versions", {"item_id": "i000", "old_version": "v", "new_version": "v", "k": 5.0}, 0),
    ("recommend_by_two_steps", {"user_id": "s", "k": 5.0}, 0),
    ("recommend_by_transitions_next", {"user_id": "s", "k": 5.0}, 1),
    ("recommend_by_transitions_together", {"user_id": "s", "k": 5.0}, 1),
    ("recommend_by_embedding", {"user_id": "s", "k": 5.0}, 5),
    ("recommend_by_both_two_steps", {"user_id": "s", "k": 5.0}, 5),
    ("recommend_by_both_transitions_next", {"user_id": "s", "k": 5.0}, 5),
    ("recommend_by_both_transitions_together", {"user_id": "s", "k": 5.0}, 5),
]


@pytest.mark.parametrize(("name", "values", "least"), EXPECTED, ids=lambda v: str(v)[:24])
def test_ready_query_answers(
    items: Database, name: str, values: dict[str, Any], least: int
) -> None:
    publish_embeddings(items, embeddings_of(1))
    items.run_text("shop", SHOP, {})
    items.run_alone("admin/await_indexes")
    rows = items.read(f"browser/{name}", **values)
    assert len(rows) >= least


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (name, {**values, "k": 40.0})
        for name, values, _ in EXPECTED
        if name == "similar_items" or name.startswith("recommend_by_")
    ],
    ids=lambda value: str(value)[:40],
)
def test_hidden_items_are_recommended_by_no_query(
    items: Database, name: str, values: dict[str, Any]
) -> None:
    publish_embeddings(items, embeddings_of(1))
    items.run_text("shop", SHOP, {})
    items.run_alone("admin/await_indexes")
    shown = [row["item_id"] for row in items.read(f"browser/{name}", **values)]
    write_items(items, [ItemWrite("hide", item_id) for item_id in shown[:1]])
    assert [row["item_id"] for row in items.read(f"browser/{name}", **values)] == shown[1:]


def test_every_ready_query_is_tried() -> None:
    stage = "browser/"
    ready = {name.removeprefix(stage) for name in query_names() if name.startswith(stage)}
    assert {name for name, _, _ in EXPECTED} == ready


def test_a_neighbourhood_shows_the_items_own_relationships_before_stronger_ones(
    items: Database,
) -> None:
    # i001 is weaker joined to both than they are to each other.
    items.run_text("triangle", TRIANGLE, {})
    rows = items.read("browser/neighbourhood_together", item_id="i001", n_neighbours=1.0)
    assert [ends(row) for row in rows] == [{"i000", "i001"}]
    rows = items.read("browser/neighbourhood_together", item_id="i001", n_neighbours=2.0)
    assert [ends(row) for row in rows] == [{"i000", "i001"}, {"i001", "i002"}, {"i000", "i002"}]


def test_the_shares_of_a_walk_are_those_of_the_weights(items: Database) -> None:
    items.run_text("triangle", TRIANGLE, {})
    out = {("i000", "i001"): 0.4 / 1.3, ("i001", "i000"): 0.4 / 0.7, ("i000", "i002"): 0.9 / 1.3}
    out |= {("i002", "i000"): 0.9 / 1.2, ("i001", "i002"): 0.3 / 0.7, ("i002", "i001"): 0.3 / 1.2}
    rows = items.read("browser/walk_from_item_together", item_id="i000", length=30.0)
    assert [row["step"] for row in rows] == list(range(1, 30))
    at = "i000"
    for row in rows:
        (to,) = ends(row) - {at}
        assert row["share"] == pytest.approx(out[at, to])
        at = to


def test_the_likeliest_ways_are_those_that_are_computed_in_memory(items: Database) -> None:
    items.run_text("triangle", TRIANGLE, {})
    rows = items.read("browser/likeliest_ways_together", item_id="i000", other_id="i001", k=5.0)
    # Straight on .4 / 1.3; by i002 .9 / 1.3 and .3 / 1.2.
    assert [row["probability"] for row in rows] == pytest.approx([0.4 / 1.3, 0.9 / 1.3 * 0.25])
    relation: Relation = "TOGETHER"
    graph = read_item_graph(items, relation)
    paths = likeliest_paths(graph, graph.row_of["i000"], graph.row_of["i001"], 5)
    assert [path.probability for path in paths] == pytest.approx([r["probability"] for r in rows])


def ends(row: dict[str, Any]) -> set[str]:
    """Return the ids of the two items of a row's path."""
    (path,) = (value for value in row.values() if isinstance(value, Path))
    return {node["id"] for node in path.nodes}
