"""What is read is what the database holds, packed or not."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from graphdb import Database, QueryError, projection
from graphdb.projection import ItemTable, read_relationships

pytestmark = pytest.mark.neo4j

ITEMS = "UNWIND $ids AS id CREATE (:Item {id: id, support: 3})"
EDGES = (
    "UNWIND $rows AS row MATCH (a:Item {id: row[0]}) MATCH (b:Item {id: row[1]}) "
    "CREATE (a)-[:NEXT {count: row[2], weight: row[3]}]->(b)"
)
ALL_EDGES = (
    "MATCH (a:Item)-[r:NEXT]->(b:Item) WHERE r.weight > 0 "
    "RETURN a.id AS a, b.id AS b, r.weight AS weight"
)


def fill(database: Database, ids: list[str], rows: list[list[Any]]) -> None:
    database.run_text("items of the test", ITEMS, {"ids": ids})
    database.run_text("relationships of the test", EDGES, {"rows": rows})


def read_as_list(database: Database, *, packed: bool) -> list[tuple[str, str, float]]:
    read = read_relationships(database, "NEXT", packed=packed)
    ids = read.items.item_ids
    columns = (read.sources, read.targets, read.weights)
    return sorted((ids[s], ids[t], float(w)) for s, t, w in zip(*columns, strict=True))


def test_projection_equals_the_database(database: Database) -> None:
    # Over 4,096 relationships from some 128 items, so that both kinds of paging are crossed.
    rng = np.random.default_rng(3)
    ids = [f"i{n}" for n in range(300)]
    ends = {(int(a), int(b)) for a, b in rng.integers(0, 300, size=(9000, 2)) if a != b}
    rows = [[ids[a], ids[b], n + 1, float(rng.random())] for n, (a, b) in enumerate(sorted(ends))]
    fill(database, ids, rows)
    kept = database.run_text("all relationships", ALL_EDGES, {})
    expected = sorted((row["a"], row["b"], row["weight"]) for row in kept)
    assert len(expected) == len(rows)
    ways = [False, True] if database.version.has_vector_type else [False]
    for packed in ways:
        assert read_as_list(database, packed=packed) == expected


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


def test_an_item_with_more_relationships_than_fit_a_row_is_read_whole(database: Database) -> None:
    ids = [f"i{n}" for n in range(5000)]
    fill(database, ids, [["i0", other, 1, 0.5] for other in ids[1:]])
    ways = [False, True] if database.version.has_vector_type else [False]
    for packed in ways:
        assert len(read_as_list(database, packed=packed)) == 4999


def test_several_readers_read_what_one_does(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"i{n}" for n in range(100)]
    fill(database, ids, [[a, b, 1, n + 1.0] for n, (a, b) in enumerate(itertools.pairwise(ids))])
    whole = read_relationships(database, "NEXT")
    monkeypatch.setattr(projection, "ITEMS_PER_QUERY", 7)
    in_parts = read_relationships(database, "NEXT")
    for name in ("sources", "targets", "weights"):
        assert np.array_equal(getattr(in_parts, name), getattr(whole, name))


def test_a_relationship_to_what_is_no_item_is_left_out(database: Database) -> None:
    fill(database, ["a", "b"], [["a", "b", 1, 0.5]])
    stray = "MATCH (a:Item {id: 'a'}) CREATE (a)-[:NEXT {weight: 1.0}]->(:User {id: 'u'})"
    database.run_text("a stray relationship of the test", stray, {})
    assert read_as_list(database, packed=database.version.has_vector_type) == [("a", "b", 0.5)]


def test_an_infinite_weight_is_refused_with_the_way_out(database: Database) -> None:
    fill(database, ["a", "b"], [["a", "b", 1, float("inf")]])
    if database.version.has_vector_type:
        with pytest.raises(QueryError, match=r"not finite.*footpath relate"):
            read_relationships(database, "NEXT")


@pytest.mark.parametrize("nodes", [[7, 3, 5], [7, 300_000_000, 5]], ids=["dense", "sparse"])
def test_rows_are_found_by_node_and_strangers_are_minus_one(nodes: list[int]) -> None:
    table = ItemTable(("a", "b", "c"), np.zeros(3, np.int64), np.array(nodes))
    asked = np.array([5, 7, nodes[1], 4, 8, 400_000_000])
    assert table.rows_of(asked).tolist() == [2, 0, 1, -1, -1, -1]
