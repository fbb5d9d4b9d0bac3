"""Read who had what out of Neo4j."""

from __future__ import annotations

import numpy as np

from graphdb import Database
from graphdb.projection import NO_TIME, read_interactions
from recommender.errors import InvalidDataError
from recommender.histories import Histories, build_histories
from recommender.progress import Progress, no_progress


def read_graph_histories(database: Database, progress: Progress = no_progress) -> Histories:
    """Return the history of every user (or session without a user), in the order of time.

    The catalogue is every item of the graph, in the order of the ids. Where some interactions
    have no time, no history has an order.

    Raises
    ------
    InvalidDataError
        If there are no interactions.
    """
    table = read_interactions(database, progress)
    if not len(table.rows):
        raise InvalidDataError("The graph holds no interactions. Run `footpath load FILE` first.")
    has_times = not bool((table.times == NO_TIME).any())
    return build_histories(
        table.visitors,
        table.rows,
        user_ids=table.visitor_ids,
        item_ids=table.items.item_ids,
        times=table.times.astype(np.int64) if has_times else None,
        is_ordered=has_times,
    )
