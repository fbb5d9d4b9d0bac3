"""A load with Neo4j's importer makes the graph that a load over Bolt makes, or leaves none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graphdb import Database, EmbeddedServerError, apply_migrations, connect
from graphdb.embedded import EmbeddedSettings, Home, start_server, stop_server
from recommender.cli import load
from recommender.cli.main import run
from recommender.errors import InvalidDataError
from recommender.load import LoadOptions, LoadReport, load_interactions, unfinished_loads
from recommender.load.bulk import NotForImporterError, load_in_bulk

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

NODES = (
    "MATCH (n) WHERE NOT n:FootpathTest AND NOT n:Migration "
    "RETURN labels(n) AS labels, properties(n) AS found"
)
RELATIONSHIPS = (
    "MATCH (a)-[r]->(b) RETURN labels(a) + coalesce(a.id, a.name) AS a, "
    "labels(b) + coalesce(b.id, b.name) AS b, type(r) AS type, properties(r) AS found"
)
SCHEMA = (
    "SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties RETURN name, labelsOrTypes, properties"
)
OFTEN_OTHER = ("started_at", "finished_at", "source")

N_NODES = 4 + 2 + 4 + 1  # users, sessions without one, items and the load itself

SALES = pd.DataFrame(
    {
        "user_id": ["u1", "u1", "u1", 'q"uote, \n', None, None, "u2", "007"],
        "session_id": ["s1", "s1", "s1", None, "s\r\n2", "s3", "s4", " x"],
        "item_id": ["a", "a", "b", "a", "a", "é", "b", "'; DROP"],
        "timestamp": ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", "1969-12-31T23:59:59.000001Z",
                      None, "0001-01-01", "9999-12-31T23:59:59.999999Z", "2024-02-29", None],
        "weight": [1.0, 1.0, 2.5, None, 1e-300, 0.1, -3.0, 1e16],
        "type": ["view", "view", None, "buy", "view", None, "view", "view"],
    }
)  # fmt: skip
CATALOGUE = pd.DataFrame(
    {
        "item_id": ["a", "b", "never sold"],
        "title": ['LAMP, "RED"\nlarge', " ", "007"],
        "category": ["lamps", None, "lamps"],
        "price": [2.5, 3.0, None],
        "pieces": ["1", "2", "3"],
        "code": ["007", "7", "1.0"],
    }
)  # fmt: skip


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedSettings]:
    """Give a home of its own with a running, empty server."""
    settings = EmbeddedSettings(tmp_path / "home")
    try:
        with connect(start_server(settings, os.environ)) as database:
            apply_migrations(database)
        yield settings
    finally:
        stop_server(settings)


def content(database: Database) -> dict[str, list[str]]:
    """Return all of a database, in an order of its own, as text that shows types too."""
    found = {}
    for name, text in (("nodes", NODES), ("relationships", RELATIONSHIPS), ("schema", SCHEMA)):
        rows = database.run_text(name, text, {})
        for row in rows:
            for column in OFTEN_OTHER:
                row.get("found", {}).pop(column, None)
        found[name] = sorted(repr({k: shown(v) for k, v in row.items()}) for row in rows)
    return found


def shown(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, repr(each)) for key, each in value.items())
    return value


def written(folder: Path) -> tuple[Path, Path]:
    SALES.to_csv(folder / "sales.csv", index=False)
    CATALOGUE.to_csv(folder / "items.csv", index=False)
    return folder / "sales.csv", folder / "items.csv"


def in_bulk(settings: EmbeddedSettings, sales: Path, **more: Any) -> LoadReport:
    return load_in_bulk(settings, os.environ, sales, **more)


def test_the_graph_is_that_of_a_load_over_bolt(
    database: Database, own: EmbeddedSettings, tmp_path: Path
) -> None:
    sales, items = written(tmp_path)
    options = LoadOptions(batch_size=3)
    over_bolt = load_interactions(database, sales, options, items=items)
    report = in_bulk(own, sales, options=options, items=items)
    with connect(start_server(own, os.environ)) as mine:  # under the password it had before
        apply_migrations(mine)
        assert content(mine) == content(database)
        again = load_interactions(mine, sales, options, items=items)
        assert (again.n_interactions_new, again.load_id) == (0, report.load_id)
    for name in ("load_id", "n_rows", "n_interactions_new", "n_repeated", "n_bad_rows",
                 "n_users_new", "n_sessions_new", "n_items_new", "n_item_rows"):  # fmt: skip
        assert getattr(report, name) == getattr(over_bolt, name), name
    assert list(own.home.glob("import*")) == []


def test_a_database_that_is_not_empty_and_bad_rows_are_refused(
    own: EmbeddedSettings, tmp_path: Path
) -> None:
    sales, _ = written(tmp_path)
    bad = tmp_path / "bad.csv"
    bad.write_text(sales.read_text("utf-8") + "u,s,i,31/02,1,view\n", "utf-8")
    with pytest.raises(InvalidDataError, match=r"Row 9 of .*bad.csv, column timestamp: '31/02'"):
        in_bulk(own, bad)
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text('{"item_id": "i", "size": 1}\n{"item_id": "j", "size": "large"}\n', "utf-8")
    with pytest.raises(NotForImporterError, match="size"):
        load_in_bulk(own, os.environ, (), items=mixed)
    with connect(start_server(own, os.environ)) as database:
        assert content(database)["nodes"] == []
        with pytest.raises(EmbeddedServerError, match="Other programs are connected"):
            in_bulk(own, sales)
        load_interactions(database, sales)
        before = content(database)
    with pytest.raises(EmbeddedServerError, match="not empty"):
        in_bulk(own, sales)
    with connect(start_server(own, os.environ)) as database:
        assert content(database) == before
    assert list(own.home.glob("import*")) == []


def test_a_home_without_a_database_takes_the_import_before_its_first_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales, items = written(tmp_path)
    load_interactions(database, sales, items=items)
    new = EmbeddedSettings(tmp_path / "home")
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.setenv("FOOTPATH_HOME", str(new.home))
    try:
        assert run(["load", str(sales), "--items", str(items), "--bulk"]) == 0
        with connect(start_server(new, os.environ)) as mine:
            assert content(mine) == content(database)
    finally:
        stop_server(new)


KILLED = """
import os, signal, sys
from pathlib import Path
from graphdb.embedded import EmbeddedSettings
from recommender.load.bulk import load_in_bulk

