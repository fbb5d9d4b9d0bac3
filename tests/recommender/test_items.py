"""Writes of items into a real database: what they leave, and what servers are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from graphdb import Database
from recommender.errors import InvalidParameterError
from recommender.items import (
    MAX_CHANGES,
    OWNED,
    ItemChange,
    ItemWrite,
    changes_since,
    hidden_items,
    last_change,
    read_items,
    write_items,
)

pytestmark = pytest.mark.neo4j

CATEGORIES = "MATCH (i:Item)-[:HAS]->(c:Category) RETURN i.id AS item, c.name AS category"
ADD_FOOTPATHS_OWN = """
MATCH (i:Item {id: 'lamp'})
SET i.support = 7, i.community = 2
CREATE (:User {id: 'u'})-[:INTERACTED {key: 'k'}]->(i)
WITH i CALL db.create.setNodeVectorProperty(i, 'embedding_a', [1.0, 0.0])
"""


def put(item_id: str, is_hidden: bool | None = None, **properties: Any) -> ItemWrite:
    return ItemWrite("put", item_id, properties, is_hidden)


def categories(database: Database) -> dict[str, str]:
    rows = database.run_text("test", CATEGORIES, {})
    return {row["item"]: row["category"] for row in rows}


def test_put_creates_and_replaces_what_is_the_catalogues(database: Database) -> None:
    first = write_items(database, [put("lamp", title="LAMP", category="lamps", price=2.5)])
    assert first.created == {"lamp"}
    database.run_text("test", ADD_FOOTPATHS_OWN, {})
    second = write_items(database, [put("lamp", title="RED LAMP", in_stock=True)])
    assert second.done == {"lamp"}
    assert second.created == set()
    lamp = read_items(database, ["lamp"])["lamp"]
    assert (lamp.title, lamp.category, lamp.support) == ("RED LAMP", None, 7)
    assert lamp.properties == {"in_stock": True}
    assert categories(database) == {}
    kept = "MATCH (:User)-[:INTERACTED]->(i) RETURN i.community AS c, i.embedding_a AS v"
    assert database.run_text("test", kept, {}) == [{"c": 2, "v": [1.0, 0.0]}]


def test_patch_changes_what_it_names_alone(database: Database) -> None:
    write_items(database, [put("lamp", title="LAMP", category="lamps", price=2.5)])
    write_items(database, [ItemWrite("patch", "lamp", {"price": None, "category": "lights"})])
    lamp = read_items(database, ["lamp"])["lamp"]
    assert (lamp.title, lamp.category, lamp.properties) == ("LAMP", "lights", {})
    assert categories(database) == {"lamp": "lights"}


def test_hiding_stays_until_it_is_shown(database: Database) -> None:
    write_items(database, [put("lamp", title="LAMP"), put("bag")])
    write_items(database, [ItemWrite("hide", "lamp")])
    write_items(database, [put("lamp", title="NEW LAMP")])
    assert hidden_items(database)[1] == ["lamp"]
    assert read_items(database, ["lamp"])["lamp"].is_hidden
    write_items(database, [ItemWrite("show", "lamp")])
    assert hidden_items(database)[1] == []
    write_items(database, [ItemWrite("patch", "bag", {}, True)])
    assert hidden_items(database) == (5, ["bag"])


def test_what_is_not_there_is_told_and_the_rest_done(database: Database) -> None:
    done = write_items(
        database, [put("lamp"), ItemWrite("patch", "gone", {"a": 1}), ItemWrite("delete", "gone2")]
    )
    assert done.done == {"lamp"}
    assert done.created == {"lamp"}
    assert done.change is not None
    assert done.change.states == {"lamp": "shown", "gone": "gone", "gone2": "gone"}


def test_a_deleted_item_leaves_nothing(database: Database) -> None:
    write_items(database, [put("lamp", category="lamps")])
    database.run_text("test", ADD_FOOTPATHS_OWN, {})
    done = write_items(database, [ItemWrite("delete", "lamp")])
    assert done.done == {"lamp"}
    assert read_items(database, ["lamp"]) == {}
    assert database.run_text("test", "MATCH ()-[r]->() RETURN r", {}) == []


def test_changes_count_up_and_are_found_by_number(database: Database) -> None:
    before = last_change(database)
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda n: write_items(database, [put(f"i{n}")]), range(12)))
    numbers = [each.change.number for each in done if each.change is not None]
    assert sorted(numbers) == list(range(before + 1, before + 13))
    found = changes_since(database, before + 9)
    assert found is not None
    assert [change.number for change in found] == [before + 10, before + 11, before + 12]
    assert changes_since(database, before + 12) == []
    assert changes_since(database, before + 13) is None  # a database that was put back


def test_the_same_write_again_leaves_the_same(database: Database) -> None:
    writes = [put("lamp", True, title="LAMP"), put("bag", category="bags")]
    write_items(database, writes)
    before = read_items(database, ["lamp", "bag"])
    again = write_items(database, writes)
    assert again.created == set()
    assert read_items(database, ["lamp", "bag"]) == before


@pytest.mark.parametrize(
    ("writes", "said"),
    [
        ([put("a"), put("a")], "comes twice"),
        ([put("")], "cannot be an item's id"),
        ([put("x" * 513)], "cannot be an item's id"),
        ([put("a", support=3)], "'support', which Footpath keeps itself"),
        ([put("a", embedding_b="x")], "'embedding_b'"),
        ([put("a", size=2**63)], "64 bits"),
        ([ItemWrite("put", "a", {"a`b": 1})], "without `"),
        ([put("a", colour="x" * 10_001)], "10000 characters"),
        ([ItemWrite("put", "a", {f"p{n}": n for n in range(65)})], "more than 64"),
        ([put(str(n)) for n in range(MAX_CHANGES + 1)], "at most 1000"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused_as_a_whole(
    database: Database, writes: list[ItemWrite], said: str
) -> None:
    with pytest.raises(InvalidParameterError, match=said):
        write_items(database, [put("good"), *writes])
    assert read_items(database, ["good"]) == {}


def test_no_writes_are_no_change(database: Database) -> None:
    before = last_change(database)
    assert write_items(database, []).change is None
    assert last_change(database) == before
    assert ItemChange(1, {}) == ItemChange(1, {})
    assert "id" in OWNED
