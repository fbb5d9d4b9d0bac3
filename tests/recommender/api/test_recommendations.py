"""What recommendations can be asked with: filters, lengths, versions, pages, batches."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from graphdb import Database
from recommender.api import create_app, schemas
from recommender.serve import ModelWatcher, load_serving_model, versions
from tests.recommender.api.test_app import Client, assert_problem, lose_database
from tests.recommender.serve.shop import (
    EMBEDDING_ONE,
    EMBEDDING_TWO,
    HYBRID_ONE,
    fill_shop,
    run,
)

pytestmark = pytest.mark.neo4j

SIMILAR = "/v1/items/bag/similar"
SESSIONS = "/v1/sessions/recommendations"
BATCH = "/v1/recommendations:batch"
SET_PRICES = """
UNWIND [['bag', 9.5], ['lunch bag', 20], ['mug', 5], ['plate', 30]] AS row
MATCH (i:Item {id: row[0]}) SET i.price = toFloat(row[1]), i.in_stock = row[1] < 20
"""
ADD_HISTORY = """
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
MERGE (u:User {id: $user_id})
CREATE (u)-[:INTERACTED {key: randomUUID(), at: datetime($at)}]->(i)
"""


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    run(database, SET_PRICES)
    return database


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["item_id"] for item in answer.json["items"]]


@pytest.mark.parametrize(
    ("query", "item_ids"),
    [
        ({"filter": "price < 20"}, ["mug"]),
        ({"filter": "price IS NULL"}, ["a/b c", "cold"]),
        ({"category": "bags"}, ["lunch bag", "cold"]),
        ({"category": "bags", "filter": "price > 1"}, ["lunch bag"]),
        ({"category": "none"}, []),
        ({"exclude_item": ["mug", "cold", "gone"]}, ["lunch bag", "a/b c", "plate"]),
        ({"min_support": 0, "filter": "support < 2"}, ["rare"]),
        ({"diversity": 1, "k": 3}, ["mug", "plate", "lunch bag"]),
    ],
    ids=str,
)
def test_only_items_that_pass_are_answered(
    client: Client, query: dict[str, Any], item_ids: list[str]
) -> None:
    assert ids(client.get(SIMILAR, query_string=query)) == item_ids


def test_filter_without_meaning_is_400_with_its_place(client: Client) -> None:
    answer = client.get(SIMILAR, query_string={"filter": "price < 20 AN in_stock = true"})
    assert_problem(answer, 400)
    error = answer.json["errors"][0]
    assert (error["name"], error["position"], error["expected"]) == (
        "filter", 12, ["AND", "OR", "the end"],
    )  # fmt: skip
    answer = client.get(SIMILAR, query_string={"filter": "prize < 20"})
    assert_problem(answer, 400)
    known = ["category", "in_stock", "item_id", "price", "support", "title"]
    assert answer.json["errors"][0]["expected"] == known


@pytest.mark.parametrize(
    "query",
    [
        "filter=" + "x" * 1001, "filter=", "diversity=1.1", "diversity=nan", "k=2&n=3",
        "limit=2&n=3", "n=1001", "limit=0", "fields=prize", "cursor=abc", "model=",
        "exclude_item=" + "x" * 513, "category=" + "x" * 513,
        "&".join(["exclude_item=a"] * 501),
    ],
    ids=lambda query: query[:20],
)  # fmt: skip
def test_what_makes_no_sense_is_400(client: Client, query: str) -> None:
    assert_problem(client.get(f"{SIMILAR}?{query}"), 400)
    assert_problem(client.get(f"/v1/popular?{query}"), 400)
    assert_problem(
        client.get(f"/v1/users/x/recommendations?{query}"), 404 if "fields" in query else 400
    )


@pytest.mark.parametrize("name", ["k", "limit", "n"])
def test_length_has_three_names(client: Client, name: str) -> None:
    assert ids(client.get(f"{SIMILAR}?{name}=2")) == HYBRID_ONE[:2]
    assert ids(client.get(f"{SIMILAR}?k=2&{name}=2")) == HYBRID_ONE[:2]
    answer = client.post(SESSIONS, json={"items": ["bag"], name: 3})
    assert len(ids(answer)) == 3


def test_properties_are_told_as_they_are(client: Client) -> None:
    answer = client.get(f"{SIMILAR}?k=3&fields=price,in_stock&fields=category")
    assert [item["fields"] for item in answer.json["items"]] == [
        {"price": 5.0, "in_stock": True, "category": "mugs"},
        {"price": 20.0, "in_stock": False, "category": "bags"},
        {"price": None, "in_stock": None, "category": None},
    ]
    schemas.SimilarAnswer.model_validate(answer.json)
    assert "fields" not in client.get(SIMILAR).json["items"][0]


def test_popular_items_are_those_of_most_sessions(client: Client, shop: Database) -> None:
    answer = client.get("/v1/popular?k=3")
    body = schemas.PopularAnswer.model_validate(answer.json)
    assert [item.item_id for item in body.items] == ["bag", "a/b c", "lunch bag"]
    assert {item.source for item in body.items} == {"popular"}
    assert ids(client.get("/v1/popular?category=mugs&filter=price>10")) == ["plate"]
    # An item may well be called popular.
    run(shop, "CREATE (:Item {id: 'popular', title: 'Popular'})")
    assert client.get("/v1/items/popular").json["title"] == "Popular"


def test_another_ready_version_answers_and_is_kept(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"method": "embedding", "k": 5}
    answer = client.get(SIMILAR, query_string={**query, "model": "two"})
    assert ids(answer) == EMBEDDING_TWO
    assert answer.headers["X-Model-Version"] == answer.json["model_version"] == "two"
    assert ids(client.get(SIMILAR, query_string=query)) == EMBEDDING_ONE
    assert ids(client.get(SIMILAR, query_string={**query, "model": "one"})) == EMBEDDING_ONE

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(versions, "load_serving_model", fail)
    lose_database(watcher, monkeypatch)
    assert ids(client.get(SIMILAR, query_string={**query, "model": "two"})) == EMBEDDING_TWO


def test_unknown_version_is_404_and_names_those_there_are(
    client: Client, shop: Database, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("three", "x" * 512, "\0"):
        answer = client.get(SIMILAR, query_string={"model": version})
        assert_problem(answer, 404)
        assert "Ready: two, one." in answer.json["detail"]
    assert client.get(f"{SIMILAR}?model=two").status_code == 200
    run(shop, "MATCH (m:Model {version: 'two'}) SET m.status = 'pruning'")
    assert_problem(client.get(f"{SIMILAR}?model=two"), 404)
    lose_database(watcher, monkeypatch)
    assert_problem(client.get(f"{SIMILAR}?model=two"), 503)


def test_version_that_takes_long_to_read_is_503_until_it_is_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, load = threading.Event(), load_serving_model

    def slowly(*arguments: Any, **options: Any) -> Any:
        go_on.wait(30)
        return load(*arguments, **options)

    monkeypatch.setattr(versions, "load_serving_model", slowly)
    monkeypatch.setattr("recommender.api.recommendations.DEADLINE_S", 0.2)
    answer = client.get(f"{SIMILAR}?model=two")
    assert_problem(answer, 503)
    assert "still being read" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.setattr("recommender.api.recommendations.DEADLINE_S", 30.0)
    go_on.set()
    assert client.get(f"{SIMILAR}?model=two").status_code == 200


# Fallbacks: a known item without a vector, a new one, a user of whom little is known.


def test_item_without_a_vector_is_answered_from_graph_category_and_popularity(
    client: Client,
) -> None:
    answer = client.get("/v1/items/cold/similar")
    found = [(item["item_id"], item["source"]) for item in answer.json["items"]]
    assert found == [
        ("plate", "graph"), ("bag", "category"), ("lunch bag", "category"),
        ("a/b c", "popular"), ("mug", "popular"),
    ]  # fmt: skip
    answer = client.get("/v1/items/cold/similar?filter=price<100")
    assert ids(answer) == ["plate", "bag", "lunch bag", "mug"]


def test_new_item_is_answered_by_category_within_the_filter(client: Client, shop: Database) -> None:
    run(shop, "CREATE (:Item {id: 'new', category: 'mugs', support: 1})")
    assert ids(client.get("/v1/items/new/similar?filter=price>1&k=3")) == ["mug", "plate", "bag"]
    assert_problem(client.get("/v1/items/nothing/similar?filter=price>1"), 404)


def test_user_of_a_new_item_is_answered_by_popularity(client: Client, shop: Database) -> None:
    run(shop, "CREATE (:Item {id: 'new'})")
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["new"], at="2026-01-01T00:00:00Z")
    answer = client.get("/v1/users/ann/recommendations?k=2&filter=price>1")
    assert ids(answer) == ["bag", "lunch bag"]
    assert {item["source"] for item in answer.json["items"]} == {"popular"}


def test_history_without_vectors_goes_on_by_graph_category_and_popularity(
    shop: Database,
) -> None:
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["cold", "plate"], at="2026-01-01T00:00:00Z")
    fresh = ModelWatcher(shop)
    fresh.poll()
    question = {"items": ["cold"], "method": "embedding"}
    fresh_client: Client = create_app(fresh).test_client()
    answer = fresh_client.post(SESSIONS, json=question)
    assert [(item["item_id"], item["source"]) for item in answer.json["items"]] == [
        ("plate", "graph"), ("bag", "category"), ("lunch bag", "category"), ("rare", "category"),
        ("a/b c", "popular"), ("mug", "popular"),
    ]  # fmt: skip


# Batches.


def test_batch_gives_each_question_its_answer_or_problem(client: Client, shop: Database) -> None:
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["bag"], at="2026-01-01T00:00:00Z")
    requests: list[dict[str, Any]] = [
        {"kind": "similar", "item_id": "bag", "k": 2, "fields": ["price"]},
        {"kind": "user", "user_id": "ann", "n": 3},
        {"kind": "session", "items": ["bag", "gone"], "category": "mugs"},
        {"kind": "similar", "item_id": "nothing"},
        {"kind": "user", "user_id": "nobody"},
        {"kind": "session", "items": [], "filter": "prize < 3"},
    ]
    answer = client.post(BATCH, json={"requests": requests})
    body = schemas.BatchAnswer.model_validate(answer.json)
    assert [result.status for result in body.results] == [200, 200, 200, 404, 404, 400]
    answers = [result.answer for result in body.results if result.answer]
    assert [item.item_id for item in answers[0].items] == HYBRID_ONE[:2]
    assert answers[0].items[0].fields == {"price": 5.0}
    alone = client.get("/v1/users/ann/recommendations?k=3")
    assert [vars(item) for item in answers[1].items] == [
        vars(schemas.Recommendation(**item)) for item in alone.json["items"]
    ]
    assert answers[2].unknown_items == ["gone"]
    problems = [result.problem for result in body.results if result.problem]
    assert "'nothing'" in problems[0].detail
    assert problems[2].errors is not None
    assert problems[2].errors[0].position == 1


def test_batch_is_answered_by_one_version(client: Client) -> None:
    requests = [{"kind": "similar", "item_id": "bag", "method": "embedding", "k": 5}]
    answer = client.post(BATCH, json={"requests": requests, "model": "two"})
    assert answer.headers["X-Model-Version"] == answer.json["model_version"] == "two"
    found = answer.json["results"][0]["answer"]["items"]
    assert [item["item_id"] for item in found] == EMBEDDING_TWO


def test_batch_while_the_database_is_away_answers_what_needs_none(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_database(watcher, monkeypatch)
    requests: list[dict[str, Any]] = [
        {"kind": "user", "user_id": "ann"},
        {"kind": "similar", "item_id": "bag"},
        {"kind": "session", "items": ["bag"]},
        {"kind": "similar", "item_id": "new"},
    ]
    answer = client.post(BATCH, json={"requests": requests})
    assert [result["status"] for result in answer.json["results"]] == [503, 200, 200, 503]


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"requests": []}, {"requests": [{"kind": "magic"}]},
        {"requests": [{"kind": "similar"}]}, {"requests": [{"kind": "user", "user_id": 5}]},
        {"requests": [{"kind": "similar", "item_id": "bag", "k": 0}]},
        {"requests": [{"kind": "similar", "item_id": "bag", "user_id": "ann"}]},
        {"requests": [{"kind": "session", "items": []}] * 101},
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_batch_that_is_not_as_expected_is_refused(client: Client, body: Any) -> None:
    assert_problem(client.post(BATCH, json=body), 400)
