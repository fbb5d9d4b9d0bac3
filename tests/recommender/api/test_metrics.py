"""What ``/metrics`` tells: true counts, few series, one sum for all workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from graphdb import Neo4jSettings
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.api.test_app import lose_database

pytestmark = pytest.mark.neo4j

SIMILAR = "/v1/items/bag/similar"
ROUTE = "/v1/items/{item_id}/similar"
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def series_of(text: str) -> Series:
    """Return each series' value by its name and labels; that the text parses is part of it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def n_requests(series: Series, **labels: str) -> float:
    return sum(
        value
        for (name, found), value in series.items()
        if name == "footpath_request_seconds_count" and labels.items() <= dict(found).items()
    )


def test_requests_are_counted_by_method_route_and_status(client_with: Callable[..., Any]) -> None:
    client = client_with()
    for path in (SIMILAR, "/v1/items/mug/similar", "/v1/items/gone/similar"):
        client.get(path)
    series = series_of(client.get("/metrics").text)
    assert n_requests(series, method="GET", route=ROUTE, status="200") == 2
    assert n_requests(series, method="GET", route=ROUTE, status="404") == 1
    bucket = {"method": "GET", "route": ROUTE, "status": "200", "le": "+Inf"}
    assert series["footpath_request_seconds_bucket", tuple(sorted(bucket.items()))] == 2


def test_items_are_counted_by_where_they_came_from(client_with: Callable[..., Any]) -> None:
    client = client_with()
    # Hybrid from bag: mug and plate by the graph too, the others by their vectors; cold by neither.
    sources = [item["source"] for item in client.get(SIMILAR).json["items"]]
    batch = {"requests": [{"kind": "similar", "item_id": "bag"}] * 2}
    client.post("/v1/recommendations:batch", json=batch)
    series = series_of(client.get("/metrics").text)
    for source in set(sources):
        labels = (("source", source),)
        assert series["footpath_items_answered_total", labels] == 3 * sources.count(source)


@pytest.mark.slow
def test_a_thousand_ids_and_addresses_make_no_new_series(client_with: Callable[..., Any]) -> None:
    client = client_with()

    def ask(number: int) -> None:
        client.get(f"/v1/items/id-{number}/similar?k={number % 9 + 1}")
        client.get(f"/nowhere/{number}")
        client.open(f"/v1/popular?k={number % 9 + 1}", method=f"M{number}")

    ask(0)
    client.get("/metrics")
    before = series_of(client.get("/metrics").text)
    for number in range(1, 1_000):
        ask(number)
    after = series_of(client.get("/metrics").text)
    assert set(after) == set(before)
    assert n_requests(after, route=ROUTE, status="404") == 1_000
    assert n_requests(after, route="unknown") == 2_000
    assert n_requests(after, method="other") == 1_000
    assert "id-" not in client.get("/metrics").text


def test_model_and_database_are_told(
    client_with: Callable[..., Any], watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_with()
    series = series_of(client.get("/metrics").text)
    assert series["footpath_model_info", (("version", "one"),)] == 1
    assert series["footpath_items", ()] == 7
    assert series["footpath_database_away", ()] == 0
    # 2026-01-01T00:00:00Z, as the shop has it.
    assert series["footpath_model_published_timestamp_seconds", ()] == 1_767_225_600
    lose_database(watcher, monkeypatch)
    watcher.poll()
    assert series_of(client.get("/metrics").text)["footpath_database_away", ()] == 1


def test_once_there_are_keys_metrics_need_one_that_may_read(
    client_with: Callable[..., Any], watcher: ModelWatcher
) -> None:
    reader = create_key(watcher.database, "prometheus", ["read"])
    loader = create_key(watcher.database, "loader", ["events"])
    client = client_with()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {loader}"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {reader}"})
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")


@pytest.mark.slow
def test_whichever_worker_answers_tells_of_all(
    watcher: ModelWatcher, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    arguments = ("--workers", "2")
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=arguments) as server:
        n_asked = 60
        while server.log.read_text().count("answers.") < 2:
            server.get("/v1/health/live")
        for _ in range(n_asked):
            assert server.get(SIMILAR).status == 200
        counts = {
            n_requests(series_of(server.get("/metrics").text), route=ROUTE) for _ in range(10)
        }
        assert counts == {n_asked}
        assert server.stop() == 0
