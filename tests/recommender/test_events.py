"""Events into a real database: each once, however often and from wherever it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from graphdb import Database
from recommender.events import Event, write_events
from recommender.items import ItemWrite, write_items
from recommender.serve import read_history

pytestmark = pytest.mark.neo4j

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
INTERACTIONS = """
MATCH (v)-[r:INTERACTED]->(i:Item)
RETURN labels(v)[0] AS label, v.id AS visitor, i.id AS item, r.type AS type, r.value AS value,
       r.session AS session, r.at AS at
ORDER BY r.key
"""


@pytest.fixture
def shop(database: Database) -> Database:
    write_items(database, [ItemWrite("put", "lamp"), ItemWrite("put", "bag")])
    return database


def test_events_become_interactions_of_users_and_of_sessions(shop: Database) -> None:
    outcomes = write_events(
        shop,
        [
            Event("e1", "lamp", "u", "s", NOON, "purchase", 2.0),
            Event("e2", "bag", None, "s"),
            Event("e3", "none", "u", None),
        ],
    )
    assert outcomes == ["accepted", "accepted", "unknown_item"]
    first, second = shop.run_text("test", INTERACTIONS, {})
    assert first.pop("at").to_native() == NOON
    assert first == {
        "label": "User", "visitor": "u", "item": "lamp", "type": "purchase", "value": 2.0,
        "session": "s",
    }  # fmt: skip
    assert (second["label"], second["visitor"], second["session"]) == ("Session", "s", "s")
    assert abs(second["at"].to_native() - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_event_counts_once(shop: Database) -> None:
    event = Event("e1", "lamp", "u", None)
    other = Event("e1", "bag", "v", None)
    assert write_events(shop, [event, other]) == ["accepted", "duplicate"]
    assert write_events(shop, [event, other]) == ["duplicate", "duplicate"]
    assert len(shop.run_text("test", INTERACTIONS, {})) == 1


def test_an_event_sent_from_many_places_at_once_counts_once(shop: Database) -> None:
    def send(n: int) -> list[str]:
        return list(write_events(shop, [Event(f"e{n % 5}", "lamp", "u", None)]))

    with ThreadPoolExecutor(8) as threads:
        outcomes = [outcome for found in threads.map(send, range(40)) for outcome in found]
    assert sorted(outcomes) == ["accepted"] * 5 + ["duplicate"] * 35
    assert len(shop.run_text("test", INTERACTIONS, {})) == 5


def test_what_comes_late_is_no_part_of_what_was_known_before(shop: Database) -> None:
    write_events(shop, [Event("e1", "lamp", "u", None, NOON)])
    known = read_history(shop, "u")
    until = known[-1].known_ms
    assert until is not None
    assert until > NOON.timestamp() * 1000
    write_events(shop, [Event("e2", "bag", "u", None, NOON - timedelta(hours=1))])
    assert [had.item_id for had in read_history(shop, "u")] == ["bag", "lamp"]
    assert [had.item_id for had in read_history(shop, "u", until_ms=until)] == ["lamp"]
