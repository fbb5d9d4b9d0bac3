"""Business rules as data: what is a rule, and how it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graphdb import Database
from graphdb.contents import wipe_graph
from recommender.directives import checked, read_directives
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.rules import Rule, delete_rule, list_rules, put_rules
from tests.recommender.serve.shop import run

HIDE = {"name": "sold-out", "kind": "hide", "filter": "in_stock = false"}


def rule(**values: Any) -> Rule:
    return checked(Rule, {**HIDE, **values}, "Rule")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"kind": "boost"}, "a boost needs factor"),
        ({"kind": "boost", "factor": 0.5}, "above 1"),
        ({"kind": "bury", "factor": 2}, "below 1"),
        ({"kind": "boost", "factor": 1e9}, "factor"),
        ({"kind": "boost", "factor": float("nan")}, "factor"),
        ({"kind": "pin"}, "a pin needs item_id and place"),
        ({"kind": "pin", "item_id": "a", "place": 1}, "a pin has no filter"),
        ({"kind": "pin", "item_id": "a", "place": 0, "filter": None}, "place"),
        ({"kind": "cap", "filter": None, "at_most": 2}, "needs filter or each"),
        ({"kind": "cap", "at_most": True}, "at_most"),
        ({"kind": "lift"}, "kind"),
        ({"filter": None}, "a hide needs filter"),
        ({"filter": "price <"}, "filter: The filter, character 8: found the end"),
        ({"beside": "price <"}, "beside: The filter"),
        ({"filter": "a = '\ud800'"}, "Unicode"),
        ({"name": "a b"}, "name"),
        ({"name": "-a"}, "name"),
        ({"routes": []}, "routes"),
        ({"routes": ["cart"]}, "routes"),
        ({"valid_from": "31/02"}, "ISO 8601"),
        ({"valid_from": 5}, "ISO 8601"),
        ({"valid_from": "0001-01-01T00:00:00+12:00"}, "ISO 8601"),
        ({"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, "later"),
        ({"colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_what_is_no_rule_is_refused_with_a_reason(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        rule(**values)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T01:30:00+01:00", datetime(2026, 12, 1, 0, 30, tzinfo=UTC)),
        ("2026-12-01T00:30:00Z", datetime(2026, 12, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(text: str, moment: datetime) -> None:
    assert rule(valid_from=text).valid_from == moment


def test_a_rule_holds_from_its_beginning_to_before_its_end() -> None:
    dated = rule(valid_from="2026-12-01", valid_until="2026-12-03")
    begin = datetime(2026, 12, 1, tzinfo=UTC)
    days = [begin + timedelta(days=day) for day in range(-1, 4)]
    assert [dated.holds(day) for day in days] == [False, True, True, False, False]
    assert rule().holds(begin)


@pytest.mark.neo4j
def test_what_is_kept_comes_back(database: Database) -> None:
    rules = [
        rule(name="b", valid_from="2026-12-01T10:00:00.123Z", routes=["user"], priority=-3),
        rule(name="a", kind="boost", factor=2, beside="category = 'bags'"),
        checked(Rule, {"name": "c", "kind": "pin", "item_id": "ü/1", "place": 3}, "Rule"),
        checked(Rule, {"name": "d", "kind": "cap", "each": "brand", "at_most": 2}, "Rule"),
    ]
    put_rules(database, rules)
    kept, problems = list_rules(database)
    assert kept == sorted(rules, key=lambda each: each.name)
    assert problems == {}


@pytest.mark.neo4j
def test_a_rule_of_the_same_name_replaces_the_whole(database: Database) -> None:
    put_rules(database, [rule(valid_until="2030-01-01", priority=3)])
    put_rules(database, [rule(kind="bury", factor=0.5)])
    assert list_rules(database)[0] == [rule(kind="bury", factor=0.5)]
    assert delete_rule(database, "sold-out")
    assert not delete_rule(database, "sold-out")
    assert list_rules(database) == ([], {})


@pytest.mark.neo4j
def test_all_are_kept_or_none(database: Database) -> None:
    with pytest.raises(InvalidParameterError, match="Two have the name 'a'"):
        put_rules(database, [rule(name="a"), rule(name="a")])
    with pytest.raises(InvalidParameterError, match="more than 200"):
        put_rules(database, [rule(name=f"r{number}") for number in range(201)])
    assert list_rules(database)[0] == []


@pytest.mark.neo4j
def test_a_node_that_is_no_rule_is_named_and_the_others_are_read(database: Database) -> None:
    put_rules(database, [rule(), rule(name="wrong")])
    run(database, "MATCH (r:Rule {name: 'wrong'}) SET r.filter = 'price <'")
    kept, problems = list_rules(database)
    assert kept == [rule()]
    assert "The filter, character 8" in problems["wrong"]


@pytest.mark.neo4j
def test_wiping_deletes_rules_and_experiments(database: Database) -> None:
    put_rules(database, [rule()])
    run(database, "CREATE (:Experiment {name: 'x'})")
    run(database, "MATCH (n:FootpathTest) REMOVE n:FootpathTest")
    wipe_graph(database)
    assert run(database, "MATCH (n:Rule|Experiment) RETURN n.name AS name") == []


TOML = """
[[rules]]
name = "new-first"
kind = "boost"
filter = "is_new = true"
factor = 2
valid_from = 2026-12-01T00:00:00Z

[[rules]]
name = "gift"
kind = "pin"
item_id = "22469"
place = 1
valid_until = 2026-12-24
"""
JSON = """
{"rules": [{"name": "new-first", "kind": "boost", "filter": "is_new = true", "factor": 2,
            "valid_from": "2026-12-01T00:00:00Z"},
           {"name": "gift", "kind": "pin", "item_id": "22469", "place": 1,
            "valid_until": "2026-12-24"}]}
"""


def test_a_file_is_the_same_in_toml_and_json(tmp_path: Path) -> None:
    found = []
    for name, text in (("rules.toml", TOML), ("rules.json", JSON)):
        (tmp_path / name).write_text(text)
        found.append(read_directives(tmp_path / name, Rule, "rules"))
    assert found[0] == found[1]
    assert [each.name for each in found[0]] == ["new-first", "gift"]
    assert found[0][1].valid_until == datetime(2026, 12, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (TOML.replace("factor = 2", "factor = 0.2"), r"number 1 \('new-first'\): .*above 1"),
        (TOML.replace("place = 1", ""), r"number 2 \('gift'\): a pin needs place"),
        (TOML.replace("[[rules]]", "[[rule]]"), "a list named 'rules'"),
        (TOML + "\n[other]\nx = 1", "and nothing else"),
        ("rules = [3]", "number 1 is not a table"),
        ("rules", "cannot be read"),
        ("", "a list named 'rules'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    text: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(InvalidDataError, match=reason):
        read_directives(file, Rule, "rules")
