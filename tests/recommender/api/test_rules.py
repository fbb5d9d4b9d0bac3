"""Business rules through the API: made, listed, acting, gone; and pages while they change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from graphdb import CannotConnectError, Database
from recommender.api import create_app
from recommender.rules import Rule, put_rules
from recommender.serve import ModelWatcher
from recommender.serve.directives import Directives
from tests.recommender.api.test_app import Client, assert_problem
from tests.recommender.api.test_pages import all_pages, crowd
from tests.recommender.api.test_recommendations import (
    ADD_HISTORY,
    BATCH,
    SESSIONS,
    SIMILAR,
    ids,
)
from tests.recommender.serve.shop import HYBRID_ONE, activate, fill_shop, run

pytestmark = pytest.mark.neo4j

__all__ = ["crowd"]  # a fixture

HIDE_MUG = {"kind": "hide", "filter": "item_id = 'mug'"}
WITHOUT_MUG = ["lunch bag", "a/b c", "plate", "cold"]


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    run(database, ADD_HISTORY, user_id="ann", item_ids=["bag"], at="2026-01-01T00:00:00Z")
    return database


def put(client: Client, name: str, body: dict[str, Any]) -> Any:
    answer = client.put(f"/v1/rules/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_rule_acts_from_the_answer_that_made_it_until_it_is_deleted(client: Client) -> None:
    made = put(client, "no-mug", HIDE_MUG)
    assert (made["name"], made["n_items"], made["is_in_force"]) == ("no-mug", 1, True)
    answer = client.get(SIMILAR)
    assert ids(answer) == WITHOUT_MUG
    assert answer.json["rules"] == [{"name": "no-mug", "kind": "hide", "items": []}]
    assert client.delete("/v1/rules/no-mug").status_code == 204
    answer = client.get(SIMILAR)
    assert ids(answer) == HYBRID_ONE
    assert answer.json["rules"] == []
    assert_problem(client.delete("/v1/rules/no-mug"), 404)


def test_other_servers_act_by_the_next_poll(client: Client, shop: Database) -> None:
    other = ModelWatcher(shop)
    other.poll()
    far: Client = create_app(other).test_client()
    put(client, "no-mug", HIDE_MUG)
    assert ids(far.get(SIMILAR)) == HYBRID_ONE
    other.poll()
    assert ids(far.get(SIMILAR)) == WITHOUT_MUG
    run(shop, "MATCH (r:Rule) SET r.filter = \"item_id = 'plate'\"")  # by hand, in the Browser
    other.poll()
    assert "plate" not in ids(far.get(SIMILAR))
    run(shop, "MATCH (r:Rule) SET r.valid_until = datetime('2020-01-01T00:00[Europe/Paris]')")
    other.poll()
    assert ids(far.get(SIMILAR)) == HYBRID_ONE


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"kind": "hide"}, "needs filter"),
        ({"kind": "hide", "filter": "colour = 'red'"}, "no property 'colour'"),
        ({"kind": "hide", "filter": "title > 3"}, "'title' is text"),
        ({"kind": "hide", "filter": "title ="}, "character 8"),
        ({"kind": "hide", "filter": "support > 1", "beside": "colour = 'red'"}, "'colour'"),
        ({"kind": "cap", "each": "colour", "at_most": 1}, "no property 'colour'"),
        ({"kind": "boost", "filter": "support > 1", "factor": 0.5}, "above 1"),
        ({"kind": "pin", "item_id": "mug", "place": 1, "name": "x"}, "name"),
        (None, ""),
        ([], ""),
    ],
    ids=str,
)
def test_what_is_no_rule_is_400_and_nothing_is_kept(client: Client, body: Any, reason: str) -> None:
    answer = client.put("/v1/rules/a", json=body)
    assert_problem(answer, 400)
    assert reason in answer.text
    assert client.get("/v1/rules").json["rules"] == []
    assert_problem(client.put("/v1/rules/a%20b", json=HIDE_MUG), 400)


def test_every_route_obeys(client: Client) -> None:
    put(client, "no-mug", HIDE_MUG)
    answers = [
        client.get(SIMILAR),
        client.get("/v1/users/ann/recommendations"),
        client.post(SESSIONS, json={"items": ["bag"]}),
        client.get("/v1/popular"),
        client.get("/v1/items/cold/similar"),
    ]
    requests = [
        {"kind": "similar", "item_id": "bag"},
        {"kind": "user", "user_id": "ann"},
        {"kind": "session", "items": ["bag"]},
    ]
    batch = client.post(BATCH, json={"requests": requests})
    lists = [answer.json for answer in answers]
    lists += [result["answer"] for result in batch.json["results"]]
    for each in lists:
        assert "mug" not in [item["item_id"] for item in each["items"]]
        assert each["items"]
        assert [acted["name"] for acted in each["rules"]] == ["no-mug"]
        assert each["variant"] is None


def test_a_rule_holds_where_it_says(client: Client) -> None:
    put(client, "no-mug", {**HIDE_MUG, "routes": ["user", "session"], "beside": "support >= 40"})
    assert "mug" in ids(client.get(SIMILAR))
    assert "mug" in ids(client.get("/v1/popular"))
    assert "mug" not in ids(client.get("/v1/users/ann/recommendations"))
    # Bag has a support of 40, the plate 20; the latest known item counts.
    assert "mug" not in ids(client.post(SESSIONS, json={"items": ["plate", "bag", "gone"]}))
    assert "mug" in ids(client.post(SESSIONS, json={"items": ["bag", "plate"]}))
    assert "mug" in ids(client.post(SESSIONS, json={"items": []}))


def test_items_newer_than_the_model_obey_too(client: Client, shop: Database) -> None:
    run(shop, "MERGE (:Item {id: 'new', category: 'mugs', support: 0})")
    put(client, "no-mug", HIDE_MUG)
    put(client, "bag-first", {"kind": "pin", "item_id": "bag", "place": 1})
    assert ids(client.get("/v1/items/new/similar"))[:2] == ["bag", "plate"]
    put(client, "no-mug", {**HIDE_MUG, "beside": "support >= 0"})  # of it nothing is known
    assert "mug" in ids(client.get("/v1/items/new/similar"))


def test_pages_have_no_duplicate_and_no_hole_under_rules(crowd: Client) -> None:
    put(crowd, "cap", {"kind": "cap", "each": "category", "at_most": 12})
    put(crowd, "cheap", {"kind": "boost", "filter": "price < 10", "factor": 1.3})
    put(crowd, "pin", {"kind": "pin", "item_id": "n7", "place": 25})
    put(crowd, "no", {"kind": "hide", "filter": "price > 95"})
    for query in ({"k": 20}, {"k": 20, "diversity": 0.5}):
        found = all_pages(
            lambda cursor, query=query: crowd.get(
                SIMILAR, query_string={**query, **({"cursor": cursor} if cursor else {})}
            ),
            9,
        )
        assert len(found) == len(set(found)) == 180
        assert found[24] == "n7"


def test_a_cursor_is_refused_once_the_rules_have_changed(crowd: Client) -> None:
    put(crowd, "a", {"kind": "boost", "filter": "price < 10", "factor": 2})
    cursor = crowd.get(f"{SIMILAR}?k=5").json["next_cursor"]
    put(crowd, "b", {**HIDE_MUG, "routes": ["popular"]})  # of another route
    assert crowd.get(f"{SIMILAR}?k=5&cursor={cursor}").status_code == 200
    put(crowd, "a", {"kind": "boost", "filter": "price < 10", "factor": 3})
    answer = crowd.get(f"{SIMILAR}?k=5&cursor={cursor}")
    assert_problem(answer, 400)
    assert "rules have changed" in answer.json["detail"]


def test_hidden_items_are_in_no_list_under_rules_and_pages_keep_their_places(crowd: Client) -> None:
    put(crowd, "cap", {"kind": "cap", "each": "category", "at_most": 12})
    put(crowd, "pin", {"kind": "pin", "item_id": "n7", "place": 30})
    query = {"k": 20}
    expected = ids(crowd.get(SIMILAR, query_string={"k": 20}))
    first = crowd.get(SIMILAR, query_string=query).json
    second = crowd.get(SIMILAR, query_string={**query, "cursor": first["next_cursor"]})
    gone = [ids(second)[3], "n7"]
    for item_id in gone:
        assert crowd.patch(f"/v1/items/{item_id}", json={"is_hidden": True}).status_code == 200
    found = ids(crowd.get(SIMILAR, query_string={**query, "cursor": first["next_cursor"]}))
    assert len(found) == 20
    assert found[:18] == [item_id for item_id in ids(second) if item_id not in gone]
    assert not set(found) & set(expected)
    assert not set(gone) & set(ids(crowd.get(SIMILAR, query_string={"k": 200})))


def test_a_cursor_is_refused_once_a_rule_is_about_other_items(crowd: Client) -> None:
    put(crowd, "cheap", {"kind": "boost", "filter": "price < 10", "factor": 2})
    cursor = crowd.get(f"{SIMILAR}?k=5").json["next_cursor"]
    row = crowd.watcher.current().row_of["n50"]
    for price, status in ((60, 200), (5, 400)):  # it costs 50 to begin with
        crowd.patch("/v1/items/n50", json={"properties": {"price": price}, "title": "Other"})
        while crowd.watcher.current().columns["price"].value(row) != price:
            crowd.watcher.poll()
        assert crowd.get(f"{SIMILAR}?k=5&cursor={cursor}").status_code == status
    assert "n50" in crowd.get(f"{SIMILAR}?k=250").json["rules"][0]["items"]


def test_rules_begin_and_end_by_their_dates_while_the_database_is_away(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"name": "r", **HIDE_MUG, "valid_from": "2026-12-01", "valid_until": "2026-12-02"}
    put_rules(shop, [Rule.model_validate(values)])
    watcher = ModelWatcher(shop)
    clock = [datetime(2026, 11, 30, tzinfo=UTC)]
    watcher.directives = Directives(now=lambda: clock[0])
    watcher.poll()
    client: Client = create_app(watcher).test_client()
    assert ids(client.get(SIMILAR)) == HYBRID_ONE

    def refuse(*_: Any, **__: Any) -> Any:
        raise CannotConnectError("The connection to Neo4j was lost.")

    monkeypatch.setattr(watcher.database, "read", refuse)
    for day, expected in ((1, WITHOUT_MUG), (2, HYBRID_ONE)):
        clock[0] = datetime(2026, 12, day, tzinfo=UTC)
        watcher.poll()
        assert ids(client.get(SIMILAR)) == expected
    assert_problem(client.get("/v1/rules"), 503)
    assert_problem(client.put("/v1/rules/a", json=HIDE_MUG), 503)


def test_rules_are_worked_out_for_every_version(
    client: Client, watcher: ModelWatcher, shop: Database
) -> None:
    put(client, "no-mug", HIDE_MUG)
    assert "mug" not in ids(client.get(f"{SIMILAR}?model=two"))
    activate(shop, "two")
    watcher.poll()
    answer = client.get(SIMILAR)
    assert answer.json["model_version"] == "two"
    assert "mug" not in ids(answer)


def test_the_list_tells_how_rules_stand(client: Client, shop: Database) -> None:
    put(client, "old", {**HIDE_MUG, "valid_until": "2020-01-01T00:00:00Z"})
    put(client, "bags", {"kind": "boost", "filter": "category = 'bags'", "factor": 2})
    assert put(client, "gone", {"kind": "pin", "item_id": "gone", "place": 1})["problem"]
    run(shop, "CREATE (:Rule {name: 'wrong', kind: 'hide'})")
    answer = client.get("/v1/rules").json
    found = {each["name"]: each for each in answer["rules"]}
    assert list(found) == ["bags", "gone", "old"]
    assert (found["bags"]["n_items"], found["bags"]["problem"]) == (4, None)
    assert (found["old"]["is_in_force"], found["old"]["n_items"]) == (False, None)
    assert found["old"]["valid_until"] == "2020-01-01T00:00:00Z"
    assert "no item 'gone'" in found["gone"]["problem"]
    assert "needs filter" in answer["problems"]["wrong"]
