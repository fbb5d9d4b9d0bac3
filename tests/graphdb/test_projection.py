"""What is read is what the database holds, packed or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdb import Database
from graphdb.projection import read_relationships

pytestmark = pytest.mark.neo4j

ITEMS = "UNWIND $ids AS id CREATE (:Item {id: id, support: 3})"
EDGES = (
    "UNWIND $rows AS row MATCH (a:Item {id: row[0]}) MATCH (b:Item {id: row[1]}) "
    "CREATE (a)-[:NEXT {count: row[2], weight: row[3]}]->(b)"
)
ALL_EDGES = (
    "MATCH (a:Item)-[r:NEXT]->(b:Item) WHERE r.weight > 0 "
    "RETURN a.id AS a, b.id AS b, r.count AS count, r.weight AS weight"
)


def fill(database: Database, ids: list[str], rows: list[list[Any]]) -> None:
    database.run_text("items of the test", ITEMS, {"ids": ids})
    database.run_text("relationships of the test", EDGES, {"rows": rows})


def read_as_set(database: Database, *, packed: bool) -> set[tuple[str, str, int, float]]:
    read = read_relationships(database, "NEXT", packed=packed)
    ids = read.items.item_ids
    columns = (read.sources, read.targets, read.counts, read.weights)
    return {(ids[s], ids[t], int(c), float(w)) for s, t, c, w in zip(*columns, strict=True)}


def test_projection_equals_the_database(database: Database) -> None:
    # Over 4,096 relationships from some 128 items, so that both kinds of paging are crossed.
    rng = np.random.default_rng(3)
    ids = [f"i{n}" for n in range(300)]
    ends = {(int(a), int(b)) for a, b in rng.integers(0, 300, size=(9000, 2)) if a != b}
    rows = [[ids[a], ids[b], n + 1, float(rng.random())] for n, (a, b) in enumerate(sorted(ends))]
    fill(database, ids, rows)
    kept = database.run_text("all relationships", ALL_EDGES, {})
    expected = {(row["a"], row["b"], row["count"], row["weight"]) for row in kept}
    assert len(expected) == len(rows)
    ways = [False, True] if database.version.has_vector_type else [False]
    for packed in ways:
        assert read_as_set(database, packed=packed) == expected


def test_items_come_in_the_order_of_their_ids(database: Database) -> None:
    fill(database, ["b", "10", "9", "a"], [])
    assert read_relationships(database, "NEXT").items.item_ids == ("10", "9", "a", "b")


def test_zero_and_negative_weights_are_not_read(database: Database) -> None:
    fill(database, ["a", "b"], [["a", "b", 1, 0.0], ["b", "a", 1, -1.0]])
    assert len(read_relationships(database, "NEXT").sources) == 0


def test_an_empty_graph_gives_empty_arrays(database: Database) -> None:
    read = read_relationships(database, "TOGETHER")
    assert read.items.item_ids == ()
    assert read.weights.shape == (0,)


def test_a_relationship_without_a_count_is_read_with_none(database: Database) -> None:
    fill(database, ["a", "b"], [["a", "b", None, 0.5]])
    assert read_as_set(database, packed=database.version.has_vector_type) == {("a", "b", 0, 0.5)}
