"""The routes, through Flask's client; the real server is in test_server.py."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

from graphdb import CannotConnectError
from recommender.api import schemas
from recommender.api.errors import PROBLEM_TYPE
from recommender.serve import ModelWatcher
from tests.recommender.serve.shop import HYBRID_ONE, run, wipe

pytestmark = pytest.mark.neo4j

Client = Any  # Flask's test client, whose answers' json may be None by its types

COUNT = """
MATCH (n)
OPTIONAL MATCH (n)-[r]->()
RETURN count(DISTINCT n) AS n_nodes, count(r) AS n_relationships, sum(size(keys(n))) AS n_keys
"""


def lose_database(watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise CannotConnectError("The connection to Neo4j was lost at bolt://secret:1.")

    monkeypatch.setattr(watcher.database, "read", refuse)


def assert_problem(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert answer.content_type == PROBLEM_TYPE
    problem = schemas.Problem.model_validate(answer.json)
    assert problem.status == status
    assert problem.request_id == answer.headers["X-Request-ID"]
    assert "Traceback" not in answer.text


def test_a_session_is_answered_from_the_body_alone(client: Client) -> None:
    question = {"items": ["bag", "gone"], "k": 3, "method": "embedding"}
    answer = client.post("/v1/sessions/recommendations", json=question)
    body = schemas.SessionAnswer.model_validate(answer.json)
    assert len(body.items) == 3
    assert body.unknown_items == ["gone"]
    assert "bag" not in {item.item_id for item in body.items}
    assert answer.headers["X-Model-Version"] == body.model_version == "one"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        [],
        {"items": "bag"},
        {"items": [1]},
        {"items": ["bag"], "k": 0},
        {"items": ["bag"], "k": "5"},
        {"items": ["bag"], "method": "magic"},
        {"items": ["bag"], "more": 1},
        {"items": ["bag"] * 501},
    ],
)
def test_a_session_that_is_not_as_expected_is_refused(client: Client, body: Any) -> None:
    assert_problem(client.post("/v1/sessions/recommendations", json=body), 400)


def test_a_session_that_is_no_json_is_refused(client: Client) -> None:
    answer = client.post("/v1/sessions/recommendations", data="{", content_type="application/json")
    assert_problem(answer, 400)
    assert_problem(client.post("/v1/sessions/recommendations", data="items=bag"), 400)


def test_a_user_is_answered_and_an_unknown_one_is_not_found(
    client: Client, watcher: ModelWatcher
) -> None:
    text = "MATCH (i:Item {id: 'bag'}) CREATE (:User {id: $user_id})-[:INTERACTED {key: '1'}]->(i)"
    run(watcher.database, text, user_id="ann/b")
    answer = client.get("/v1/users/ann%2Fb/recommendations?k=2&method=graph")
    body = schemas.UserAnswer.model_validate(answer.json)
    assert body.user_id == "ann/b"
    assert [item.rank for item in body.items] == [1, 2]
    assert_problem(client.get("/v1/users/nobody/recommendations"), 404)
    assert_problem(client.get("/v1/users/ann%2Fb/recommendations?k=x"), 400)


def test_users_are_503_while_the_database_is_away_and_sessions_go_on(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_database(watcher, monkeypatch)
    assert_problem(client.get("/v1/users/ann/recommendations"), 503)
    assert client.post("/v1/sessions/recommendations", json={"items": ["bag"]}).status_code == 200


def test_similar_answers_the_list_with_its_model_version(client: Client) -> None:
    answer = client.get("/v1/items/bag/similar?k=5")
    body = schemas.SimilarAnswer.model_validate(answer.json)
    assert [item.item_id for item in body.items] == HYBRID_ONE
    assert [item.rank for item in body.items] == [1, 2, 3, 4, 5]
    assert (body.item_id, body.model_version) == ("bag", "one")
    assert answer.headers["X-Model-Version"] == "one"
    assert answer.headers["X-Request-ID"] == body.request_id


def test_similar_takes_method_and_least_support(client: Client) -> None:
    answer = client.get("/v1/items/bag/similar?method=embedding&min_support=0&k=1")
    assert [item["item_id"] for item in answer.json["items"]] == ["rare"]
    assert answer.json["items"][0]["source"] == "embedding"


@pytest.mark.parametrize(
    "item_id",
    ["a/b c", "/", "a//b", "x/", "100%", "%2F", "käse ☕", "a?b#c&d", "..", "a\nb", "日" * 512],
    ids=ascii,
)
def test_any_id_can_be_asked_for(client: Client, watcher: ModelWatcher, item_id: str) -> None:
    run(watcher.database, "MERGE (i:Item {id: $id}) SET i.category = 'mugs'", id=item_id)
    path = quote(item_id, safe="")
    similar = client.get(f"/v1/items/{path}/similar?k=1")
    assert (similar.status_code, similar.json["item_id"]) == (200, item_id)
    assert client.get(f"/v1/items/{path}").json["item_id"] == item_id


def test_id_that_ends_like_the_route_is_found(client: Client, watcher: ModelWatcher) -> None:
    run(watcher.database, "UNWIND ['x/similar', 'bag/similar'] AS id MERGE (:Item {id: id})")
    assert client.get("/v1/items/x%2Fsimilar").json["item_id"] == "x/similar"
    assert client.get("/v1/items/x%2Fsimilar/similar").json["item_id"] == "x/similar"
    # Where the shorter id exists as well, the list of that is meant; ?item_id= has no such limit.
    assert client.get("/v1/items/bag%2Fsimilar").json["item_id"] == "bag"
    found = client.get("/v1/items", query_string={"item_id": "bag/similar"}).json["items"]
    assert [item["item_id"] for item in found] == ["bag/similar"]


def test_item_is_answered_as_it_is_in_the_database(client: Client) -> None:
    body = schemas.ItemAnswer.model_validate(client.get("/v1/items/plate").json)
    assert (body.title, body.category, body.support) == ("RED PLATE (LARGE)", "mugs", 20)


def test_search_answers_items(client: Client) -> None:
    body = schemas.ItemsAnswer.model_validate(client.get("/v1/items?query=red+bag").json)
    assert [item.item_id for item in body.items] == ["bag", "rare"]
    assert len(client.get("/v1/items?query=red&limit=1").json["items"]) == 1
    assert client.get("/v1/items?query=%22%28*").json["items"] == []


def test_models_are_listed_with_the_one_that_serves(client: Client) -> None:
    body = schemas.ModelsAnswer.model_validate(client.get("/v1/models").json)
    assert [(model.version, model.is_active, model.is_serving) for model in body.models] == [
        ("two", False, False), ("one", True, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "k=0", "k=-1", "k=1001", "k=2.5", "k=5.0", "k=1_0", "k=%205", "k=", "k=abc", "k=NaN", "k=٣",
        "k=99999999999999999999999", "method=cosine", "method=", "min_support=-1", "min_support=x",
        "min_support=99999999999", "n=x", "k=1%00", "m=5",
    ],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_400(client: Client, query: str) -> None:
    answer = client.get(f"/v1/items/bag/similar?{query}")
    assert_problem(answer, 400)
    assert answer.json["errors"][0]["name"] in {"k", "method", "min_support", "n", "m"}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "query=",
        "query=" + "x" * 201,
        "query=a&item_id=b",
        "query=a&limit=0",
        "query=a&limit=101",
    ],
)
def test_search_that_makes_no_sense_is_400(client: Client, query: str) -> None:
    assert_problem(client.get(f"/v1/items?{query}"), 400)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/items/nothing", 404),
        ("/v1/items/nothing/similar", 404),
        ("/v1/items/a%00b/similar", 404),
        ("/v1/items/" + "x" * 5000, 404),
        ("/v1/items/%zz", 404),
        ("/v1/items?query=%ff", 400),
        ("/", 404),
        ("/v1", 404),
        ("/v2/items/bag", 404),
        ("/docs/assets/../../app.py", 404),
        ("/docs/assets/%2e%2e/%2e%2e/plugins.py", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_there_is_a_problem(client: Client, path: str, status: int) -> None:
    assert_problem(client.get(path), status)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_405_and_say_what_is_allowed(client: Client, method: str) -> None:
    answer = getattr(client, method)("/v1/items/bag/similar")
    assert_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_oversized_body_is_413(client: Client) -> None:
    assert_problem(client.get("/v1/models", data=b"x" * (64 * 1024 + 1)), 413)


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("abc-123_4.5:6", True), ("x" * 128, True), ("x" * 129, False), ("", False),
        ("a b", False), ("<script>", False), ("é", False),
    ],
    ids=ascii,
)  # fmt: skip
def test_sane_request_ids_are_kept_and_others_replaced(
    client: Client, given: str, is_kept: bool
) -> None:
    answer = client.get("/v1/health/live", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept
    assert re.fullmatch(r"[\w.:-]{1,128}", answer.headers["X-Request-ID"])
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_health_when_all_is_well(client: Client) -> None:
    assert client.get("/v1/health/live").json["status"] == "live"
    body = schemas.ReadyAnswer.model_validate(client.get("/v1/health/ready").json)
    assert body.model_version == "one"


def test_without_a_model_similar_and_ready_are_503(client: Client, watcher: ModelWatcher) -> None:
    wipe(watcher.database)
    watcher.poll()
    for path in ("/v1/items/bag/similar", "/v1/health/ready"):
        answer = client.get(path)
        assert_problem(answer, 503)
        assert "No model is published" in answer.json["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/v1/health/live").status_code == 200


@pytest.mark.parametrize("is_noticed", [False, True], ids=["not noticed yet", "noticed"])
def test_database_away_is_503_but_similar_goes_on(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch, is_noticed: bool
) -> None:
    lose_database(watcher, monkeypatch)
    if is_noticed:
        watcher.poll()
    for path in ("/v1/health/ready", "/v1/items/bag", "/v1/items?query=bag", "/v1/models"):
        answer = client.get(path)
        assert_problem(answer, 503)
        assert "secret" not in answer.text
    assert client.get("/v1/items/bag/similar").status_code == 200
    assert client.get("/v1/health/live").status_code == 200


def test_unexpected_error_is_a_500_that_tells_nothing(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the password is hunter2")

    monkeypatch.setattr(watcher, "current", fail)
    answer = client.get("/v1/items/bag/similar")
    assert_problem(answer, 500)
    assert "hunter2" not in answer.text


def test_reading_changes_nothing_in_the_database(client: Client, watcher: ModelWatcher) -> None:
    before = run(watcher.database, COUNT)
    for path in ("/v1/items/bag/similar", "/v1/items/none", "/v1/items?query=bag", "/v1/models"):
        client.get(path)
    assert run(watcher.database, COUNT) == before


def test_description_names_every_route_and_problem_details(client: Client) -> None:
    description = client.get("/v1/openapi.json").json
    assert set(description["paths"]) == {
        "/v1/items", "/v1/items/{item_id}", "/v1/items/{item_id}/similar", "/v1/models",
            "/v1/users/{user_id}/recommendations", "/v1/sessions/recommendations",
        "/v1/popular", "/v1/recommendations:batch", "/v1/items/{item_id}/explanation",
        "/v1/health/live", "/v1/health/ready", "/v1/items:bulk", "/v1/events",
        "/v1/rules", "/v1/rules/{name}", "/v1/experiments", "/v1/experiments/{name}",
    }  # fmt: skip
    similar = description["paths"]["/v1/items/{item_id}/similar"]["get"]
    assert list(similar["responses"]["400"]["content"]) == [PROBLEM_TYPE]
    assert "Problem" in description["components"]["schemas"]


def test_docs_page_needs_nothing_from_another_machine(client: Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(links) == 4
    for link in links:
        assert link.startswith("/docs/")
        with client.get(link) as asset:
            assert asset.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "validatorUrl: null" in client.get("/docs/start.js").text
