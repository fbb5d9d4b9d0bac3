"""The container files. No Docker engine is needed: they are parsed, and their commands run here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from graphdb import Database, Neo4jSettings
from tests.recommender.api.server_process import ServerProcess

ROOT = Path(__file__).parent.parent
ENTRYPOINT = ROOT / "docker" / "entrypoint.sh"
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?[\w.-]*")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def test_every_image_is_pinned(compose: Any, dockerfile: str) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) == 4
    assert all(PINNED.fullmatch(image) for image in images)


def test_health_checks_ask_a_query(compose: Any, dockerfile: str) -> None:
    assert (
        'cypher-shell -a bolt://localhost:7687 "RETURN 1"'
        in (compose["services"]["neo4j"]["healthcheck"]["test"][1])
    )
    assert "/v1/models" in health_check(dockerfile)[2]
    assert compose["services"]["api"]["depends_on"]["neo4j"]["condition"] == "service_healthy"


def test_nobody_is_root_and_nothing_is_open_to_the_network(compose: Any, dockerfile: str) -> None:
    assert re.search(r"^USER 1000:1000$", dockerfile, re.MULTILINE)
    api = compose["services"]["api"]
    assert api["user"].startswith("${FOOTPATH_UID:-1000}")
    assert api["read_only"] is True
    assert api["cap_drop"] == ["ALL"]
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_secrets_come_from_a_file(compose: Any) -> None:
    assert compose["secrets"]["neo4j_auth"]["file"].endswith("secrets/neo4j_auth}")
    for service in compose["services"].values():
        assert service["secrets"] == ["neo4j_auth"]
        assert service["environment"]["NEO4J_AUTH_FILE"] == "/run/secrets/neo4j_auth"
        assert "NEO4J_AUTH" not in service["environment"]
        assert "NEO4J_PASSWORD" not in service["environment"]


def test_data_is_in_volumes_and_dependencies_have_hashes(compose: Any, dockerfile: str) -> None:
    mounted = [volume.split(":")[0] for volume in compose["services"]["neo4j"]["volumes"]]
    assert mounted == list(compose["volumes"])
    assert "--require-hashes -r requirements.lock" in dockerfile


def test_every_setting_of_compose_is_in_the_example() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_0-9]+)=", example, re.MULTILINE))
    assert used <= named
    assert {"NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"} <= named
    assert re.search(r"PASSWORD=\S", example) is None


def test_what_is_copied_is_not_ignored(dockerfile: str) -> None:
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", dockerfile, re.MULTILINE)
    names = {source.split("/")[0] for line in copied for source in line.split()}
    kept = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert names == kept


@pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is not installed"
)
def test_docker_compose_takes_the_file() -> None:
    command = ["docker-compose", "-f", str(ROOT / "docker-compose.yml"), "config"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    config = yaml.safe_load(result.stdout)
    assert set(config["services"]) == {"api", "neo4j"}
    assert config["services"]["api"]["user"] == "1000:1000"


def health_check(dockerfile: str) -> list[str]:
    match = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert match is not None
    command: list[str] = json.loads(match[1])
    return command


def put_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)


def run_entrypoint(folder: Path, script: str, *arguments: str, **environ: str) -> Any:
    """Run the entry point with a ``footpath`` that is a shell script."""
    put_program(folder / "footpath", script)
    values = {"PATH": f"{folder}:{os.environ['PATH']}", **environ}
    return subprocess.run(
        [ENTRYPOINT, *arguments],
        env=values,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("secret", "username", "password"),
    [("neo4j/pass word\n", "neo4j", "pass word"), ("ann/a/b$c'\"\\", "ann", "a/b$c'\"\\")],
    ids=ascii,
)
def test_entry_point_takes_the_credentials_from_the_secret(
    tmp_path: Path, secret: str, username: str, password: str
) -> None:
    (tmp_path / "auth").write_text(secret)
    script = 'printf "%s|%s|%s" "$NEO4J_USERNAME" "$NEO4J_PASSWORD" "$*"'
    result = run_entrypoint(
        tmp_path, script, "serve", "--port", "1", NEO4J_AUTH_FILE=str(tmp_path / "auth")
    )
    assert result.stdout == f"{username}|{password}|serve --port 1"


def test_entry_point_prefers_a_password_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "auth").write_text("neo4j/other")
    result = run_entrypoint(
        tmp_path,
        'printf "%s" "$NEO4J_PASSWORD"',
        NEO4J_AUTH_FILE=str(tmp_path / "auth"),
        NEO4J_PASSWORD="mine",
    )
    assert result.stdout == "mine"


@pytest.mark.parametrize("secret", ["", "password", "/password", "neo4j/"], ids=ascii)
def test_entry_point_refuses_a_secret_of_another_form(tmp_path: Path, secret: str) -> None:
    (tmp_path / "auth").write_text(secret)
    result = run_entrypoint(tmp_path, "true", NEO4J_AUTH_FILE=str(tmp_path / "auth"))
    assert result.returncode == 1
    assert "must hold one line like neo4j/the-password" in result.stderr
    assert run_entrypoint(tmp_path, "true", NEO4J_AUTH_FILE="/none").returncode == 1


def test_entry_point_gives_its_place_to_the_command(tmp_path: Path) -> None:
    """Else SIGTERM would reach the shell, and the server would never drain."""
    put_program(tmp_path / "footpath", "echo $$")
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with subprocess.Popen([ENTRYPOINT], env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


def test_neo4j_is_asked_with_the_credentials_of_the_secret(tmp_path: Path, compose: Any) -> None:
    (tmp_path / "auth").write_text("neo4j/pass word/1\n")
    put_program(
        tmp_path / "cypher-shell", 'printf "%s|%s|%s" "$NEO4J_USERNAME" "$NEO4J_PASSWORD" "$*"'
    )
    test = compose["services"]["neo4j"]["healthcheck"]["test"]
    text = test[1].replace("$$", "$").replace("/run/secrets/neo4j_auth", str(tmp_path / "auth"))
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = subprocess.run(
        ["sh", "-c", text], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.stdout == "neo4j|pass word/1|-a bolt://localhost:7687 RETURN 1"


@pytest.mark.neo4j
@pytest.mark.slow
def test_health_check_follows_the_server(
    database: Database, neo4j_settings: Neo4jSettings, tmp_path: Path, dockerfile: str
) -> None:
    """Healthy without a model: the API and its database answer."""
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        _, option, code = health_check(dockerfile)
        command = [sys.executable, option, code.replace(":8000", f":{server.port}")]
        assert subprocess.run(command, timeout=30, check=False).returncode == 0
        server.stop()
        assert subprocess.run(command, timeout=30, check=False, capture_output=True).returncode == 1
