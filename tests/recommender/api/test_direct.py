"""Answers before Flask are those of Flask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import pytest

from recommender.api import create_app
from recommender.api.direct import MAX_KNOWN, KnownQuestions
from recommender.api.questions import SimilarQuery
from recommender.api.settings import ApiSettings, Rate
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.test_app import lose_database

pytestmark = pytest.mark.neo4j

# Without it no answer comes before Flask: browsers of other origins need more headers.
THROUGH_FLASK = ApiSettings(origins=("https://shop.example",))
QUERIES = [
    *("", "k=2", "limit=2&method=graph", "method=embedding&k=3", "min_support=2"),
    *("fields=title,support&k=2", "exclude_item=mug&exclude_item=plate", "diversity=0.5"),
    *("filter=support%20%3E%201", "category=bags&k=1", "n=1", "k=1000"),
]


def refuse(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Take the place of Flask where it must not be asked."""
    raise AssertionError(f"Flask was asked for {environ['PATH_INFO']}.")


def told(answer: Any) -> tuple[Any, ...]:
    """Return what does not differ from one request to the next."""
    body = {name: value for name, value in answer.json.items() if name != "request_id"}
    headers = {name: value for name, value in answer.headers if name != "X-Request-ID"}
    return answer.status_code, body, headers


@pytest.mark.parametrize("query", QUERIES)
def test_answers_are_those_of_flask(watcher: ModelWatcher, query: str) -> None:
    app: Any = create_app(watcher)
    client, flask = app.test_client(), create_app(watcher, THROUGH_FLASK).test_client()
    ids = watcher.current().item_ids
    paths = [f"/v1/items/{quote(item_id, safe='')}/similar?{query}" for item_id in ids]
    first = client.get(paths[0])  # now the question is known
    assert first.status_code == 200
    app.wsgi_app.inner = refuse
    for path in paths:
        status, body, headers = told(flask.get(path))
        assert headers.pop("Vary") == "Origin"
        assert told(client.get(path)) == (status, body, headers)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/items/nobody/similar?k=2", {}, 404),
        ("/v1/items//similar?k=2", {}, 404),
        ("/v1/items/bag/similar?k=2", {"If-None-Match": "*"}, 304),
        ("/v1/items/bag/similar?k=0", {}, 400),
        ("/v1/items/bag/similar?k=2&cursor=x", {}, 400),
    ],
)
def test_all_else_is_left_to_flask(
    watcher: ModelWatcher, path: str, headers: dict[str, str], status: int
) -> None:
    client = create_app(watcher).test_client()
    assert client.get("/v1/items/bag/similar?k=2").status_code == 200
    for _ in range(2):
        assert client.get(path, headers=headers).status_code == status
    assert client.head("/v1/items/bag/similar?k=2").data == b""
    malformed = {"PATH_INFO": "/v1/items/\xff/similar", "QUERY_STRING": "k=2"}
    assert client.get("/", environ_overrides=malformed).status_code == 400


def test_a_key_is_asked_for(watcher: ModelWatcher) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    other = create_key(watcher.database, "till", ["events"])
    client = create_app(watcher).test_client()
    for _ in range(2):
        for given, status in ((key, 200), (other, 403), ("no key", 401), (None, 401)):
            headers = {} if given is None else {"X-API-Key": given}
            answer = client.get("/v1/items/bag/similar", headers=headers)
            assert answer.status_code == status
            assert answer.headers["Vary"] == "X-API-Key, Authorization"


def test_a_request_counts_once_whoever_answers(watcher: ModelWatcher) -> None:
    client = create_app(watcher, ApiSettings(rate_of_address=Rate(4, 3600))).test_client()
    paths = ["bag/similar", "bag/similar", "nobody/similar", "mug/similar", "bag/similar"]
    statuses = [client.get(f"/v1/items/{path}").status_code for path in paths]
    assert statuses == [200, 200, 404, 200, 429]


def test_a_key_counts_once_whoever_answers(watcher: ModelWatcher) -> None:
    headers = {"X-API-Key": create_key(watcher.database, "shop", ["read"])}
    client = create_app(watcher, ApiSettings(rate_of_key=Rate(3, 3600))).test_client()
    paths = ["bag/similar", "nobody/similar", "bag/similar", "bag/similar"]
    statuses = [client.get(f"/v1/items/{path}", headers=headers).status_code for path in paths]
    assert statuses == [200, 404, 200, 429]


def test_what_was_hidden_since_is_left_out(watcher: ModelWatcher) -> None:
    client: Any = create_app(watcher).test_client()
    path = "/v1/items/bag/similar"
    for _ in range(2):
        shown = [item["item_id"] for item in client.get(path).json["items"]]
    assert client.patch(f"/v1/items/{shown[0]}", json={"is_hidden": True}).status_code == 200
    assert [item["item_id"] for item in client.get(path).json["items"]] == shown[1:]


def test_the_database_may_be_away(watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(watcher).test_client()
    client.get("/v1/items/bag/similar")
    lose_database(watcher, monkeypatch)
    watcher.poll()
    answer = client.get("/v1/items/bag/similar")
    assert (answer.status_code, answer.headers["X-Database-Away"]) == (200, "true")


def test_it_is_counted_and_logged(
    client_with: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = client_with(log_format="json")
    caplog.set_level("INFO", "recommender.api.logs")
    for number in range(3):
        client.get("/v1/items/bag/similar", headers={"X-Request-ID": f"n{number}"})
    requests = [vars(record)["fields"] for record in caplog.records if record.message == "request"]
    assert [fields["request_id"] for fields in requests] == ["n0", "n1", "n2"]
    assert {fields["route"] for fields in requests} == {"/v1/items/{item_id}/similar"}
    counted = client.get("/metrics").text
    label = 'method="GET",route="/v1/items/{item_id}/similar",status="200"'
    assert f"footpath_request_seconds_count{{{label}}} 3.0" in counted


def test_questions_of_one_visitor_are_not_kept_and_the_oldest_go() -> None:
    known = KnownQuestions()
    for text, query in (
        ("visitor=v1", SimilarQuery.model_validate({"visitor": "v1"})),
        ("explain=true", SimilarQuery.model_validate({"explain": True})),
        ("cursor=x", SimilarQuery.model_validate({"cursor": "x"})),
        ("model=x", SimilarQuery.model_validate({"model": "x"})),
        ("exclude_item=" + 400 * "%78", SimilarQuery.model_validate({"exclude_item": [400 * "x"]})),
    ):
        known.remember(text, query)
        assert known.find(text) is None
    for number in range(MAX_KNOWN + 1):
        known.remember(f"k={number + 1}", SimilarQuery.model_validate({}))
    assert known.find("k=1") is None
    found = known.find("k=2")
    assert found is not None
    assert json.dumps(found.choice)
