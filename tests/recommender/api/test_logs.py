"""Logs for machines: a line a request, with neither keys nor what was asked for."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdb import Neo4jSettings
from recommender.api.logs import JsonFormatter
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import ServerProcess

SIMILAR = "/v1/items/bag/similar"


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    formatter = JsonFormatter()
    return [
        json.loads(formatter.format(record))
        for record in caplog.records
        if record.name == "recommender.api.logs"
    ]


@pytest.mark.neo4j
def test_a_request_is_one_line_without_secrets(
    client_with: Callable[..., Any], watcher: ModelWatcher, caplog: pytest.LogCaptureFixture
) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_with(log_format="json")
    with caplog.at_level(logging.INFO, "recommender.api.logs"):
        client.get(
            f"{SIMILAR}?filter=title = 'private'",
            headers={"X-API-Key": key, "X-Request-ID": "mine"},
        )
        client.get(f"/v1/users/somebody/recommendations?token={key}")
    found, refused = lines_of(caplog)
    assert found["route"] == "/v1/items/{item_id}/similar"
    assert (found["method"], found["status"], found["request_id"]) == ("GET", 200, "mine")
    assert (found["key_id"], found["model_version"]) == (key.split("_")[1], "one")
    assert found["ms"] > 0
    assert found["time"].endswith("+00:00")
    assert (refused["status"], refused["key_id"]) == (401, None)
    text = json.dumps([found, refused])
    assert not any(secret in text for secret in (key, "private", "somebody", "bag"))


@pytest.mark.neo4j
def test_text_is_the_default_and_has_no_line_for_a_request(
    client_with: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "recommender.api.logs"):
        client_with().get(SIMILAR)
    assert lines_of(caplog) == []


def test_a_record_of_any_kind_is_one_line_of_json() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord(
            "a", logging.ERROR, "f", 1, "half \ud800 %s", ("ä",), sys.exc_info()
        )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    read = json.loads(line)
    assert (read["level"], read["message"]) == ("error", "half \ud800 ä")
    assert "ValueError: two\nlines" in read["exception"]


@pytest.mark.neo4j
@pytest.mark.slow
def test_all_that_a_real_server_writes_is_json(
    watcher: ModelWatcher, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    arguments = ("--log-format", "json", "--workers", "2")
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=arguments) as server:
        for number in range(20):
            server.get(SIMILAR, **{"X-Request-ID": f"number-{number}"})
        assert server.stop() == 0
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    ids = {line["request_id"] for line in lines if line["message"] == "request"}
    assert {f"number-{number}" for number in range(20)} <= ids
    assert any("Listening on" in line["message"] for line in lines)
