"""Bodies and waits are bounded, by one default and where a route says so itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import request

from graphdb import Database, Neo4jSettings, connect
from recommender.api import create_app
from recommender.api.route_limits import DEFAULT, MAX_WAITING, RouteLimits, limit_route
from recommender.api.server import THREADS_PER_WORKER
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import Wire
from tests.recommender.api.test_app import assert_problem

pytestmark = pytest.mark.neo4j

ANSWER_S = 2.0


@pytest.fixture
def wire(neo4j_settings: Neo4jSettings) -> Iterator[Wire]:
    wire = Wire(neo4j_settings)
    yield wire
    wire.close()


@pytest.fixture
def wired(watcher: ModelWatcher, wire: Wire) -> Iterator[ModelWatcher]:
    """Give a watcher whose connections can be made silent; nobody polls."""
    settings = watcher.database.settings
    near = Neo4jSettings(wire.uri, settings.username, settings.password, settings.database)
    with connect(near) as database:
        watcher = ModelWatcher(database)
        watcher.poll()
        yield watcher
        wire.resume()


def test_a_route_may_take_larger_bodies_than_the_default(watcher: ModelWatcher) -> None:
    app = create_app(watcher)
    app.add_url_rule("/large", "large", lambda: str(len(request.data)), methods=["POST"])
    app.add_url_rule("/usual", "usual", lambda: str(len(request.data)), methods=["POST"])
    limit_route(app, "/large", RouteLimits(body_bytes=1 << 20))
    client = app.test_client()
    for path, limit in (("/large", 1 << 20), ("/usual", DEFAULT.body_bytes)):
        assert client.post(path, data=b"x" * limit).text == str(limit)
        answer: Any = client.post(path, data=b"x" * (limit + 1))
        assert_problem(answer, 413)
        assert str(limit) in answer.json["detail"]


def test_a_body_of_untold_length_is_bounded_too(watcher: ModelWatcher) -> None:
    app = create_app(watcher)
    app.add_url_rule("/usual", "usual", lambda: str(len(request.data)), methods=["POST"])
    untold = {
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    client = app.test_client()
    for extra, status in ((0, 200), (1, 413)):
        body = b"x" * (DEFAULT.body_bytes + extra)
        assert client.post("/usual", data=body, environ_overrides=untold).status_code == status


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/v1/items/bag",
        "/v1/items?query=red",
        "/v1/items/bag/explanation?to=mug",
        "/v1/items/bag/similar?explain=true",
        "/v1/items/gone/similar",
        "/v1/users/nobody/recommendations",
        "/v1/models",
        "/v1/popular?model=two",
        "/v1/health/ready",
        "/explore/data/glance",
    ],
)
def test_a_silent_database_is_503_in_time(wired: ModelWatcher, wire: Wire, path: str) -> None:
    """Its connections are open, and nobody has noticed yet."""
    client = create_app(wired).test_client()
    wire.stall()
    begun = time.monotonic()
    answer = client.get(path)
    took_s = time.monotonic() - begun
    assert_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert took_s < ANSWER_S


@pytest.mark.slow
def test_a_batch_of_lost_questions_is_answered_in_time(wired: ModelWatcher, wire: Wire) -> None:
    client = create_app(wired).test_client()
    wire.stall()
    users = [{"kind": "user", "user_id": f"u{number}"} for number in range(20)]
    begun = time.monotonic()
    requests = [*users, {"kind": "similar", "item_id": "bag"}]
    answer: Any = client.post("/v1/recommendations:batch", json={"requests": requests})
    assert time.monotonic() - begun < ANSWER_S
    statuses = [result["status"] for result in answer.json["results"]]
    assert statuses == [503] * 20 + [200]


@pytest.mark.slow
def test_few_wait_for_a_silent_database_and_the_others_are_refused_at_once(
    wired: ModelWatcher, wire: Wire
) -> None:
    assert MAX_WAITING < THREADS_PER_WORKER
    app = create_app(wired)
    wire.stall()
    waiting = [
        threading.Thread(target=lambda: app.test_client().get("/v1/items/bag"))
        for _ in range(MAX_WAITING)
    ]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    begun = time.monotonic()
    answer = app.test_client().get("/v1/items/bag")
    assert time.monotonic() - begun < 0.5
    assert_problem(answer, 503)
    assert app.test_client().get("/v1/items/bag/similar").status_code == 200
    for thread in waiting:
        thread.join()
    wire.resume()
    assert app.test_client().get("/v1/items/bag").status_code == 200


def test_a_route_that_may_wait_longer_asks_first_whether_anybody_is_there(
    watcher: ModelWatcher, client_with: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = Database.read

    def note(self: Database, name: str, /, **parameters: Any) -> Any:
        if self is watcher.database:  # a lost one of another test may still be trying
            asked.append(name)
        return read(self, name, **parameters)

    monkeypatch.setattr(Database, "read", note)
    client = client_with()
    asked.clear()
    assert client.get("/explore/data/glance").status_code == 200
    assert asked[0] == "admin/ping"
    asked.clear()
    assert client.get("/v1/items/bag").status_code == 200
    assert "admin/ping" not in asked