def die(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

load_in_bulk(EmbeddedSettings(Path(sys.argv[1])), os.environ, sys.argv[2], on_step=die)
"""


def test_killed_at_any_step_it_leaves_the_empty_database_or_the_whole_load(
    own: EmbeddedSettings, tmp_path: Path
) -> None:
    sales, _ = written(tmp_path)
    for step in ("import", "check", "stop", "commit", "swap"):
        command = [sys.executable, "-c", KILLED, str(own.home), str(sales), step]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        with connect(start_server(own, os.environ)) as database:
            n_nodes = len(content(database)["nodes"])
            assert n_nodes == (0 if step != "swap" else N_NODES), step
    with connect(start_server(own, os.environ)) as database:
        apply_migrations(database)
        assert unfinished_loads(database) == []
        assert load_interactions(database, sales).n_interactions_new == 0
    assert not (Home(own.home).folder / "import.ready").exists()


def test_the_command_loads_in_bulk_what_is_large_or_asked_for_and_says_so(
    own: EmbeddedSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    sales, items = written(tmp_path)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    monkeypatch.setenv("FOOTPATH_HOME", str(own.home))
    monkeypatch.setattr(load, "BULK_FROM_MB", 0.0001)
    with connect(start_server(own, os.environ)):  # others use it: over Bolt, unless asked
        assert run(["load", str(sales), "--bulk"]) == 1
        assert "Other programs are connected" in capfd.readouterr().err
        assert run(["load", str(sales)]) == 0
        out, err = capfd.readouterr()
        assert "Loading over Bolt instead: Other programs are connected" in err
        assert "7 new interactions" in out
    assert run(["wipe", "--yes"]) == 0
    capfd.readouterr()
    assert run(["load", str(sales), "--items", str(items)]) == 0
    out, err = capfd.readouterr()
    assert "Neo4j's importer" in err
    assert "7 new interactions" in out
    assert run(["load", str(sales)]) == 0  # not empty any more: over Bolt
    out, err = capfd.readouterr()
    assert "importer" not in err
    assert "0 new interactions" in out
    assert run(["load", str(sales), "--bulk"]) == 2
    assert "is for an empty database" in capfd.readouterr().err
    monkeypatch.setenv("NEO4J_URI", "bolt://localhost:1")
    assert run(["load", str(sales), "--bulk"]) == 2
    assert "NEO4J_URI is set" in capfd.readouterr().err
