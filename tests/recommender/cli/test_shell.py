"""``footpath shell`` as a process: code given, code piped in, errors in a line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphdb import Database, Neo4jSettings
from tests.recommender.serve.shop import fill_shop

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]


@pytest.fixture
def environ(database: Database, neo4j_settings: Neo4jSettings, tmp_path: Path) -> dict[str, str]:
    fill_shop(database)
    return {
        **os.environ,
        **neo4j_settings.as_environment(),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }


def shell(
    environ: dict[str, str], *arguments: str, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "recommender", "shell", *arguments],
        env=environ,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_code_prints_what_its_last_line_gives(environ: dict[str, str]) -> None:
    done = shell(environ, "-c", 'similar("red bag", k=2)[["item_id", "score"]]')
    assert done.returncode == 0, done.stderr
    words = done.stdout.split()
    assert words[:2] == ["item_id", "score"]
    assert words[3:5] == ["mug", "1.30"]


def test_an_error_is_one_line_and_exit_code_1(environ: dict[str, str]) -> None:
    done = shell(environ, "-c", 'why("bag", "nope")')
    assert done.returncode == 1
    assert "Error: There is no item with the id 'nope'." in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_session_knows_graph_items_and_classes(environ: dict[str, str]) -> None:
    typed = (
        "len(items)\n"
        'Item.match(graph, "bag").first().strongest(1)\n'
        'neighbours("bag").item_id.tolist()\n'
        "Model.match(graph, 'one').first().slot\n"
    )
    done = shell(environ, typed=typed)
    assert done.returncode == 0, done.stderr
    assert "the graph at bolt://" in done.stdout
    assert "Out[1]: 7" in done.stdout
    assert "(<Item id='mug'>, 4.0)" in done.stdout
    assert "['mug', 'plate']" in done.stdout
    assert "Out[4]: 'a'" in done.stdout


def test_the_password_is_nowhere(environ: dict[str, str]) -> None:
    done = shell(environ, "-c", "graph")
    assert environ["NEO4J_PASSWORD"] not in done.stdout + done.stderr
