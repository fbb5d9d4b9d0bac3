"""The same walks in pure Cypher: for small graphs, Neo4j Browser and as a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.errors import UnknownItemError
from recommender.graph import Relation
from recommender.progress import Progress, no_progress
from recommender.walks.corpus import WalkCorpus
from recommender.walks.sampler import WalkSettings, start_rows

if TYPE_CHECKING:
    from graphdb import Database

WALKS_A_QUERY = 500

_QUERIES: dict[Relation, tuple[str, str, str]] = {
    "NEXT": ("walk/start_items_next", "walk/first_order_next", "walk/second_order_next"),
    "TOGETHER": (
        "walk/start_items_together",
        "walk/first_order_together",
        "walk/second_order_together",
    ),
}


def cypher_walks(
    database: Database,
    relation: Relation,
    settings: WalkSettings,
    *,
    start_ids: Sequence[str] | None = None,
    progress: Progress = no_progress,
) -> WalkCorpus:
    """Return walks that the database makes itself, by the law of ``make_walks``.

    Neo4j's ``rand()`` takes no seed: the seed settles the starts, not the steps, so no two runs are
    alike. A walk takes tens of thousands of steps a second here, and a hundred million in numba.

    Parameters
    ----------
    database : Database
        Holds ``:Item`` nodes and the relationships.
    relation : {"NEXT", "TOGETHER"}
        What is walked: NEXT in its direction, TOGETHER either way.
    settings : WalkSettings
        As for ``make_walks``.
    start_ids : sequence of str, optional
        Start from these, ``n_walks`` times each, instead of from all items with neighbours.
    progress : callable
        Called with the walks done so far and their total.

    Raises
    ------
    UnknownItemError
        If a start is no item.
    InvalidDataError
        If no item has a neighbour.
    """
    starts = _starts(database, relation, settings) if start_ids is None else []
    for _ in range(settings.n_walks if start_ids is not None else 0):
        starts.extend(start_ids or [])
    walks: list[list[str]] = []
    for at in range(0, len(starts), WALKS_A_QUERY):
        walks += walk_from(database, relation, settings, starts[at : at + WALKS_A_QUERY])
        progress(len(walks), len(starts))
    return _corpus(walks, relation, settings)


def _starts(database: Database, relation: Relation, settings: WalkSettings) -> list[str]:
    rows = database.read(_QUERIES[relation][0])
    support = np.array([row["support"] for row in rows], dtype=np.int64)
    chosen = start_rows(np.ones(len(rows), dtype=bool), support, settings)
    return [rows[row]["item_id"] for row in chosen.tolist()]


def walk_from(
    database: Database,
    relation: Relation,
    settings: WalkSettings,
    start_ids: list[str],
    *,
    deadline_s: float | None = None,
) -> list[list[str]]:
    """Return one walk from each start, as item ids; a dead end shortens it.

    Raises
    ------
    UnknownItemError
        If a start is no item.
    """
    _, first_order, second_order = _QUERIES[relation]
    values: dict[str, Any] = {
        "start_ids": start_ids,
        "length": settings.length,
        "deadline_s": deadline_s,
    }
    if settings.is_first_order:
        rows = database.read(first_order, **values)
    else:
        rows = database.read(second_order, **values, p=float(settings.p), q=float(settings.q))
    missing = set(range(len(start_ids))) - {row["number"] for row in rows}
    if missing:
        raise UnknownItemError(f"There is no item '{start_ids[min(missing)][:80]}' to start from.")
    return [row["item_ids"] for row in rows]


def _corpus(walks: list[list[str]], relation: Relation, settings: WalkSettings) -> WalkCorpus:
    item_ids = tuple(sorted({item_id for walk in walks for item_id in walk}))
    row_of = {item_id: row for row, item_id in enumerate(item_ids)}
    matrix = np.full((len(walks), settings.length), -1, dtype=np.int32)
    for number, walk in enumerate(walks):
        matrix[number, : len(walk)] = [row_of[item_id] for item_id in walk]
    provenance = {"walks": asdict(settings), "walker": "cypher", "graph": {"relation": relation}}
    return WalkCorpus(item_ids, matrix, provenance)
