"""The ready queries answer on a filled graph, with numbers as Neo4j Browser sends them."""

from __future__ import annotations

from typing import Any

import pytest

from graphdb import Database
from recommender.publish import publish_embeddings
from tests.recommender.test_publish import embeddings_of

pytestmark = pytest.mark.neo4j

SHOP = (
    "MATCH (a:Item {id: 'i000'}), (b:Item {id: 'i001'}), (c:Item {id: 'i002'}) "
    "SET a.title = 'Red lamp', a.support = 9, b.support = 9, c.support = 9 "
    "CREATE (a)-[:TOGETHER {count: 2, weight: 0.5}]->(b), "
    "(b)-[:TOGETHER {count: 3, weight: 0.9}]->(c), "
    "(a)-[:NEXT {count: 2, weight: 0.5}]->(b), (b)-[:NEXT {count: 3, weight: 0.9}]->(c), "
    "(s:Session {id: 's'})-[:INTERACTED {key: '1', session: 's'}]->(a), "
    "(s)-[:INTERACTED {key: '2', session: 's'}]->(b)"
)
PAIR = {"item_id": "i000", "other_id": "i001"}
EXPECTED: list[tuple[str, dict[str, Any], int]] = [
    (
        "what_is_in_the_graph",
        {},
        7,
    ),
    ("find_items", {"words": "lamp"}, 1),
    ("similar_items", {"item_id": "i000", "k": 5.0, "min_support": 1.0}, 2),
    ("neighbourhood_together", {"item_id": "i001", "n_neighbours": 15.0}, 2),
    ("neighbourhood_next", {"item_id": "i001", "n_neighbours": 15.0}, 1),
    ("why_two_items_together", {"item_id": "i002", "other_id": "i000"}, 1),
    ("why_two_items_next", {"item_id": "i000", "other_id": "i002"}, 1),
    ("shared_sessions", PAIR, 1),
    ("strongest_together", {"k": 1.0}, 1),
    ("strongest_next", {"k": 10.0}, 2),
    ("model_versions", {}, 1),
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
