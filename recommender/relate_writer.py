"""Weighted item relationships, as arrays -> the graph, each item's own in one transaction.

Items are addressed by Neo4j's own node ids, which were read with the vocabulary and are twice as
quick to find as ids of ours. A node id is only good as long as its item lives, so the vocabulary is
read again at the end: what was written counts once every item is still where it was. One writer:
why several lose is in docs/decisions/0016.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphdb import Database
from graphdb.projection import NO_TIME, ItemTable, read_items
from recommender.errors import InvalidDataError
from recommender.graph import Float64Array, Int64Array, Relation
from recommender.progress import Progress, no_progress

WRITE_BATCH = 2_000  # relationships in one transaction, or a little more
SUPPORT_BATCH = 10_000  # items in one transaction


@dataclass(frozen=True)
class Relationships:
    """Weighted pairs of items, in the order of (source, target)."""

    sources: Int64Array  # (n_relationships,), rows
    targets: Int64Array  # (n_relationships,), rows
    counts: Int64Array  # (n_relationships,), raw evidence
    weights: Float64Array  # (n_relationships,), above zero
    last_seen: Int64Array  # (n_relationships,), ms since 1970, NO_TIME where unknown


def write_relationships(
    database: Database,
    relation: Relation,
    items: ItemTable,
    found: Relationships,
    support: Int64Array,
    *,
    settings: str,
    progress: Progress = no_progress,
) -> None:
    """Put these in place of all relationships of one type, and set every item's support.

    Raises
    ------
    InvalidDataError
        If an item was deleted while they were written. The relation stays marked as unfinished.
    """
    database.write("relate/begin_relation", name=relation, settings=settings)
    database.run_alone("communities/clear_unclaimed")
    numbered = np.column_stack([items.nodes, support]).tolist()
    for first in range(0, len(numbered), SUPPORT_BATCH):
        database.write("relate/set_support", rows=numbered[first : first + SUPPORT_BATCH])
    written: Future[Any] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="relate writer") as executor:
        for rows, n_done in _batches(items, found):
            if written is not None:
                written.result()
                progress(n_done, len(found.sources))
            written = executor.submit(
                database.write, f"relate/replace_{relation.lower()}", rows=rows
            )
        if written is not None:
            written.result()
    progress(len(found.sources), len(found.sources))
    _refuse_if_items_are_gone(database, items)
    database.write("relate/finish_relation", name=relation, n_relationships=len(found.sources))


def _batches(items: ItemTable, found: Relationships) -> Iterator[tuple[list[list[Any]], int]]:
    """Yield rows for relate/replace_*, with how many relationships the batches before it hold."""
    targets, counts = items.nodes[found.targets].tolist(), found.counts.tolist()
    weights, nodes = found.weights.tolist(), items.nodes.tolist()
    last_seen = [None if time == NO_TIME else time for time in found.last_seen.tolist()]
    edges = np.searchsorted(found.sources, np.arange(len(nodes) + 1)).tolist()
    batch: list[list[Any]] = []
    n_before = n_batched = 0
    for row, node in enumerate(nodes):
        mine = slice(edges[row], edges[row + 1])
        batch.append([node, targets[mine], counts[mine], weights[mine], last_seen[mine]])
        n_batched += mine.stop - mine.start + 1
        if n_batched >= WRITE_BATCH or row + 1 == len(nodes):
            yield batch, n_before
            batch, n_before, n_batched = [], mine.stop, 0


def _refuse_if_items_are_gone(database: Database, items: ItemTable) -> None:
    now = read_items(database)
    node_now = dict(zip(now.item_ids, now.nodes.tolist(), strict=True))
    nodes = items.nodes.tolist()
    gone = [i for i, node in zip(items.item_ids, nodes, strict=True) if node_now.get(i) != node]
    if gone:
        raise InvalidDataError(
            f"{len(gone)} items were deleted while they were related, such as '{gone[0]}'. "
            "Run `footpath relate` again."
        )
