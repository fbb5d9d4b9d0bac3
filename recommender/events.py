"""Write what visitors did into the graph as it happens: events, one or many at a time.

An event is an ``:INTERACTED`` relationship whose key is made of its ``event_id``: sent twice it is
written once. The weights of ``:TOGETHER`` and ``:NEXT`` follow with the next ``footpath relate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from graphdb import Database
from recommender.columns import DEFAULT_TYPE
from recommender.key_conflicts import again_after_conflicts

Outcome = Literal["accepted", "duplicate", "unknown_item"]

MAX_EVENTS = 1000  # in one transaction
MAX_TRIES = 5
KEY_PREFIX = "event:"


@dataclass(frozen=True)
class Event:
    """Somebody did something with an item."""

    event_id: str
    item_id: str
    user_id: str | None  # one of the two is there; a session without a user is a visitor of its own
    session_id: str | None
    at: datetime | None = None  # None: now
    type: str = DEFAULT_TYPE
    value: float | None = None


def write_events(
    database: Database, events: Sequence[Event], *, deadline_s: float | None = None
) -> list[Outcome]:
    """Write events in one transaction and return what became of each, in their order.

    Users and sessions are created as they come; an event of an item that is not there is not
    written. Of several with one id the first counts.
    """
    first: dict[str, int] = {}
    for place, event in enumerate(events):
        first.setdefault(event.event_id, place)
    steps = event_steps({place: events[place] for place in first.values()})

    def write() -> list[list[dict[str, Any]]]:
        return database.write_all(steps, deadline_s=deadline_s)

    outcomes: dict[int, Outcome] = {}
    for written in again_after_conflicts(write, MAX_TRIES):
        outcomes |= {row["place"]: row["outcome"] for row in written}
    return [
        outcomes[place] if first[event.event_id] == place else "duplicate"
        for place, event in enumerate(events)
    ]


def event_steps(events: Mapping[int, Event]) -> list[tuple[str, dict[str, Any]]]:
    """Return the queries of one transaction, and their parameters, for events by their places."""
    rows = [_row(event, place) for place, event in events.items()]
    return [
        (f"events/write_{kind}_events", {"rows": found})
        for kind in ("user", "session")
        if (found := [row for row in rows if (row["user_id"] is not None) == (kind == "user")])
    ]


def _row(event: Event, place: int) -> dict[str, Any]:
    return {
        "place": place,
        "key": KEY_PREFIX + event.event_id,
        "item_id": event.item_id,
        "user_id": event.user_id,
        "session_id": event.session_id,
        "at": event.at or datetime.now(UTC),
        "type": event.type,
        "value": event.value,
    }
