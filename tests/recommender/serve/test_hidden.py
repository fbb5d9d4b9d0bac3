"""Which rows of a model are hidden, now and as of an earlier change."""

from __future__ import annotations

import random
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphdb import Database
from recommender.items import ItemChange, State
from recommender.serve import Selection, ServingModel, load_serving_model
from recommender.serve.hidden import HiddenItems
from tests.recommender.serve.shop import EMBEDDING_ONE, fill_shop

pytestmark = pytest.mark.neo4j

NAMES = ("bag", "mug", "plate", "unknown")
CHANGES = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(get_args(State)), min_size=1),
    max_size=8,
)


@pytest.fixture(scope="module")
def model(neo4j_settings: object, request: pytest.FixtureRequest) -> ServingModel:
    from graphdb import apply_migrations, connect
    from tests.recommender.serve.shop import wipe

    with connect(neo4j_settings) as database:  # type: ignore[arg-type]
        apply_migrations(database)
        wipe(database)
        fill_shop(database)
        found = load_serving_model(database)
        wipe(database)
    return found


def names(model: ServingModel, mask: object) -> set[str]:
    return {model.item_ids[row] for row in np.flatnonzero(mask)}  # type: ignore[arg-type]


@given(CHANGES, st.integers(0, 2**32), st.integers(0, 8))
def test_the_order_in_which_changes_are_heard_of_does_not_matter(
    model: ServingModel, states: list[dict[str, State]], seed: int, early: int
) -> None:
    changes = [ItemChange(number, each) for number, each in enumerate(states, start=1)]
    known, heard = HiddenItems(hidden=["mug"]), HiddenItems(hidden=["mug"])
    now: dict[str, State] = {"mug": "hidden"}
    for change in changes:
        known.apply(change)
        now |= change.states
    shuffled = [*changes, *changes]
    random.Random(seed).shuffle(shuffled)
    for place, change in enumerate(shuffled):
        if place == early:
            heard.rows(model)  # made early and moved on, or made at the end
        heard.apply(change)
    expected = {name for name, state in now.items() if state != "shown"} & set(model.item_ids)
    for items in (known, heard):
        assert names(model, items.rows(model).hidden) == expected
        assert items.is_gone("unknown") == (now.get("unknown") == "gone")


def test_an_earlier_change_is_told_apart(model: ServingModel) -> None:
    items = HiddenItems(3, ["mug"])
    items.apply(ItemChange(4, {"bag": "hidden"}))
    items.apply(ItemChange(5, {"mug": "shown", "plate": "shown"}))  # the plate was shown before
    rows = items.rows(model)
    assert names(model, rows.hidden) == {"bag"}
    assert names(model, rows.at(3)) == {"mug"}
    assert names(model, rows.at(4)) == {"bag", "mug"}
    assert [model.item_ids[row] for row in rows.since(3)] == ["bag"]
    assert len(rows.since(5)) == 0


def test_what_was_before_the_beginning_is_passed_over(model: ServingModel) -> None:
    items = HiddenItems(6, ["mug"])
    items.apply(ItemChange(5, {"bag": "hidden", "mug": "shown"}))  # undone by 6, heard of late
    assert names(model, items.rows(model).hidden) == {"mug"}
    assert items.number == 6


def test_a_hidden_item_leaves_the_list_full(model: ServingModel) -> None:
    items = HiddenItems()
    items.apply(ItemChange(1, {"mug": "hidden"}))
    rows = items.rows(model)
    shown = Selection(hidden=rows, change=1)
    found = model.similar("bag", 3, "embedding", selection=shown)
    assert [item.item_id for item in found] == ["lunch bag", "a/b c", "plate"]
    assert [item.rank for item in found] == [1, 2, 3]
    # A list begun before the mug was hidden keeps its places; the mug's is passed over.
    before = Selection(hidden=rows, change=0)
    found = model.similar("bag", 3, "embedding", selection=before)
    assert [item.item_id for item in found] == ["lunch bag", "a/b c", "plate"]
    assert [item.rank for item in found] == [1, 3, 4]
    rest = Selection(start=found[-1].rank, hidden=rows, change=0)
    assert [item.item_id for item in model.similar("bag", 3, "embedding", selection=rest)] == [
        "cold"
    ]


def test_what_is_hidden_when_a_model_is_loaded_is_not_shown(database: Database) -> None:
    fill_shop(database)
    database.run_text("test", "MATCH (i:Item {id: 'mug'}) SET i:Hidden", {})
    model = load_serving_model(database)
    found = [item.item_id for item in model.similar("bag", 9, "embedding")]
    assert found == [name for name in EMBEDDING_ONE if name != "mug"]
    assert model.similar("mug", 1)[0].item_id == "bag"
