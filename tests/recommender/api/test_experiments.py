"""Experiments through the API: who gets which variant, what it changes, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphdb import Database, Neo4jSettings
from recommender.api import create_app
from recommender.experiments import Experiment, put_experiments
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.api.test_app import Client, assert_problem
from tests.recommender.api.test_recommendations import (
    ADD_HISTORY,
    BATCH,
    SESSIONS,
    SIMILAR,
    ids,
)
from tests.recommender.serve.shop import EMBEDDING_ONE, HYBRID_ONE, HYBRID_TWO, fill_shop, run

pytestmark = pytest.mark.neo4j

BLEND = {"variants": [{"name": "a"}, {"name": "b", "changes": {"method": "embedding"}}]}


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    run(database, ADD_HISTORY, user_id="ann", item_ids=["bag"], at="2026-01-01T00:00:00Z")
    return database


@pytest.fixture
def log(tmp_path: Path) -> ExposureLog:
    return ExposureLog(tmp_path / "exposures")


@pytest.fixture
def client(watcher: ModelWatcher, log: ExposureLog) -> Client:
    return create_app(watcher, exposures=log).test_client()


def put(client: Client, name: str, body: dict[str, Any]) -> Any:
    answer = client.put(f"/v1/experiments/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def visitor_of(name: str, body: dict[str, Any], variant: str) -> str:
    """Return a visitor who gets a variant."""
    test = Experiment.model_validate({"name": name, **body})
    units = (f"v{number}" for number in range(1000))
    return next(unit for unit in units if (got := test.variant_of(unit)) and got.name == variant)


def test_a_visitor_is_answered_by_its_variant_and_told_so(client: Client) -> None:
    put(client, "blend", BLEND)
    for variant, expected in (("a", HYBRID_ONE), ("b", EMBEDDING_ONE)):
        visitor = visitor_of("blend", BLEND, variant)
        for _ in range(2):
            answer = client.get(SIMILAR, query_string={"visitor": visitor})
            assert ids(answer) == expected
            assert answer.json["variant"] == {"experiment": "blend", "variant": variant}
            assert answer.headers["X-Variant"] == f"blend/{variant}"


def test_metrics_count_the_lists_of_each_variant(client: Client) -> None:
    put(client, "blend", BLEND)
    a, b = (visitor_of("blend", BLEND, variant) for variant in "ab")
    for visitor in (a, a, b):
        client.get(SIMILAR, query_string={"visitor": visitor})
    client.get(SIMILAR)
    similar = {"kind": "similar", "item_id": "bag"}
    requests = [{**similar, "visitor": a}, {**similar, "visitor": b}, similar]
    client.post("/v1/recommendations:batch", json={"requests": requests})
    told = client.get("/metrics").text
    assert 'footpath_variant_lists_total{experiment="blend",variant="a"} 3.0' in told
    assert 'footpath_variant_lists_total{experiment="blend",variant="b"} 2.0' in told


def test_without_a_visitor_there_is_no_experiment(client: Client) -> None:
    put(client, "blend", BLEND)
    answer = client.get(SIMILAR)
    assert ids(answer) == HYBRID_ONE
    assert answer.json["variant"] is None
    assert "X-Variant" not in answer.headers


def test_a_question_that_says_itself_what_is_compared_takes_no_part(client: Client) -> None:
    put(client, "blend", BLEND)
    visitor = visitor_of("blend", BLEND, "b")
    answer = client.get(SIMILAR, query_string={"visitor": visitor, "method": "hybrid"})
    assert answer.json["variant"] is None
    assert ids(answer) == HYBRID_ONE


def test_a_user_is_its_own_unit_and_a_session_has_a_visitor(client: Client) -> None:
    put(client, "blend", {**BLEND, "routes": ["user", "session"]})
    of_user = client.get("/v1/users/ann/recommendations").json["variant"]
    of_session = client.post(SESSIONS, json={"items": ["bag"], "visitor": "ann"}).json["variant"]
    assert of_user == of_session is not None
    assert client.post(SESSIONS, json={"items": ["bag"]}).json["variant"] is None
    assert client.get(SIMILAR, query_string={"visitor": "ann"}).json["variant"] is None
    assert_problem(client.get("/v1/users/ann/recommendations?visitor=x"), 400)


def test_pages_stay_with_their_variant(client: Client) -> None:
    put(client, "blend", BLEND)
    query = {"visitor": visitor_of("blend", BLEND, "b"), "k": 2}
    first = client.get(SIMILAR, query_string=query)
    rest = client.get(SIMILAR, query_string={**query, "cursor": first.json["next_cursor"]})
    assert ids(first) + ids(rest) == EMBEDDING_ONE[:4]
    assert client.delete("/v1/experiments/blend").status_code == 204
    query["cursor"] = first.json["next_cursor"]
    assert_problem(client.get(SIMILAR, query_string=query), 400)


def test_a_variant_may_be_without_rules(client: Client) -> None:
    body = {"variants": [{"name": "a"}, {"name": "b", "changes": {"rules": False}}]}
    put(client, "plain", body)
    client.put("/v1/rules/no-mug", json={"kind": "hide", "filter": "item_id = 'mug'"})
    for variant, has_mug in (("a", False), ("b", True)):
        visitor = visitor_of("plain", body, variant)
        answer = client.get(SIMILAR, query_string={"visitor": visitor})
        assert ("mug" in ids(answer)) is has_mug
        assert bool(answer.json["rules"]) is not has_mug


def test_a_variant_of_another_version_takes_part_once_that_is_in_memory(
    client: Client, watcher: ModelWatcher
) -> None:
    body = {"variants": [{"name": "a"}, {"name": "b", "changes": {"model": "two"}}]}
    assert put(client, "model", body)["missing_models"] == ["two"]
    visitor = visitor_of("model", body, "b")
    answer = client.get(SIMILAR, query_string={"visitor": visitor})
    assert (ids(answer), answer.json["variant"]) == (HYBRID_ONE, None)
    while watcher.in_memory("two") is None:
        watcher.poll()
    answer = client.get(SIMILAR, query_string={"visitor": visitor})
    assert ids(answer) == HYBRID_TWO
    assert answer.json["model_version"] == answer.headers["X-Model-Version"] == "two"
    requests = [{"kind": "similar", "item_id": "bag", "visitor": visitor}]
    batch = client.post(BATCH, json={"requests": requests}).json
    assert batch["model_version"] == "one"  # a batch is of one version
    assert batch["results"][0]["answer"]["variant"] is None


def test_a_version_that_is_not_there_stops_nothing(client: Client, watcher: ModelWatcher) -> None:
    body = {"variants": [{"name": "a"}, {"name": "b", "changes": {"model": "gone"}}]}
    put(client, "model", body)
    watcher.poll()
    answer = client.get(SIMILAR, query_string={"visitor": visitor_of("model", body, "b")})
    assert (ids(answer), answer.json["variant"]) == (HYBRID_ONE, None)


def test_of_several_experiments_the_first_by_name_answers(client: Client) -> None:
    for name in ("one", "two"):
        put(client, name, {**BLEND, "share": 0.5})
    tests = [Experiment.model_validate({"name": n, **BLEND, "share": 0.5}) for n in ("one", "two")]
    for number in range(20):
        visitor = f"v{number}"
        expected = next((test.name for test in tests if test.variant_of(visitor)), None)
        told = client.get(SIMILAR, query_string={"visitor": visitor}).json["variant"]
        assert (told and told["experiment"]) == expected


def test_every_list_that_a_variant_answers_is_a_line_of_the_log(
    client: Client, log: ExposureLog, tmp_path: Path
) -> None:
    put(client, "blend", BLEND)
    client.get(SIMILAR, query_string={"visitor": "v1", "k": 2}, headers={"X-Request-ID": "r1"})
    client.get(SIMILAR)  # nobody
    client.get("/v1/items/nothing/similar?visitor=v1")  # 404
    requests = [
        {"kind": "similar", "item_id": "bag", "visitor": "v2"},
        {"kind": "user", "user_id": "ann"},
    ]
    batch = client.post(BATCH, json={"requests": requests})
    assert "X-Variant" not in batch.headers
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "exposures").read_text().splitlines()]
    assert [(line["unit"], line["route"]) for line in lines] == [
        ("v1", "similar"), ("v2", "similar"), ("ann", "user"),
    ]  # fmt: skip
    assert lines[0]["request_id"] == "r1"
    assert len(lines[0]["items"]) == 2
    assert set(lines[0]) == {
        "at", "experiment", "variant", "unit", "route", "model_version", "items", "request_id",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"variants": [{"name": "a"}]},
        {"variants": [{"name": "a"}, {"name": "b", "changes": {"k": 5}}]},
        {**BLEND, "routes": ["popular"]},
        {**BLEND, "share": 2},
    ],
    ids=str,
)
def test_what_is_no_experiment_is_400(client: Client, body: Any) -> None:
    assert_problem(client.put("/v1/experiments/a", json=body), 400)
    assert client.get("/v1/experiments").json["experiments"] == []
    assert_problem(client.delete("/v1/experiments/a"), 404)


@pytest.mark.slow
def test_no_line_is_lost_when_workers_leave(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    put_experiments(shop, [Experiment.model_validate({"name": "blend", **BLEND})])
    file = tmp_path / "exposures"
    arguments = ("--workers", "2", "--exposure-log", str(file))
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=arguments) as server:
        for number in range(200):
            answer = server.get(f"/v1/items/bag/similar?visitor=v{number}")
            assert answer.json["variant"]["experiment"] == "blend"
            assert answer.headers["x-variant"].startswith("blend/")
        assert server.stop() == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {line["unit"] for line in lines} == {f"v{number}" for number in range(200)}
    assert len(lines) == 200
