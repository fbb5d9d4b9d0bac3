"""One Neo4j for each process of a run, emptied before each test that asks for ``database``.

It is Footpath's own, in a temporary home; or the one that ``NEO4J_URI`` names, if that is empty or
was marked with a ``(:FootpathTest)`` node.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from graphdb import Database, Neo4jSettings, SchemaError, apply_migrations, connect
from graphdb.contents import SLOTS
from graphdb.embedded import EmbeddedSettings, start_server, stop_server
from graphdb.queries import parse_query

# A busy machine takes longer for an example; that is no failure.
settings.register_profile("footpath", settings(), deadline=None)
settings.load_profile("footpath")

_QUERIES = Path(__file__).parent / "queries"


@pytest.fixture(scope="session", autouse=True)
def footpath_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for this run, so that no test touches the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("footpath") / "home"
        patch.setenv("FOOTPATH_HOME", str(home))
        yield home


@pytest.fixture(scope="session")
def neo4j_settings(footpath_home: Path) -> Iterator[Neo4jSettings]:
    """Address and credentials of the run's Neo4j."""
    external = Neo4jSettings.from_environment(os.environ)
    if external is not None:
        if "PYTEST_XDIST_WORKER" in os.environ:
            pytest.exit("The tests empty the database of NEO4J_URI: run them with -n 0.", 2)
        with connect(external) as database:
            _refuse_data_of_others(database)
        yield external
        return
    settings = EmbeddedSettings(footpath_home)
    try:
        yield start_server(settings, os.environ)
    finally:
        stop_server(settings)


@pytest.fixture
def database(neo4j_settings: Neo4jSettings) -> Iterator[Database]:
    """The run's database: connected, emptied, its schema up to date, no vector index."""
    with connect(neo4j_settings) as database:
        _empty(database)
        yield database


@pytest.fixture
def selected(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Give the run's database, which the environment selects too: what commands use."""
    for name, value in database.settings.as_environment().items():
        monkeypatch.setenv(name, value)
    return database


@pytest.fixture
def items(database: Database) -> Database:
    """Give the database with forty items, i000 to i039, and nothing else."""
    item_ids = [f"i{number:03}" for number in range(40)]
    database.write("load/merge_items", ids=item_ids)
    return database


def _refuse_data_of_others(database: Database) -> None:
    row = _run(database, "test_database")[0]
    if row["n_nodes"] and not row["is_marked"]:
        pytest.exit(
            f"The tests would delete the {row['n_nodes']} nodes in {database.settings.uri}. Name "
            "an empty database in NEO4J_URI, or allow it there with: CREATE (:FootpathTest)",
            returncode=2,
        )


def _empty(database: Database) -> None:
    _run(database, "empty_relationships")
    _run(database, "empty_graph")
    for slot in SLOTS:
        database.run_alone(f"publish/drop_index_{slot}")
    try:
        apply_migrations(database)
    except SchemaError:  # the test before this one tried out migrations of its own
        _run(database, "forget_migrations")
        apply_migrations(database)
    _run(database, "mark_database")


def _run(database: Database, name: str) -> list[dict[str, object]]:
    source = (_QUERIES / f"{name}.cypher").read_text(encoding="utf-8")
    return database.run_text(name, parse_query(name, source).text, {})
