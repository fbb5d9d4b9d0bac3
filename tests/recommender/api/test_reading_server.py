"""Filters, pages and reasons through the real server: switches, events, a lost database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import pytest

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from tests.recommender.api.server_process import ServerProcess, Wire
from tests.recommender.api.test_pages import ADD_ITEMS
from tests.recommender.api.test_recommendations import ADD_HISTORY
from tests.recommender.serve.shop import SET_VECTORS, activate, fill_shop, run, wipe

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

WHY = "/v1/items/bag/explanation?to=mug"


@pytest.fixture(scope="module")
def shop(neo4j_settings: Neo4jSettings) -> Iterator[Database]:
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        wipe(database)
        fill_shop(database)
        run(database, ADD_ITEMS)
        angles = np.random.default_rng(1).random(250) * 2 * np.pi
        for slot in ("a", "b"):
            rows = [
                {"id": f"n{n}", "vector": [float(np.cos(angle)), float(np.sin(angle))]}
                for n, angle in enumerate(angles)
            ]
            run(database, SET_VECTORS, rows=rows, property=f"embedding_{slot}")
        yield database
        wipe(database)


@pytest.fixture
def wire(neo4j_settings: Neo4jSettings) -> Iterator[Wire]:
    wire = Wire(neo4j_settings)
    yield wire
    wire.close()


def pages(server: ServerProcess, path: str, query: dict[str, str], n_pages: int) -> list[str]:
    """Return the items of some pages."""
    found: list[str] = []
    for _ in range(n_pages):
        answer = server.get(f"{path}?{urlencode(query)}")
        assert answer.status == 200, answer.text
        found += [item["item_id"] for item in answer.json["items"]]
        query = {**query, "cursor": answer.json["next_cursor"]}
    return found


def test_ten_pages_repeat_and_leave_out_nothing_while_events_arrive_and_versions_switch(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["bag", "n1"], at="2026-01-01")
    stop = threading.Event()

    def disturb() -> None:
        number = 0
        while not stop.wait(0.02):
            number += 1
            at = (datetime(2026, 1, 2) + timedelta(milliseconds=number)).isoformat()
            run(shop, ADD_HISTORY, user_id="ann", item_ids=[f"n{number % 250}"], at=at)
            if number % 20 == 0:
                activate(shop, "two" if number % 40 else "one")

    disturber = threading.Thread(target=disturb)
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=("--workers", "2")) as server:
        disturber.start()
        try:
            for path, query in [
                ("/v1/users/ann/recommendations", {"k": "20"}),
                ("/v1/items/bag/similar", {"k": "20", "filter": "price < 90"}),
                ("/v1/items/n7/similar", {"k": "20", "diversity": "0.4"}),
                ("/v1/popular", {"k": "20"}),
            ]:
                for _ in range(3):
                    found = pages(server, path, query, 10)
                    assert len(found) == len(set(found)) == 200, path
        finally:
            stop.set()
            disturber.join()
            activate(shop, "one")


def test_reasons_are_503_in_time_and_back_when_the_database_is(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path, wire: Wire
) -> None:
    with ServerProcess(neo4j_settings, tmp_path / "log", uri=wire.uri) as server:
        assert server.get(WHY).json["reasons"]["weight"] == 4.0
        wire.stall()
        answer = server.get(WHY)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        similar = "/v1/items/bag/similar"
        assert server.get(f"{similar}?explain=true").status == 503
        assert server.get(f"{similar}?filter={quote('price < 50')}").status == 200
        wire.resume()
        give_up = time.monotonic() + 30
        while server.get(WHY).status != 200 and time.monotonic() < give_up:
            time.sleep(0.2)
        assert server.get(f"{similar}?explain=true&k=1").json["items"][0]["reasons"]
