"""``footpath rules`` and ``footpath experiments``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphdb import Database
from recommender.cli.main import run
from recommender.rules import list_rules
from tests.recommender.serve import shop

pytestmark = [pytest.mark.neo4j, pytest.mark.usefixtures("selected")]

Capture = pytest.CaptureFixture[str]
BOOST = ["--kind", "boost", "--filter", "category = 'bags'", "--factor", "1.5"]


def test_a_rule_is_made_listed_shown_and_removed(capsys: Capture, database: Database) -> None:
    shop.fill_shop(database)
    assert (
        run(["rules", "add", "bags", *BOOST, "--route", "user", "--valid-from", "2030-01-01"]) == 0
    )
    assert run(["rules", "list"]) == 0
    out = capsys.readouterr().out
    assert "boost × 1.5" in out
    assert "from 2030-01-01" in out
    assert run(["rules", "show", "bags", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "bags",
        "kind": "boost",
        "filter": "category = 'bags'",
        "factor": 1.5,
        "routes": ["user"],
        "valid_from": "2030-01-01T00:00:00Z",
        "priority": 0,
    }
    assert run(["rules", "remove", "bags"]) == 0
    assert run(["rules", "remove", "bags"]) == 1
    assert run(["rules", "show", "bags"]) == 1
    assert "footpath rules list" in capsys.readouterr().err


def test_what_list_prints_can_be_added_again(
    capsys: Capture, database: Database, tmp_path: Path
) -> None:
    run(["rules", "add", "bags", *BOOST])
    run(["rules", "add", "pin", "--kind", "pin", "--item-id", "x", "--place", "2"])
    before = list_rules(database)
    capsys.readouterr()
    run(["rules", "list", "--json"])
    values = json.loads(capsys.readouterr().out)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": values["rules"]}))
    for name in ("bags", "pin"):
        run(["rules", "remove", name])
    assert run(["rules", "add", "--file", str(file)]) == 0
    assert list_rules(database) == before


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["a"], 1, "kind: Field required"),
        (["a", "--kind", "boost", "--filter", "x > 1"], 1, "a boost needs factor"),
        (["a", "--kind", "hide", "--filter", "price <"], 1, "character 8"),
        (["a", "--kind", "hide", "--filter", "price < 3"], 1, "no property 'price'"),
        (["a", "--kind", "cap", "--each", "brand", "--at-most", "2"], 1, "no property 'brand'"),
        (["a b", "--kind", "hide", "--filter", "support < 3"], 1, "name"),
        ([], 2, "--file"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    arguments: list[str], code: int, reason: str, capsys: Capture, database: Database
) -> None:
    shop.fill_shop(database)
    assert run(["rules", "add", *arguments]) == code
    assert reason in capsys.readouterr().err
    assert list_rules(database)[0] == []


def test_a_file_with_one_wrong_rule_leaves_all_as_it_was(
    capsys: Capture, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    right = '[[rules]]\nname = "a"\nkind = "hide"\nfilter = "support < 3"\n'
    file.write_text(right + right.replace('"a"', '"b"').replace("<", "<<"))
    assert run(["rules", "add", "--file", str(file)]) == 1
    assert "number 2 ('b')" in capsys.readouterr().err
    assert list_rules(database)[0] == []


def test_check_says_what_rules_are_about_and_fails_if_one_cannot_act(
    capsys: Capture, database: Database
) -> None:
    shop.fill_shop(database)
    run(["rules", "add", "bags", *BOOST])
    assert run(["rules", "check"]) == 0
    assert "bags: about 4 items" in capsys.readouterr().out
    run(["rules", "add", "gift", "--kind", "pin", "--item-id", "gone", "--place", "1"])
    capsys.readouterr()
    assert run(["rules", "check", "--json"]) == 1
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["rules"]}
    assert found["bags"]["n_items"] == 4
    assert "no item 'gone'" in found["gift"]["problem"]


def test_an_experiment_is_made_asked_and_removed(capsys: Capture) -> None:
    variants = ["--variant", "as-now,weight=3", "--variant", "b,method=graph,rules=false"]
    assert run(["experiments", "add", "blend", *variants, "--share", "0.5"]) == 0
    assert run(["experiments", "list"]) == 0
    out = capsys.readouterr().out
    assert "as-now × 3" in out
    assert "rules False" in out
    run(["experiments", "show", "blend", "--json"])
    shown = json.loads(capsys.readouterr().out)
    assert shown["variants"][1]["changes"] == {"method": "graph", "rules": False}
    run(["experiments", "which", "blend", *(f"u{n}" for n in range(50)), "--json"])
    found = json.loads(capsys.readouterr().out)["variants"]
    assert set(found.values()) == {"as-now", "b", None}
    assert run(["experiments", "remove", "blend"]) == 0
    assert run(["experiments", "which", "blend", "u1"]) == 1


@pytest.mark.parametrize(
    ("variants", "code"),
    [(["a"], 1), (["a", "b,method"], 2), (["a", "b,method=magic"], 1), (["a", "b,weight=x"], 1)],
    ids=str,
)
def test_what_is_no_experiment_is_refused(variants: list[str], code: int, capsys: Capture) -> None:
    options = [word for variant in variants for word in ("--variant", variant)]
    assert run(["experiments", "add", "x", *options]) == code
    assert capsys.readouterr().err
