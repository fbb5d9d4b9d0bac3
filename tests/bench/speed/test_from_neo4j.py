from pathlib import Path

import neo4j
import pytest

import bench.speed
from bench.speed.peers.cypher import statement
from graphdb import Database

QUERIES = Path(bench.speed.__file__).parent / "queries"
NAMES = sorted(path.stem for path in QUERIES.glob("*.cypher"))


@pytest.mark.parametrize("name", NAMES)
def test_every_statement_says_what_it_is_for(name: str) -> None:
    first = (QUERIES / f"{name}.cypher").read_text("utf-8").splitlines()[0]

    assert first.startswith("// ")
    assert first.endswith(".")
    assert "//" not in statement(name)
    assert not statement(name).endswith(";")


@pytest.mark.neo4j
def test_the_server_accepts_every_statement(database: Database) -> None:
    settings = database.settings
    parameters = {"ids": [], "rows": [], "id": "a", "vector": [0.5]}
    sign_in = (settings.username, settings.password)
    with (
        neo4j.GraphDatabase.driver(settings.uri, auth=sign_in) as driver,
        driver.session() as session,
    ):
        # Neo4j 2026.01 and later know it, and plan a search in it only if it is there.
        session.run(statement("create_shelf_index")).consume()
        for name in NAMES:
            session.run(f"EXPLAIN {statement(name)}", parameters).consume()
        session.run(statement("drop_shelf_index")).consume()
