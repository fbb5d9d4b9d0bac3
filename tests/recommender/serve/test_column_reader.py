from __future__ import annotations

import pytest

from graphdb import Database
from recommender.serve import Selection, load_serving_model
from recommender.serve import column_reader as reader
from tests.recommender.serve.shop import fill_shop, run

pytestmark = pytest.mark.neo4j

SET = """
MATCH (bag:Item {id: 'bag'}), (mug:Item {id: 'mug'}), (plate:Item {id: 'plate'})
SET bag.price = 20, mug.price = 4.5, bag.in_stock = true, mug.in_stock = false,
    bag.since = date('2026-01-31'), bag.tags = ['red'], bag.odd = 1, mug.odd = 'one',
    plate.`né à` = 'Sèvres', bag.community = 3
"""
ITEM_IDS = ("a/b c", "bag", "cold", "lunch bag", "mug", "plate", "rare")


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    run(database, SET)
    return database


def test_properties_of_one_plain_type_are_columns(shop: Database) -> None:
    columns = reader.read_item_columns(shop, ITEM_IDS)
    shown = {
        name: {ITEM_IDS[row]: value for row in range(7) if (value := column.value(row)) is not None}
        for name, column in columns.items()
    }
    # Neither lists (tags, vectors) nor mixed types (odd), nor what every item has anyway.
    assert shown == {
        "price": {"bag": 20.0, "mug": 4.5},
        "in_stock": {"bag": True, "mug": False},
        "since": {"bag": "2026-01-31"},
        "né à": {"plate": "Sèvres"},
        "community": {"bag": 3},
    }


def test_no_more_columns_and_characters_are_read_than_allowed(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MAX_COLUMNS", 2)
    assert set(reader.read_item_columns(shop, ITEM_IDS)) == {"in_stock", "price"}
    monkeypatch.setattr(reader, "MAX_COLUMNS", 32)
    monkeypatch.setattr(reader, "MAX_CHARACTERS", 5)
    assert "né à" not in reader.read_item_columns(shop, ITEM_IDS)


def test_items_that_came_meanwhile_are_passed_over(shop: Database) -> None:
    columns = reader.read_item_columns(shop, ("bag", "mug"))
    assert [columns["price"].value(row) for row in (0, 1)] == [20.0, 4.5]


def test_loaded_model_filters_by_what_the_items_have(shop: Database) -> None:
    model = load_serving_model(shop)
    for text, item_ids in [
        ("price < 20", ["mug"]),
        ("since >= '2026-01-01'", []),  # only the bag itself
        ("category = 'bags' AND support > 1", ["lunch bag", "cold"]),
        ("item_id IN ('mug', 'plate')", ["mug", "plate"]),
    ]:
        answer = model.similar("bag", 5, selection=Selection(filter=text))
        assert [item.item_id for item in answer] == item_ids, text
