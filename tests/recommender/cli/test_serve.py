"""The command around the server; what the server does is in tests/recommender/api."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from recommender.api.server import check_address, free_port
from recommender.cli.main import run
from recommender.errors import InvalidParameterError
from tests.recommender.api.server_process import HOST, ServerProcess
from tests.recommender.serve.shop import fill_shop, wipe


@pytest.fixture(scope="module")
def shop(neo4j_settings: Neo4jSettings) -> Iterator[Database]:
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        wipe(database)
        fill_shop(database)
        yield database
        wipe(database)


def test_taken_port_is_refused_by_name() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidParameterError, match=f"Port {port} of {HOST} is taken"):
            check_address(HOST, port)
    check_address(HOST, port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
def test_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(InvalidParameterError, match="Cannot listen on"):
        check_address(host, 8000)


@pytest.mark.parametrize(
    "option", [["--port", "70000"], ["--port", "x"], ["--workers", "0"]], ids=str
)
def test_options_out_of_range_are_usage_errors(option: list[str]) -> None:
    assert run(["serve", *option]) == 2


def test_without_a_database_it_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEO4J_URI", f"bolt://{HOST}:{free_port(HOST)}")
    monkeypatch.setenv("NEO4J_PASSWORD", "password")
    assert run(["serve", "--port", "0"]) == 1
    assert "No Neo4j answers" in capsys.readouterr().err


@pytest.mark.neo4j
@pytest.mark.slow
def test_two_workers_answer_and_leave_on_ctrl_c(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=("--workers", "2")) as server:
        assert server.get("/v1/items/bag/similar").json["model_version"] == "one"
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(40) == 0
    log = server.log.read_text()
    assert f"http://{HOST}:{server.port}/docs" in log
    assert "Traceback" not in log


@pytest.mark.neo4j
@pytest.mark.slow
def test_workers_leave_when_their_parent_is_killed(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        give_up = time.monotonic() + 20
        while not _is_free(server.port):
            assert time.monotonic() < give_up, "a worker still listens"
            time.sleep(0.2)


@pytest.mark.neo4j
@pytest.mark.slow
def test_server_without_a_model_starts_and_picks_the_first_one_up(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    wipe(shop)
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        assert server.get("/v1/items/bag/similar").status == 503
        fill_shop(shop)
        give_up = time.monotonic() + 20
        while server.get("/v1/health/ready").status != 200:
            assert time.monotonic() < give_up, "the model is not picked up"
            time.sleep(0.2)
        assert server.get("/v1/items/bag/similar").status == 200


def _is_free(port: int) -> bool:
    try:
        check_address(HOST, port)
    except InvalidParameterError:
        return False
    return True
