"""Read who had what out of Neo4j."""

from __future__ import annotations

import numpy as np

from graphdb import Database
from graphdb.projection import NO_TIME, read_interactions
from recommender.errors import InvalidDataError
from recommender.graph import loaded_relation
from recommender.histories import Histories, build_histories
from recommender.progress import Progress, no_progress
from recommender.time_order import time_order


def read_graph_histories(
    database: Database, progress: Progress = no_progress, *, may_be_empty: bool = False
) -> Histories:
    """Return the history of every user (or session without a user), in the order of time.

    The catalogue is every item of the graph, in the order of the ids. Items of one time stand in a
    shuffled order. Where some interactions have no time, no history has an order.

    Raises
    ------
    InvalidDataError
        If there are no interactions, unless that may be.
    """
    table = read_interactions(database, progress)
    if not len(table.rows) and not may_be_empty:
        raise no_interactions(database)
    has_times = not bool((table.times == NO_TIME).any())
    order = time_order((table.visitors,), table.times, table.rows)
    times = table.times[order].astype(np.int64) if has_times else None
    return build_histories(
        table.visitors[order],
        table.rows[order],
        user_ids=table.visitor_ids,
        item_ids=table.items.item_ids,
        times=times,
        is_ordered=has_times,
    )


def no_interactions(database: Database) -> InvalidDataError:
    """Return the error of what needs interactions, with the way out."""
    if loaded_relation(database) is None:
        return InvalidDataError(
            "The graph holds no interactions. Run `footpath load FILE` first, or `footpath "
            "load-graph FILE` for a network."
        )
    return InvalidDataError(
        "The graph was loaded as relationships and holds no interactions, so there are no users "
        "or sessions, which this needs. `footpath fit` without --auto, then `similar`, "
        "`communities`, `path`, `export` and `serve` work on it as it is."
    )
