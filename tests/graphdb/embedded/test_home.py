"""The home of Footpath's own Neo4j, without a server."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from graphdb import EmbeddedServerError, SettingsError
from graphdb.embedded import EmbeddedSettings, Home, server_status, stop_server
from graphdb.embedded.artifacts import load_jar_list
from graphdb.embedded.config import java_command
from graphdb.embedded.home import Running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def running(supervisor_pid: int) -> Running:
    return Running(supervisor_pid, 1, 20_001, 20_002, "2026.08.1", "2026-01-01T00:00:00+00:00", 30)


def test_only_the_owner_may_look_into_the_home_and_read_the_password(home: Home) -> None:
    assert len(home.password()) >= 24
    assert mode(home.folder) == 0o700
    assert mode(home.password_file) == 0o600


def test_the_password_stays_and_differs_between_homes(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.prepare()
    assert home.password() == home.password() != other.password()


def test_a_home_that_was_opened_to_others_is_closed_again(home: Home) -> None:
    home.lock_file.touch()
    home.folder.chmod(0o755)
    home.prepare()
    assert mode(home.folder) == 0o700


def test_an_open_folder_with_other_files_is_not_taken_for_a_home(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    tmp_path.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="files that are not Footpath's"):
        Home(tmp_path).prepare()
    assert mode(tmp_path) == 0o755


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="FOOTPATH_HOME"):
        Home(tmp_path / "file" / "home").prepare()


def test_ports_stay_the_same_until_a_stranger_takes_one(home: Home) -> None:
    first = home.ports()
    assert home.ports() == first
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", first.bolt))
        stranger.listen()
        assert first.bolt not in home.ports()
    assert home.ports() != first  # the new ones were kept


def test_damaged_ports_are_chosen_anew(home: Home) -> None:
    home.ports_file.write_text('{"bolt": ')
    assert home.ports() == home.ports()


@pytest.mark.parametrize("pid", [os.getpid(), 4_000_000], ids=["someone else's pid", "no such pid"])
def test_a_stale_pid_file_counts_as_not_running(home: Home, pid: int) -> None:
    home.write_running(running(pid))
    settings = EmbeddedSettings(home.folder)
    assert home.running() is None
    assert not server_status(settings).running
    assert not stop_server(settings)  # and this test is still alive


def test_a_torn_pid_file_counts_as_not_running(home: Home) -> None:
    home.running_file.write_text('{"supervisor_pid": 1')
    assert home.running() is None


def test_the_lock_keeps_a_second_program_out_and_goes_with_the_first(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from graphdb.embedded import Home\n"
        "with Home(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(home.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(EmbeddedServerError, match="Another Footpath command"):
            home.locked(wait_s=0.1).__enter__()
        other.kill()
    with home.locked(wait_s=0):
        pass


def test_one_home_under_two_names_is_one_home(home: Home, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(home.folder)
    assert Home(tmp_path / "link").folder == home.folder


def test_settings_come_from_the_environment() -> None:
    environ = {"FOOTPATH_HOME": "/tmp/h", "FOOTPATH_HEAP": "2G", "FOOTPATH_IDLE_MINUTES": "0"}
    assert EmbeddedSettings.from_environment(environ) == EmbeddedSettings(Path("/tmp/h"), "2g", 0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOOTPATH_HEAP", "lots"),
        ("FOOTPATH_HEAP", "0g"),
        ("FOOTPATH_IDLE_MINUTES", "-1"),
        ("FOOTPATH_IDLE_MINUTES", "nan"),
        ("FOOTPATH_IDLE_MINUTES", "soon"),
        ("FOOTPATH_JAVA", "/no/java"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        EmbeddedSettings.from_environment({name: value})


@pytest.mark.parametrize(
    ("modules", "is_told"),
    [
        ("java.base jdk.incubator.vector", True),
        ("jdk.incubator.vector java.base", True),
        ("java.base jdk.incubator.vector.other", False),
        (None, False),
    ],
)
def test_a_java_that_can_use_wide_instructions_is_told_to(
    home: Home, tmp_path: Path, modules: str | None, is_told: bool
) -> None:
    java = tmp_path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.touch(0o755)
    if modules is not None:
        release = java.parent.parent / "release"
        release.write_text(f'JAVA_VERSION="25"\nMODULES="{modules}"\n', encoding="utf-8")
    environ = {"FOOTPATH_HOME": str(home.folder), "FOOTPATH_JAVA": str(java)}
    settings = EmbeddedSettings.from_environment(environ)
    (home.neo4j / "conf").mkdir(parents=True, exist_ok=True)
    command = java_command(home, settings, load_jar_list(settings.version), [])
    assert command[0] == str(java)
    assert ("--add-modules=jdk.incubator.vector" in command) == is_told
