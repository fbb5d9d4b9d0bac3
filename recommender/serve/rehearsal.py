"""Have the database plan the queries of requests before the first request comes.

A Neo4j that was just started has no plans, and needs a second or more for the longest queries:
more than a request has. What is written here is taken back. Neo4j keeps a plan for each order of
magnitude that texts and lists in the parameters have (0, 1, up to 10, up to 100, ...): those of
other sizes it will plan when they come, then in a tenth of the time.
"""

from __future__ import annotations

from graphdb import Database
from recommender.columns import CATEGORY
from recommender.events import Event, event_steps
from recommender.items import ItemWrite, read_items, write_steps
from recommender.serve.catalogue import read_history
from recommender.serve.reasons import WAY, explain_list

NOTHING, NOTHING_ELSE = "\0nothing", "\0no more"  # ids that nothing has, as long as many are
N_LISTED = 10


def rehearse(database: Database, relation: str | None, *, deadline_s: float) -> None:
    """Ask once what requests ask, for an item that is not there; each part by the deadline.

    Raises
    ------
    GraphDbError
        If the database is away, too slow, or refuses a query.
    """
    rehearse_reasons(database, relation, deadline_s=deadline_s)
    rehearse_others(database, relation, deadline_s=deadline_s)


def rehearse_reasons(database: Database, relation: str | None, *, deadline_s: float) -> None:
    """Ask the longest query alone, half of what there is to plan."""
    explain_list(database, relation, NOTHING, [NOTHING] * N_LISTED, deadline_s=deadline_s)


def rehearse_others(database: Database, relation: str | None, *, deadline_s: float) -> None:
    """Ask all the others, those that write among them."""
    way = WAY[relation or "TOGETHER"]
    database.read(way, item_id=NOTHING, other_id=NOTHING_ELSE, deadline_s=deadline_s)
    read_history(database, NOTHING, deadline_s=deadline_s)
    read_items(database, [NOTHING], deadline_s=deadline_s)
    writes = (
        ItemWrite("put", NOTHING, {CATEGORY: NOTHING}),
        ItemWrite("patch", NOTHING),
        ItemWrite("delete", NOTHING),
    )
    events = (
        Event(NOTHING, NOTHING, user_id=NOTHING, session_id=None),
        Event(NOTHING, NOTHING, user_id=None, session_id=NOTHING),
    )
    # As requests send them: the first query of a transaction has another plan than a later one.
    for write in writes:
        database.rehearse(write_steps([write]), deadline_s=deadline_s)
    for event in events:
        database.rehearse(event_steps({0: event}), deadline_s=deadline_s)
