"""The item graph as arrays: what walks and graph scores run on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.errors import InvalidDataError
from recommender.progress import Progress, no_progress

if TYPE_CHECKING:
    from graphdb import Database

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]

Relation = Literal["NEXT", "TOGETHER"]


@dataclass(frozen=True)
class ItemGraph:
    """Weighted item relationships in compressed sparse rows (CSR).

    Row ``i`` is the item ``item_ids[i]``; its neighbours are
    ``neighbours[offsets[i]:offsets[i + 1]]``, in ascending order, each once, with transition
    weights at the same places of ``weights``. Every weight is finite and above zero. Unless
    ``is_directed``, each edge is there in both directions.
    """

    item_ids: tuple[str, ...]
    offsets: Int64Array  # (n_items + 1,)
    neighbours: Int32Array  # (n_edges,)
    weights: Float32Array  # (n_edges,)
    support: Int64Array  # (n_items,), sessions that hold the item
    is_directed: bool

    @property
    def n_items(self) -> int:
        """Number of items, those without neighbours included."""
        return len(self.item_ids)

    @property
    def n_edges(self) -> int:
        """Number of stored neighbours; an undirected edge counts twice."""
        return len(self.neighbours)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row number of each item id."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def adjacency(self) -> sparse.csr_array:
        """Return the weights as a matrix over the same arrays, shape (n_items, n_items)."""
        arrays = (self.weights, self.neighbours, self.offsets)
        return sparse.csr_array(arrays, shape=(self.n_items, self.n_items))

    def neighbours_of(self, row: int) -> Int32Array:
        """Return the rows that one row links to, ascending."""
        return self.neighbours[self.offsets[row] : self.offsets[row + 1]]

    def weights_of(self, row: int) -> Float32Array:
        """Return the weights in the order of :meth:`neighbours_of`."""
        return self.weights[self.offsets[row] : self.offsets[row + 1]]


def build_item_graph(
    item_ids: Sequence[str],
    sources: Int32Array,
    targets: Int32Array,
    weights: Float32Array,
    *,
    support: Int64Array,
    is_directed: bool,
) -> ItemGraph:
    """Return the graph of some weighted edges between rows.

    Repeated edges add up; edges of zero or negative weight and loops are left out, since they are
    never walked. With ``is_directed=False`` every edge is also put in the other direction.

    Raises
    ------
    InvalidDataError
        If a weight is not finite.
    """
    bad = np.flatnonzero(~np.isfinite(weights))
    if len(bad):
        first = int(bad[0])
        raise InvalidDataError(
            f"The weight from '{item_ids[sources[first]]}' to '{item_ids[targets[first]]}' is "
            f"{weights[first]}. Run `footpath relate` again to compute the weights anew."
        )
    keep = (weights > 0) & (sources != targets)
    if not keep.all():
        sources, targets, weights = sources[keep], targets[keep], weights[keep]
    if not is_directed:
        sources, targets = np.concatenate([sources, targets]), np.concatenate([targets, sources])
        weights = np.concatenate([weights, weights])
    n_items = len(item_ids)
    matrix = sparse.coo_array((weights, (sources, targets)), shape=(n_items, n_items)).tocsr()
    matrix.sum_duplicates()
    return ItemGraph(
        item_ids=tuple(item_ids),
        offsets=matrix.indptr.astype(np.int64),
        neighbours=matrix.indices.astype(np.int32, copy=False),
        weights=matrix.data.astype(np.float32, copy=False),
        support=support.astype(np.int64),
        is_directed=is_directed,
    )


@dataclass(frozen=True)
class WrittenRelation:
    """How the relationships of one type were written."""

    name: Relation
    began: str  # a time that tells this writing from others
    settings: dict[str, Any]

    @property
    def is_loaded(self) -> bool:
        """Whether they came from a file of edges, not from sessions."""
        return "edges" in self.settings


def loaded_relation(database: Database) -> WrittenRelation | None:
    """Return the relation that was written last of those from a file of edges, if there is one."""
    found = map(_written, database.read("relate/relations"))
    return next((written for written in found if written.is_loaded), None)


def finished_relation(database: Database, relation: Relation | None = None) -> WrittenRelation:
    """Return one relation, or the one that was written last.

    Raises
    ------
    InvalidDataError
        If there is none, or writing it did not finish.
    """
    rows = database.read("relate/relations")
    found = [row for row in rows if relation in (None, row["name"])]
    if not found:
        name = f":{relation}" if relation else "item"
        raise InvalidDataError(
            f"The graph has no {name} relationships. "
            "Run `footpath relate` first, or `footpath load-graph FILE`."
        )
    row = found[0]
    written = _written(row)
    if row["status"] != "done":
        command = "load-graph" if written.is_loaded else "relate"
        raise InvalidDataError(
            f"The last `footpath {command}` did not finish writing :{written.name}. "
            "Run it again; it replaces what is there."
        )
    return written


def _written(row: dict[str, Any]) -> WrittenRelation:
    return WrittenRelation(row["name"], row["began"], json.loads(row["settings"] or "{}"))


def latest_relation(database: Database) -> Relation:
    """Return the relation that was written last; raises what finished_relation raises."""
    return finished_relation(database).name


def read_item_graph(
    database: Database, relation: Relation | None = None, progress: Progress = no_progress
) -> ItemGraph:
    """Return the graph of one relation, or of the one related last.

    ``NEXT`` gives a directed graph, ``TOGETHER`` an undirected one.
    """
    # Imported only here: who has a graph in memory needs no driver.
    from graphdb.projection import read_relationships

    relation = relation or latest_relation(database)
    read = read_relationships(database, relation, progress=progress)
    items = read.items
    sources, targets = read.sources.astype(np.int32), read.targets.astype(np.int32)
    weights = read.weights.astype(np.float32)
    del read  # twice as large as the columns made of it
    return build_item_graph(
        items.item_ids,
        sources,
        targets,
        weights,
        support=items.support,
        is_directed=relation == "NEXT",
    )
