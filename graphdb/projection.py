"""Read the item graph out of Neo4j, packed, into arrays.

Where the server has vectors (2025.10 and later), 4,096 relationships travel as one packed vector a
column; an older server sends lists. Several readers ask for the relationships of some thousand
items each. Items come in the order of their ids, so the same graph gives the same arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from neo4j.vector import Vector
from numpy.typing import NDArray

from graphdb.connection import Database, Row
from graphdb.errors import CannotConnectError, QueryError

Int64Array = NDArray[np.int64]
Float64Array = NDArray[np.float64]
Columns = tuple[NDArray[Any], ...]

# Two readers keep two of the server's cores busy; on a server that has but one they lose nothing.
N_READERS = 2
ITEMS_PER_QUERY = 10_000
# Node ids are looked up in a table of this many entries an item at most (Neo4j numbers its nodes
# from 0, so it is seldom sparse), above that by bisection.
MAX_TABLE_SHARE = 16


@dataclass(frozen=True)
class ItemTable:
    """Every item, row ``n`` of one array belonging to row ``n`` of the others."""

    item_ids: tuple[str, ...]  # ascending
    support: Int64Array  # (n_items,), sessions that hold the item
    nodes: Int64Array  # (n_items,), Neo4j's own ids; only good within one read

    def rows_of(self, nodes: Int64Array) -> Int64Array:
        """Return the row of each node, -1 where the node is no item of this table."""
        if not len(self.nodes):
            return np.full(len(nodes), -1, np.int64)
        if self._row_by_node is not None:
            last = len(self._row_by_node) - 1  # stands for every node beyond the table
            rows: Int64Array = self._row_by_node[np.minimum(nodes, last)]
            return rows
        order = np.argsort(self.nodes)
        places = np.searchsorted(self.nodes, nodes, sorter=order).clip(max=len(order) - 1)
        found = order[places]
        return np.where(self.nodes[found] == nodes, found, -1)

    @cached_property
    def _row_by_node(self) -> Int64Array | None:
        """The row of node ``n`` at place ``n``, the last place being -1; None if too sparse."""
        n_places = int(self.nodes.max()) + 2
        if n_places > MAX_TABLE_SHARE * len(self.nodes):
            return None
        table = np.full(n_places, -1, np.int64)
        table[self.nodes] = np.arange(len(self.nodes))
        return table


@dataclass(frozen=True)
class ItemRelationships:
    """Weighted relationships between the rows of an :class:`ItemTable`."""

    items: ItemTable
    sources: Int64Array  # (n_relationships,), rows
    targets: Int64Array  # (n_relationships,), rows
    weights: Float64Array  # (n_relationships,), above zero


def read_items(database: Database) -> ItemTable:
    """Return every item with its support, in the order of the ids."""
    nodes: list[int] = []
    item_ids: list[str] = []
    support: list[int] = []
    for row in _all_rows(database, "project/read_items"):
        nodes += row["nodes"]
        item_ids += row["item_ids"]
        support += row["support"]
    return ItemTable(tuple(item_ids), np.array(support, np.int64), np.array(nodes, np.int64))


def read_relationships(
    database: Database,
    relation: Literal["NEXT", "TOGETHER"],
    *,
    packed: bool | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ItemRelationships:
    """Return the relationships of one type that can be walked (weight above zero).

    ``packed`` chooses how they travel; None asks the server's version. One whose end was created
    after the items were read is left out.
    """
    items = read_items(database)
    use_vectors = database.version.has_vector_type if packed is None else packed
    name = f"project/read_{relation.lower()}_{'packed' if use_vectors else 'lists'}"
    nodes = np.sort(items.nodes)  # the order in which they lie on disk
    chunks = [nodes[n : n + ITEMS_PER_QUERY] for n in range(0, len(nodes), ITEMS_PER_QUERY)]
    parts: list[Columns] = []
    n_read = 0
    with ThreadPoolExecutor(N_READERS, thread_name_prefix="projection") as readers:
        for part in readers.map(lambda chunk: _read_leaving(database, name, items, chunk), chunks):
            parts.append(part)
            n_read += len(part[0])
            progress(n_read, 0)
    sources, targets, weights = zip(*parts, strict=True) if parts else ((), (), ())
    return ItemRelationships(
        items=items,
        sources=_joined(sources, np.int64),
        targets=_joined(targets, np.int64),
        weights=_joined(weights, np.float64),
    )


def _read_leaving(database: Database, name: str, items: ItemTable, nodes: Int64Array) -> Columns:
    """Return sources and targets (rows) and weights of the relationships that leave some nodes."""
    parts: dict[str, list[NDArray[Any]]] = {"sources": [], "targets": [], "weights": []}
    for row in _finite_rows(database, name, nodes=nodes.tolist()):
        for column, arrays in parts.items():
            arrays.append(_array(row[column]))
    sources = items.rows_of(_joined(parts["sources"], np.int64))
    targets = items.rows_of(_joined(parts["targets"], np.int64))
    weights = _joined(parts["weights"], np.float64)
    known = (sources >= 0) & (targets >= 0)
    return (
        (sources, targets, weights)
        if known.all()
        else (sources[known], targets[known], weights[known])
    )


def _finite_rows(database: Database, name: str, **parameters: Any) -> list[Row]:
    try:
        return _all_rows(database, name, **parameters)
    except QueryError as error:
        if "ArgumentError" not in error.code:
            raise
        raise QueryError(
            f"A relationship's weight is not finite, so no vector takes it ({error}). "
            "Run `footpath relate` again to compute the weights anew.",
            error.code,
        ) from error


def _all_rows(database: Database, name: str, **parameters: Any) -> list[Row]:
    """Return all rows of a query, read once more if the connection breaks on the way."""
    try:
        return list(database.stream(name, **parameters))
    except CannotConnectError:
        return list(database.stream(name, **parameters))


def _array(value: Vector | list[Any]) -> NDArray[Any]:
    return value.to_numpy() if isinstance(value, Vector) else np.asarray(value)


def _joined(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.empty(0, dtype)


@dataclass(frozen=True)
class InteractionTable:
    """Every interaction, row ``n`` of one array belonging to row ``n`` of the others."""

    items: ItemTable
    visitor_ids: tuple[str, ...]  # of users, and of sessions without one
    visitors: Int64Array  # (n_interactions,), places in visitor_ids
    rows: Int64Array  # (n_interactions,), rows of the items
    times: Int64Array  # (n_interactions,), ms since 1970; NO_TIME where there is none
    sessions: (
        Int64Array  # (n_interactions,), a number for each session name; -1 where there is none
    )


NO_TIME = int(np.iinfo(np.int64).min)


def read_interactions(
    database: Database, progress: Callable[[int, int], None] = lambda done, total: None
) -> InteractionTable:
    """Return every interaction of a known item."""
    items = read_items(database)
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("visitors", "nodes", "times")}
    names: dict[str, int] = {"": -1}
    sessions: list[NDArray[Any]] = []
    n_read = 0
    for row in _all_rows(database, "relate/read_interactions"):
        for column, arrays in parts.items():
            arrays.append(np.asarray(row[column], np.int64))
        numbers = [names.setdefault(name, len(names) - 1) for name in row["sessions"]]
        sessions.append(np.array(numbers, np.int64))
        n_read += len(numbers)
        progress(n_read, 0)
    rows = items.rows_of(_joined(parts["nodes"], np.int64))
    known = rows >= 0
    nodes, visitors = np.unique(_joined(parts["visitors"], np.int64)[known], return_inverse=True)
    return InteractionTable(
        items=items,
        visitor_ids=_visitor_ids(database, nodes),
        visitors=visitors.astype(np.int64),
        rows=rows[known],
        times=_joined(parts["times"], np.int64)[known],
        sessions=_joined(sessions, np.int64)[known],
    )


def _visitor_ids(database: Database, nodes: NDArray[np.int64]) -> tuple[str, ...]:
    ids: dict[int, str] = {}
    for row in _all_rows(database, "project/read_visitors"):
        ids.update(zip(row["nodes"], row["visitor_ids"], strict=True))
    return tuple(ids[node] for node in nodes.tolist())
