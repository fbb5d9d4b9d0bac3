"""The OpenAPI document is true: its examples are answered, and schemathesis finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from recommender.api import create_app, schemas, writes
from recommender.api.access import STALE_S
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.api.test_app import Client
from tests.recommender.api.test_recommendations import ADD_HISTORY, SET_PRICES
from tests.recommender.serve.shop import SET_VECTORS, fill_shop, run, wipe

pytestmark = pytest.mark.neo4j

CONFIGURATION = Path(__file__).parent / "schemathesis.toml"
# What the examples name.
ADD_EXAMPLES = """
UNWIND [['85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 12],
        ['22469', 'HEART OF WICKER SMALL', 11]] AS row
CREATE (:Item {id: row[0], title: row[1], support: row[2], category: 'mugs', price: 2.5})
"""
SHAPES: dict[str, type[BaseModel]] = {
    "similar": schemas.SimilarAnswer,
    "explanation": schemas.ExplanationAnswer,
    "popular": schemas.PopularAnswer,
    "for_user": schemas.UserAnswer,
    "for_session": schemas.SessionAnswer,
    "batch": schemas.BatchAnswer,
    "item": schemas.ItemAnswer,
    "put_item": schemas.ItemAnswer,
    "patch_item": schemas.ItemAnswer,
    "change_items": writes.BulkAnswer,
    "events": writes.EventsAnswer,
    "rules": schemas.RulesAnswer,
    "put_rule": schemas.RuleAnswer,
    "experiments": schemas.ExperimentsAnswer,
    "put_experiment": schemas.ExperimentAnswer,
}


def fill_examples(database: Database) -> None:
    fill_shop(database)
    run(database, SET_PRICES)
    run(database, ADD_EXAMPLES)
    vectors = [{"id": "85123A", "vector": [0.6, 0.8]}, {"id": "22469", "vector": [0.8, 0.6]}]
    run(database, SET_VECTORS, rows=vectors, property="embedding_a")
    run(database, ADD_HISTORY, user_id="17850", item_ids=["bag", "85123A"], at="2026-01-01")


@pytest.fixture
def client(database: Database) -> Client:
    fill_examples(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    return create_app(watcher).test_client()


def test_every_example_of_the_document_is_answered(client: Client) -> None:
    document = client.get("/v1/openapi.json").json
    answered = set()
    operations = [
        (path, method, operation)
        for path, found in document["paths"].items()
        for method, operation in found.items()
    ]
    for path, method, operation in sorted(operations, key=lambda each: each[1] == "delete"):
        given = {p["name"]: p["example"] for p in operation.get("parameters", []) if "example" in p}
        url = path
        for name in [name for name in given if f"{{{name}}}" in path]:
            url = url.replace(f"{{{name}}}", quote(given.pop(name), safe=""))
        content = operation.get("requestBody", {}).get("content", {})
        body = content["application/json"]["example"] if content else None
        answer = client.open(url, method=method, query_string=given, json=body)
        name = operation["operationId"]
        if name in SHAPES:
            assert answer.status_code in (200, 201), (path, answer.text)
            SHAPES[name].model_validate(answer.json)
            answered.add(name)
        if name == "batch":
            assert [result["status"] for result in answer.json["results"]] == [200] * 3
    assert answered == set(SHAPES)


def test_lengths_and_bounds_are_in_the_document(client: Client) -> None:
    document = client.get("/v1/openapi.json").json
    similar = document["paths"]["/v1/items/{item_id}/similar"]["get"]
    schemas_of = {p["name"]: p["schema"] for p in similar["parameters"]}
    assert (schemas_of["limit"]["minimum"], schemas_of["limit"]["maximum"]) == (1, 1000)
    assert schemas_of["filter"]["maxLength"] == 1000
    # A query string cannot be null, and nothing else in the document is.
    assert "null" not in json.dumps([schemas_of, document["components"].get("securitySchemes", {})])


def test_keys_and_their_scopes_are_in_the_document_once_there_are_any(database: Database) -> None:
    fill_examples(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    client: Any = create_app(watcher).test_client()
    open_to_all = client.get("/v1/openapi.json").json
    assert not [path for path, found in operations_of(open_to_all) if "security" in found]
    create_key(database, "shop", ["read"])
    client = create_app(watcher).test_client()
    keyed = client.get("/v1/openapi.json").json
    assert set(keyed["components"]["securitySchemes"]) == {"key", "bearer"}
    needed = {found["operationId"]: found.get("security") for _, found in operations_of(keyed)}
    assert needed["similar"] == [{"key": ["read"]}, {"bearer": ["read"]}]
    assert needed["batch"] == needed["similar"]
    assert needed["events"] == [{"key": ["events"]}, {"bearer": ["events"]}]
    assert needed["put_item"] == [{"key": ["write"]}, {"bearer": ["write"]}]
    assert needed["rules"] == [{"key": ["admin"]}, {"bearer": ["admin"]}]
    assert needed["live"] is needed["ready"] is None


def operations_of(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, found in document["paths"].items() for one in found.values()]


@pytest.fixture
def server(neo4j_settings: Neo4jSettings, tmp_path: Path) -> Iterator[ServerProcess]:
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        wipe(database)
        fill_examples(database)
        with ServerProcess(neo4j_settings, tmp_path / "log") as server:
            yield server
        wipe(database)


@pytest.mark.slow
@pytest.mark.parametrize(("is_keyed", "n_examples"), [(False, 20), (True, 5)])
def test_schemathesis_finds_nothing(
    neo4j_settings: Neo4jSettings,
    server: ServerProcess,
    tmp_path: Path,
    is_keyed: bool,
    n_examples: int,
) -> None:
    """All checks, a fixed seed, some examples an operation; without keys, then with one."""
    headers = []
    if is_keyed:
        with connect(neo4j_settings) as database:
            headers = ["-H", f"X-API-Key: {create_key(database, 'all', ['admin'])}"]
        time.sleep(STALE_S)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"),
        f"http://127.0.0.1:{server.port}/v1/openapi.json",
        *("--checks", "all", "--max-examples", str(n_examples), "--seed", "1"),
        *("--phases", "examples,coverage,fuzzing", "--warnings", "off", "--continue-on-failure"),
        *headers,
    ]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-5000:] + found.stderr
    assert "No issues found" in found.stdout
