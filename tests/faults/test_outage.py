"""A real server goes on while its real Neo4j is killed or silent, and recovers with it.

A minute of each is `python -m bench outage`, which also tells how soon.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from bench.speed.outage import killed, stopped, watch_outage
from graphdb import Neo4jSettings, apply_migrations, connect
from graphdb.embedded import EmbeddedSettings, start_server, stop_server
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.serve.shop import fill_shop

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

ANSWER_S = 2.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSettings]:
    """A home of its own, as its Neo4j is killed."""
    settings = EmbeddedSettings(tmp_path_factory.mktemp("outage") / "home")
    try:
        yield settings
    finally:
        stop_server(settings)


@pytest.fixture(scope="module")
def neo4j(home: EmbeddedSettings) -> Neo4jSettings:
    found = start_server(home, os.environ)
    with connect(found) as database:
        apply_migrations(database)
        fill_shop(database)
    return found


@pytest.fixture(scope="module")
def server(
    neo4j: Neo4jSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    with ServerProcess(neo4j, tmp_path_factory.mktemp("serve") / "log") as server:
        yield server


@pytest.mark.parametrize("lose", [stopped, killed])
def test_memory_answers_the_graph_refuses_in_time_and_both_recover(
    server: ServerProcess,
    home: EmbeddedSettings,
    lose: Callable[[EmbeddedSettings], AbstractContextManager[None]],
) -> None:
    outage = watch_outage(server, lambda: lose(home), seconds=5)
    assert len(outage.memory) > 50
    assert outage.broken() == []
    assert sum(asked.is_marked for asked in outage.memory) > 10
    assert outage.wrong() == []
    refused = outage.refused()
    assert len(refused) > 20
    assert max(asked.took_s for asked in refused) < ANSWER_S
    assert math.isfinite(outage.recovery_s)
    assert not server.get("/v1/items/bag/similar").headers.get("x-database-away")
