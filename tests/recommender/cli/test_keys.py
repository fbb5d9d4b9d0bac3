"""``footpath keys``, and the server that asks for what it makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphdb import Database, Neo4jSettings
from recommender.cli.main import run
from recommender.keys import list_keys
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.serve.shop import fill_shop

pytestmark = [pytest.mark.neo4j, pytest.mark.usefixtures("selected")]


def test_a_key_is_printed_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "create", "shop"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("fp_")
    assert len(captured.out.split()) == 1
    assert "not shown again" in captured.err


def test_the_list_shows_no_secret(capsys: pytest.CaptureFixture[str], database: Database) -> None:
    run(["keys", "create", "shop", "--scope", "events", "--scope", "write", "--json"])
    key = json.loads(capsys.readouterr().out)["key"]
    for arguments in (["keys", "list"], ["keys", "list", "--json"]):
        assert run(arguments) == 0
        out = capsys.readouterr().out
        assert "shop" in out
        assert key[12:] not in out
        assert list_keys(database)[0].digest not in out


def test_revoking_the_last_one_says_what_follows(capsys: pytest.CaptureFixture[str]) -> None:
    run(["keys", "create", "shop", "--json"])
    key = json.loads(capsys.readouterr().out)["key"]
    assert run(["keys", "revoke", key.split("_")[1]]) == 0
    assert "answers nobody" in capsys.readouterr().out
    assert run(["keys", "revoke", "ffffffff"]) == 1
    assert "footpath keys list" in capsys.readouterr().err


def test_serving_others_without_a_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert "footpath keys create" in capsys.readouterr().err


@pytest.mark.slow
def test_a_real_server_asks_for_the_key(
    database: Database,
    neo4j_settings: Neo4jSettings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill_shop(database)
    run(["keys", "create", "shop", "--json"])
    key = json.loads(capsys.readouterr().out)["key"]
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        assert server.get("/v1/items/bag/similar").status == 401
        assert server.get("/v1/items/bag/similar", **{"X-API-Key": key}).status == 200
    assert key not in (tmp_path / "log").read_text()
