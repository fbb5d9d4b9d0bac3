"""``footpath items``."""

from __future__ import annotations

import json

import pytest

from graphdb import Database
from recommender.cli.main import run
from recommender.items import ItemWrite, read_items, write_items

pytestmark = pytest.mark.neo4j


@pytest.fixture(autouse=True)
def shop(selected: Database) -> Database:
    write_items(selected, [ItemWrite("put", name) for name in ("bag", "lamp", "mug")])
    return selected


def test_hidden_items_are_listed_until_they_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["items", "hide", "mug", "bag", "mug"]) == 0
    assert "2 items are hidden" in capsys.readouterr().out
    assert run(["items", "hidden"]) == 0
    assert capsys.readouterr().out.split() == ["bag", "mug"]
    assert run(["items", "show", "mug"]) == 0
    capsys.readouterr()
    assert run(["items", "hidden", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": ["bag"]}


def test_an_unknown_item_is_named_and_the_rest_done(
    shop: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["items", "hide", "none", "bag"]) == 1
    assert "There is no item 'none'" in capsys.readouterr().err
    assert read_items(shop, ["bag"])["bag"].is_hidden


def test_deleting_asks_first(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    assert run(["items", "delete", "bag"]) == 1
    assert "bag" in read_items(shop, ["bag"])
    assert run(["items", "delete", "bag", "--yes"]) == 0
    assert read_items(shop, ["bag"]) == {}
