from __future__ import annotations

import json

import pytest

from graphdb import Database
from recommender.cli.main import run
from tests.recommender.serve.shop import EMBEDDING_TWO, HYBRID_ONE, fill_shop

pytestmark = pytest.mark.neo4j


@pytest.fixture(autouse=True)
def shop(selected: Database) -> Database:
    fill_shop(selected)
    return selected


def test_table_names_the_items_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["similar", "bag", "-k", "3"]) == 0
    out = capsys.readouterr().out
    assert "Similar to RED BAG (bag)" in out
    places = [
        out.index(title) for title in ("Mug & Spoon", "LUNCH BAG BLACK SKULL.", "Käfer-Lampe")
    ]
    assert places == sorted(places)
    assert "1.300" in out
    assert "hybrid" in out


def test_title_is_taken_for_its_item(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["similar", "red bag", "--json", "-k", "5"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["item_id"] == "bag"
    assert answer["model_version"] == "one"
    assert [item["item_id"] for item in answer["items"]] == HYBRID_ONE


def test_words_of_one_title_are_taken_for_it_with_a_note(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["similar", "spoon"]) == 0
    captured = capsys.readouterr()
    assert "Taking “spoon” for: Mug & Spoon (mug)" in captured.err
    assert "Similar to Mug & Spoon (mug)" in captured.out


def test_model_method_and_support_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["similar", "bag", "--model", "two", "--method", "embedding", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [item["item_id"] for item in answer["items"]] == EMBEDDING_TWO
    assert run(["similar", "bag", "--min-support", "0", "--json"]) == 0
    assert "rare" in capsys.readouterr().out


def test_text_that_fits_several_titles_lists_them_and_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["similar", "red"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean:" in captured.err
    assert "plate  RED PLATE (LARGE)" in captured.err


@pytest.mark.parametrize("text", ["zzzzzz", "", "AND", "\udcff", "x" * 600], ids=ascii)
def test_unknown_item_fails(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["similar", text]) == 1
    assert "There is no item with the id or title" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["-k", "0"], ["-k", "1001"], ["--method", "cosine"]], ids=str
)
def test_options_out_of_range_are_usage_errors(arguments: list[str]) -> None:
    assert run(["similar", "bag", *arguments]) == 2


def test_without_a_model_it_says_what_to_run(
    shop: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.run_text("test", "MATCH (m:Model) DELETE m", {})
    assert run(["similar", "bag"]) == 1
    assert "footpath fit" in capsys.readouterr().err
