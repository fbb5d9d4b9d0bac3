"""Why items go together: real relationships and shared sessions of the graph, and how to see them.

Visitors are counted, never named: whoever may read recommendations need not know who bought what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphdb import Database
from graphdb.queries import find_query
from recommender.errors import InvalidParameterError, UnknownItemError
from recommender.ids import is_id
from recommender.serve.catalogue import find_item

MAX_EXPLAINED = 100  # items of one list
# What one list may cost the database: the item's latest interactions and strongest neighbours.
LIST_BOUNDS = {"n_interactions": 500, "n_neighbours": 200, "n_between": 3}
PAIR_BOUNDS = {"n_interactions": 10_000, "n_neighbours": 2_000, "n_between": 10}
# Written out, as names of queries are looked up by a test.
EXPLAIN = {"TOGETHER": "serve/explain_together", "NEXT": "serve/explain_next"}
WAY = {"TOGETHER": "serve/shortest_way_together", "NEXT": "serve/shortest_way_next"}
PICTURE = {"TOGETHER": "browser/why_two_items_together", "NEXT": "browser/why_two_items_next"}
SESSIONS = "browser/shared_sessions"


@dataclass(frozen=True)
class Between:
    """An item that both are related to."""

    item_id: str
    title: str | None
    weights: list[float]  # from the one to it, from it to the other


@dataclass(frozen=True)
class Reasons:
    """What the graph holds for one item to stand beside another."""

    weight: float | None  # of the relationship between the two; None: there is none
    count: int | None  # how often the pair was seen
    last_seen: str | None
    between: list[Between]  # the strongest by the product of the weights
    n_shared_sessions: int  # among the latest interactions of the one
    last_shared: str | None


@dataclass(frozen=True)
class Way:
    """A way along relationships from one item to another."""

    item_ids: list[str]
    titles: list[str | None]
    weights: list[float]  # one fewer


@dataclass(frozen=True)
class Replay:
    """A query as it runs in Neo4j Browser, with its parameters."""

    cypher: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """Why one item goes with another."""

    relation: str
    reasons: Reasons
    ways: list[Way]  # the shortest first, then the strongest
    replay: list[Replay]


def explain_list(
    database: Database,
    relation: str | None,
    item_id: str,
    other_ids: list[str],
    *,
    deadline_s: float | None = None,
) -> tuple[dict[str, Reasons], Replay]:
    """Return the reasons of each item of a list that is still there, and the query: only one.

    Raises
    ------
    InvalidParameterError
        If the list is longer than 100.
    GraphDbError
        If the database does not answer by the deadline.
    """
    if len(other_ids) > MAX_EXPLAINED:
        raise InvalidParameterError(f"At most {MAX_EXPLAINED} items of a list can be explained.")
    name = EXPLAIN[relation or "TOGETHER"]
    parameters = {"item_id": item_id, "other_ids": other_ids, **LIST_BOUNDS}
    rows = database.read(name, deadline_s=deadline_s, **parameters)
    reasons = {row["other_id"]: _reasons(row) for row in rows}
    return reasons, Replay(find_query(name).text, parameters)


def explain_pair(
    database: Database,
    relation: str | None,
    item_id: str,
    other_id: str,
    *,
    deadline_s: float | None = None,
) -> Explanation:
    """Return why one item goes with another.

    Raises
    ------
    UnknownItemError
        If the database lacks one of the two.
    InvalidParameterError
        If they are the same.
    GraphDbError
        If the database does not answer by the deadline.
    """
    if item_id == other_id:
        raise InvalidParameterError("An item is not explained by itself: choose another for `to`.")
    relation = relation or "TOGETHER"
    is_possible = is_id(item_id) and is_id(other_id)
    parameters = {"item_id": item_id, "other_ids": [other_id], **PAIR_BOUNDS}
    rows = (
        database.read(EXPLAIN[relation], deadline_s=deadline_s, **parameters) if is_possible else []
    )
    if not rows:
        lacks_first = find_item(database, item_id, deadline_s=deadline_s) is None
        missing = item_id if lacks_first else other_id
        raise UnknownItemError(f"There is no item '{missing[:80]}'.")
    pair = {"item_id": item_id, "other_id": other_id}
    reasons = _reasons(rows[0])
    ways = _ways(item_id, other_id, rows[0], reasons)
    if not ways:
        found = database.read(WAY[relation], deadline_s=deadline_s, **pair)
        ways = [Way(**row) for row in found]
    replay = [
        Replay(find_query(EXPLAIN[relation]).text, parameters),
        *(Replay(find_query(name).text, pair) for name in (PICTURE[relation], SESSIONS)),
    ]
    return Explanation(relation, reasons, ways, replay)


def _reasons(row: dict[str, Any]) -> Reasons:
    return Reasons(
        row["weight"],
        row["count"],
        row["last_seen"],
        [Between(**between) for between in row["between"]],
        row["n_shared_sessions"],
        row["last_shared"],
    )


def _ways(item_id: str, other_id: str, row: dict[str, Any], reasons: Reasons) -> list[Way]:
    first, last = row["item_title"], row["title"]
    ways = []
    if reasons.weight is not None:
        ways.append(Way([item_id, other_id], [first, last], [reasons.weight]))
    for between in reasons.between:
        item_ids = [item_id, between.item_id, other_id]
        ways.append(Way(item_ids, [first, between.title, last], between.weights))
    return ways
