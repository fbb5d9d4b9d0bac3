"""Walks over users and items: bipartite DeepWalk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.graph import ItemGraph, build_item_graph
from recommender.histories import Histories
from recommender.progress import Progress, no_progress
from recommender.score import power_of
from recommender.walks.corpus import WalkCorpus
from recommender.walks.sampler import WalkSettings, make_walks


def user_item_graph(histories: Histories, *, item_power: float = 0.0) -> ItemGraph:
    """Return the graph whose nodes are the items, then the users, joined where one had the other.

    From an item all its users are equally likely. From a user, an item weighs its popularity to
    ``item_power``. Support is the popularity of an item and 0 for users, so that starts by
    frequency are items.
    """
    matrix = histories.matrix.tocoo()
    items = matrix.col.astype(np.int32)
    users = (matrix.row + histories.n_items).astype(np.int32)
    to_items = power_of(histories.n_users_of, item_power)[items]
    return build_item_graph(
        (*histories.item_ids, *(f"user {user_id}" for user_id in histories.user_ids)),
        np.concatenate([items, users]),
        np.concatenate([users, items]),
        np.concatenate([np.ones(len(items), np.float32), to_items]),
        support=np.concatenate([histories.n_users_of, np.zeros(histories.n_users, np.int64)]),
        is_directed=True,
    )


def make_item_walks(
    histories: Histories,
    settings: WalkSettings,
    *,
    item_power: float = 0.0,
    n_threads: int | None = None,
    progress: Progress = no_progress,
) -> WalkCorpus:
    """Return walks of items, each step going over a user who had both.

    ``settings.length`` counts items and ``settings.n_walks`` walks an item; the users between
    them are dropped. Walks start at items by frequency: those that many users had tell more.
    """
    graph = user_item_graph(histories, item_power=item_power)
    share = histories.n_items / graph.n_items  # the sampler counts walks per node
    between = replace(
        settings,
        n_walks=max(1, round(settings.n_walks * share)),
        length=2 * settings.length - 1,
        starts="frequency",
    )
    walks = make_walks(graph, between, n_threads=n_threads, progress=progress)
    provenance = {**walks.provenance, "walker": "numba, users between items dropped"}
    return WalkCorpus(histories.item_ids, np.ascontiguousarray(walks.walks[:, ::2]), provenance)
