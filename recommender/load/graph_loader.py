"""A graph that is one already -> items and their relationships: no sessions, nothing to relate."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graphdb import Database
from graphdb.projection import NO_TIME, ItemTable, read_items
from recommender.errors import InvalidDataError
from recommender.graph import Int64Array, Relation
from recommender.load.edges import Edges, GraphOptions, read_edges
from recommender.load.loader import load_interactions
from recommender.progress import Progress, no_progress
from recommender.relate_writer import Relationships, write_relationships

logger = logging.getLogger(__name__)

MERGE_BATCH = 10_000  # items in one transaction

Data = Path | str | pd.DataFrame


@dataclass(frozen=True)
class GraphReport:
    """What a load of a graph has found and written."""

    load_id: str
    relation: Relation
    n_rows: int  # of edges, bad ones included
    n_bad_rows: int
    n_loops: int  # rows from a node to itself, left out
    n_repeated: int  # rows added to another of the same two nodes
    n_nodes: int  # that the edges name
    n_nodes_new: int
    n_relationships: int
    n_node_rows: int
    seconds: float
    bad_rows: tuple[str, ...] = ()  # the first few, in words


def load_graph(
    database: Database,
    data: Data | Sequence[Data],
    options: GraphOptions | None = None,
    *,
    nodes: Data | None = None,
    progress: Progress = no_progress,
) -> GraphReport:
    """Put the edges of some sources in place of all relationships of their type.

    Undirected edges become ``:TOGETHER``, directed ones ``:NEXT``. Rows of the same two nodes are
    one relationship, its weight their sum and its count their number. A node's ``support`` is the
    number of its neighbours. Every row is checked before anything is written.

    Parameters
    ----------
    database : Database
        With an up-to-date schema (``apply_migrations``).
    data : path, data frame, or several
        Edges: CSV, JSON Lines or Parquet, plain or gzip; several are one graph.
    nodes : path or data frame, optional
        One row per node: its id, and further columns that become properties.
    progress : Progress
        Told the rows checked (total 0), then the relationships written and their total.

    Raises
    ------
    InvalidDataError
        If a file cannot be read or a row is bad (unless ``options.skip_bad_rows``), or no edge
        joins two nodes. Nothing has been written then.
    """
    options = options or GraphOptions()
    begun = time.perf_counter()
    sources = [data] if isinstance(data, (str, Path, pd.DataFrame)) else list(data)
    name, edges = read_edges(sources, options, progress)
    is_loop = edges.sources == edges.targets
    if is_loop.all():
        raise InvalidDataError(f"No row of {name or 'nothing'} joins two different nodes.")
    read = 0
    if nodes is not None:
        read = load_interactions(database, [], options.of_nodes(), items=nodes).n_item_rows
    counts = {"n_rows": edges.n_rows, "n_bad": edges.n_bad_rows}
    database.write("load/start_load", id=edges.digest, source=name, **counts)
    n_new = _merge_items(database, edges.names)
    items = read_items(database)
    found = _relationships(edges, items, is_directed=options.is_directed)
    relation: Relation = "NEXT" if options.is_directed else "TOGETHER"
    settings = json.dumps({"edges": name, "digest": edges.digest})
    write_relationships(
        database, relation, items, found, _n_neighbours(found, len(items.item_ids)),
        settings=settings, progress=progress,
    )  # fmt: skip
    database.write("load/finish_load", id=edges.digest)
    n_relationships, n_loops = len(found.sources), int(is_loop.sum())
    report = GraphReport(
        load_id=edges.digest,
        relation=relation,
        n_rows=edges.n_rows,
        n_bad_rows=edges.n_bad_rows,
        n_loops=n_loops,
        n_repeated=len(edges.sources) - n_loops - n_relationships,
        n_nodes=len(edges.names),
        n_nodes_new=n_new,
        n_relationships=n_relationships,
        n_node_rows=read,
        seconds=time.perf_counter() - begun,
        bad_rows=edges.bad_rows,
    )
    logger.info("Loaded a graph: %s", report)
    return report


def _merge_items(database: Database, names: tuple[str, ...]) -> int:
    n_new = 0
    ids = sorted(names)  # one order for all loads, so that they do not deadlock
    for first in range(0, len(ids), MERGE_BATCH):
        part = ids[first : first + MERGE_BATCH]
        n_new += database.write("load/merge_items", ids=part)[0]["n_new"]
    return n_new


def _relationships(edges: Edges, items: ItemTable, *, is_directed: bool) -> Relationships:
    """Return each pair of nodes once, in the order of (source, target)."""
    row_of = {item_id: row for row, item_id in enumerate(items.item_ids)}
    rows = np.array([row_of.get(name, -1) for name in edges.names], np.int64)
    if (rows < 0).any():
        raise InvalidDataError("Nodes were deleted while they were loaded. Load the graph again.")
    sources, targets = rows[edges.sources], rows[edges.targets]
    if not is_directed:
        sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
    joins = sources != targets
    pairs, places = np.unique(sources[joins] * len(row_of) + targets[joins], return_inverse=True)
    return Relationships(
        sources=pairs // len(row_of),
        targets=pairs % len(row_of),
        counts=np.bincount(places).astype(np.int64),
        weights=np.bincount(places, edges.weights[joins]).astype(np.float64),
        last_seen=np.full(len(pairs), NO_TIME),
    )


def _n_neighbours(found: Relationships, n_items: int) -> Int64Array:
    """Return how many others each item is joined to, whichever way."""
    first = np.minimum(found.sources, found.targets)
    second = np.maximum(found.sources, found.targets)
    pairs = np.unique(first * n_items + second)
    ends = np.concatenate([pairs // n_items, pairs % n_items])
    return np.bincount(ends, minlength=n_items).astype(np.int64)
