"""The life of a real server, in few starts: each test is a chapter in one home's story."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from graphdb import CannotConnectError, EmbeddedServerError, connect
from graphdb.embedded import (
    EmbeddedSettings,
    Home,
    server_status,
    start_server,
    stop_server,
)
from graphdb.open import open_database
from recommender.cli.main import run

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

OPEN = """
import os
from graphdb import open_database
with open_database(os.environ) as database:
    print(database.settings.uri)
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSettings]:
    """A home of this module's own, with the spaces and quotes that a path may have."""
    settings = EmbeddedSettings(tmp_path_factory.mktemp("embedded") / "Anna's home")
    yield settings
    stop_server(settings)


@pytest.fixture
def environ(settings: EmbeddedSettings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    return {**kept, "FOOTPATH_HOME": str(settings.home), "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def own_environment(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's environment selects this module's server, whatever the run's is."""
    for name in ("NEO4J_URI", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FOOTPATH_HOME", environ["FOOTPATH_HOME"])


def processes_of(home: Path) -> list[psutil.Process]:
    """Return the JVMs and supervisors of a home."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if f"--home-dir={home}/neo4j" in command or command[1:] == [
            "-m",
            "graphdb.embedded.supervisor",
            str(home),
        ]:
            found.append(process)
    return found


def wait_until(is_done: Callable[[], bool], wait_s: float) -> bool:
    end = time.monotonic() + wait_s
    while not is_done() and time.monotonic() < end:
        time.sleep(0.1)
    return is_done()


def test_two_first_commands_at_once_share_one_server(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    commands = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN], env=environ, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    answers = {command.communicate(timeout=120)[0] for command in commands}
    assert [command.returncode for command in commands] == [0, 0]
    assert answers == {f"{server_status(settings).bolt_uri}\n"}
    assert len(processes_of(settings.home)) == 2  # one supervisor, one JVM


def test_the_server_outlives_commands_and_is_reused_at_once(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    before = server_status(settings)
    begun = time.monotonic()
    with open_database(environ) as database:
        assert database.settings.uri == before.bolt_uri
    assert time.monotonic() - begun < 2
    assert server_status(settings) == before


def test_neither_the_first_password_nor_none_opens_the_database(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    own = start_server(settings, environ)
    with pytest.raises(CannotConnectError):
        connect(replace(own, password="neo4j"))
    with pytest.raises(CannotConnectError):
        connect(replace(own, password=""))


def test_the_password_is_in_no_command_line_environment_or_log(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    password = start_server(settings, environ).password
    for process in processes_of(settings.home):
        assert password not in " ".join(process.cmdline())
        assert password not in " ".join(process.environ().values())
    for file in settings.home.rglob("*"):
        if file.suffix in (".log", ".conf", ".json", ".1"):
            assert password not in file.read_text(encoding="utf-8", errors="replace"), file


def test_only_loopback_is_listened_on_and_browser_is_served(
    settings: EmbeddedSettings, own_environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "browser"]) == 0
    shown = capsys.readouterr().out
    status = server_status(settings)
    assert status.browser_url is not None
    assert status.browser_url in shown
    assert str(status.bolt_uri) in shown
    assert Home(settings.home).password() not in shown
    with urllib.request.urlopen(status.browser_url, timeout=30) as answer:
        assert b"Neo4j Browser" in answer.read()
    listening = [c for c in psutil.Process(status.pid).net_connections() if c.status == "LISTEN"]
    assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {"127.0.0.1"}
    assert {c.laddr.port for c in listening} == {status.bolt_port, status.http_port}


def test_show_password_prints_the_one_that_opens_the_database(
    settings: EmbeddedSettings, own_environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "browser", "--show-password"]) == 0
    assert Home(settings.home).password() in capsys.readouterr().out


def test_status_and_logs_say_what_runs(
    settings: EmbeddedSettings, own_environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "status", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    status = server_status(settings)
    assert answer["running"] is True
    assert answer["pid"] == status.pid
    assert answer["ports"] == {"bolt": status.bolt_port, "http": status.http_port}
    assert answer["version"] == "2026.08.1"
    assert answer["idle_minutes"] == 30
    assert answer["home"] == str(settings.home)
    assert run(["db", "logs"]) == 0
    assert "Bolt enabled" in capsys.readouterr().out


def _binds(listener: socket.socket, port: int) -> bool:
    if listener.getsockname()[1] != port:
        with suppress(OSError):
            listener.bind(("127.0.0.1", port))
    return bool(listener.getsockname()[1] == port)


def test_a_killed_supervisor_takes_the_jvm_with_it_and_the_next_command_starts_anew(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    before = server_status(settings)
    assert before.supervisor_pid is not None
    os.kill(before.supervisor_pid, signal.SIGKILL)
    assert wait_until(lambda: not processes_of(settings.home), wait_s=60)
    assert not server_status(settings).running
    assert (settings.home / "running.json").exists()  # stale now
    with socket.socket() as stranger:  # and its port is someone else's by now
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A connection of another program may hold it for a moment; a program that listens there
        # for good will do as well.
        if wait_until(lambda: _binds(stranger, before.bolt_port or 0), wait_s=20):
            stranger.listen()
        started = start_server(replace(settings, idle_minutes=0.03), environ)
        assert started.uri != before.bolt_uri
    with connect(started) as database:
        assert database.read("admin/ping") == [{"version": "2026.08.1"}]


def test_it_stops_when_no_client_has_been_connected_for_the_idle_time(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    own = start_server(settings, environ)  # runs since the last test, with two seconds to idle
    with connect(own):
        time.sleep(4)
        assert server_status(settings).running
    assert wait_until(lambda: not processes_of(settings.home), wait_s=60)
    assert "no client for 0.03 minutes" in (settings.home / "server.log").read_text()


def test_a_start_that_fails_says_why_and_leaves_nothing_running(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    with pytest.raises(EmbeddedServerError, match=r"(?s)set FOOTPATH_HEAP to less.*Last lines of"):
        start_server(replace(settings, heap="9999g"), environ)
    assert not processes_of(settings.home)
    assert not server_status(settings).running


def test_a_crash_before_the_password_was_set_is_mended_by_the_next_start(
    settings: EmbeddedSettings, environ: dict[str, str]
) -> None:
    # What such a crash leaves: a system database that knows only the first password.
    for folder in ("databases", "transactions"):
        system = settings.home / "neo4j" / "data" / folder / "system"
        system.rename(system.with_name("system-before"))
    own = start_server(settings, environ)
    with connect(own) as database:
        assert database.read("admin/ping")


def test_stop_leaves_no_process_and_clean_data(
    settings: EmbeddedSettings, own_environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", "stop"]) == 0
    assert capsys.readouterr().out == "Neo4j has stopped.\n"
    assert not processes_of(settings.home)
    assert "the JVM has ended with code 0" in (settings.home / "server.log").read_text()
    assert run(["db", "stop"]) == 0
    assert run(["db", "status"]) == 0
    assert capsys.readouterr().out == f"No Neo4j runs in {settings.home}.\n" * 2
    assert run(["db", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["running"] is False
