"""``footpath recommend`` on a real published model, as a person runs it."""

from __future__ import annotations

import json

import pytest

from graphdb import Database
from recommender.cli.main import run
from tests.recommender.serve.test_history_scores import publish_shop

pytestmark = pytest.mark.neo4j


@pytest.fixture(autouse=True)
def shop(selected: Database) -> None:
    publish_shop(selected)


def test_a_user_gets_a_list_without_what_was_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recommend", "--user", "u03", "-k", "4", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    items = [item["item_id"] for item in answer["items"]]
    assert len(items) == 4
    assert len(answer["history"]) == 6
    assert not set(items) & set(answer["history"])


def test_items_of_somebody_unknown_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recommend", "--item", "i01", "--item", "i02", "--method", "graph"]) == 0
    output = capsys.readouterr()
    assert "For this session" in output.out
    assert "Of 2: i01, i02" in output.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Give either --user, or --item"),
        (["--user", "u03", "--item", "i01"], 2, "Give either --user, or --item"),
        (["--user", "nobody"], 1, "There is no user 'nobody'"),
        (["--item", "nothing like it"], 1, "There is no item with the id or title"),
        (["--user", "u03", "--model", "gone"], 1, "no published model 'gone'"),
    ],
)
def test_what_cannot_be_answered_says_so(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert run(["recommend", *arguments]) == code
    assert said in " ".join(capsys.readouterr().err.split())
