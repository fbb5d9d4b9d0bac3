"""Who may ask what, through Flask's client."""

from __future__ import annotations

from typing import Any

import pytest

from graphdb import CannotConnectError
from recommender.api import create_app
from recommender.api.access import REREAD_S, STALE_S, scope_of
from recommender.api.errors import PROBLEM_TYPE
from recommender.api.server import check_is_local
from recommender.errors import InvalidParameterError
from recommender.keys import create_key, revoke_key
from recommender.serve import ModelWatcher

SIMILAR = "/v1/items/bag/similar"


def client_of(watcher: ModelWatcher) -> Any:
    return create_app(watcher).test_client()


@pytest.mark.neo4j
def test_without_any_key_everybody_is_answered(watcher: ModelWatcher) -> None:
    assert client_of(watcher).get(SIMILAR).status_code == 200


@pytest.mark.neo4j
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "fp_x"}, {"Authorization": "Bearer no"}])
def test_with_a_key_made_others_are_refused(watcher: ModelWatcher, headers: dict[str, str]) -> None:
    create_key(watcher.database, "shop", ["read"])
    answer = client_of(watcher).get(SIMILAR, headers=headers)
    assert answer.status_code == 401
    assert answer.content_type == PROBLEM_TYPE
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "fp_" not in answer.text


@pytest.mark.neo4j
def test_a_key_opens_by_either_header(watcher: ModelWatcher) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_of(watcher)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 200
    assert client.get(SIMILAR, headers={"Authorization": f"bearer {key}"}).status_code == 200
    assert client.get(f"{SIMILAR}?key={key}").status_code == 401


@pytest.mark.neo4j
@pytest.mark.parametrize(
    "path", ["/v1/health/live", "/v1/health/ready", "/v1/openapi.json", "/docs/", "/explore/"]
)
def test_health_and_pages_without_data_stay_open(watcher: ModelWatcher, path: str) -> None:
    create_key(watcher.database, "shop", ["read"])
    with client_of(watcher).get(path) as answer:
        assert answer.status_code == 200


@pytest.mark.neo4j
def test_the_explorers_data_ask_for_a_key(watcher: ModelWatcher) -> None:
    create_key(watcher.database, "shop", ["read"])
    assert client_of(watcher).get("/explore/data/start").status_code == 401


@pytest.mark.neo4j
def test_a_key_of_another_scope_is_refused_and_admin_may_all(watcher: ModelWatcher) -> None:
    events = create_key(watcher.database, "loader", ["events"])
    admin = create_key(watcher.database, "owner", ["admin"])
    client = client_of(watcher)
    answer = client.get(SIMILAR, headers={"X-API-Key": events})
    assert answer.status_code == 403
    assert "'read'" in answer.json["detail"]
    assert client.get(SIMILAR, headers={"X-API-Key": admin}).status_code == 200


@pytest.mark.neo4j
def test_a_revoked_key_opens_nothing_soon_and_the_last_one_leaves_it_shut(
    watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_of(watcher)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 200
    revoke_key(watcher.database, key.split("_")[1])
    monkeypatch.setattr("recommender.api.access.STALE_S", 0.0)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 401
    assert client.get(SIMILAR).status_code == 401
    assert STALE_S <= 10
    assert REREAD_S <= 5


@pytest.mark.neo4j
def test_whoever_follows_the_database_reads_keys_so_that_no_request_has_to(
    watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_of(watcher)
    revoke_key(watcher.database, key.split("_")[1])
    monkeypatch.setattr("recommender.api.access.REREAD_S", 0.0)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 200
    watcher.poll()
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 401


@pytest.mark.neo4j
def test_known_keys_go_on_while_the_database_is_away_and_unknown_ones_do_not_open(
    watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_of(watcher)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 200

    def refuse(*_: Any, **__: Any) -> Any:
        raise CannotConnectError("The connection to Neo4j was lost.")

    monkeypatch.setattr(watcher.database, "read", refuse)
    monkeypatch.setattr("recommender.api.access.STALE_S", 0.0)
    assert client.get(SIMILAR, headers={"X-API-Key": key}).status_code == 200
    assert client.get(SIMILAR).status_code == 401
    assert client_of(watcher).get(SIMILAR).status_code == 503


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/items/a", "read"),
        ("POST", "/v1/sessions/recommendations", "read"),
        ("POST", "/v1/recommendations:batch", "read"),
        ("POST", "/v1/events", "events"),
        ("PUT", "/v1/items/a", "write"),
        ("POST", "/v1/models:rollback", "admin"),
        ("DELETE", "/anything", "admin"),
        ("GET", "/v1/rules", "admin"),
        ("PUT", "/v1/rules/new-first", "admin"),
        ("GET", "/v1/experiments", "admin"),
    ],
)
def test_the_scope_that_a_request_needs(method: str, path: str, scope: str) -> None:
    assert scope_of(method, path) == scope


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_this_machine_alone_needs_no_key(host: str) -> None:
    check_is_local(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_for_others_needs_a_key(host: str) -> None:
    with pytest.raises(InvalidParameterError, match="footpath keys create"):
        check_is_local(host)
