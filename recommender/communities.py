"""Communities of the item graph: found by Leiden, kept on the nodes with what they were made from.

``community`` on an item is 0 for the largest community, 1 for the next, and missing where the item
has no relationships. The ``:Relation`` they were made from says so; as soon as it is written anew,
it no longer does, and they are removed. Why this library: docs/decisions/0018.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass

import numpy as np
from scipy import sparse

from graphdb import Database
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import (
    Int64Array,
    ItemGraph,
    Relation,
    finished_relation,
    read_item_graph,
)
from recommender.items import read_titles
from recommender.progress import Progress, no_progress

logger = logging.getLogger(__name__)

WRITE_BATCH = 10_000  # items in one transaction
NONE = -1  # the community of an item without relationships
N_DESCRIBED = 10
N_STRONGEST = 3
ITERATIONS = 2  # a second cycle starts from what the first has found


@dataclass(frozen=True)
class CommunitySettings:
    """How communities are found."""

    resolution: float = 1.0  # above 1: more and smaller ones
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings that have no meaning."""
        if not 0 < self.resolution < float("inf"):
            raise InvalidParameterError(f"resolution is {self.resolution}; it must be above 0.")
        if self.seed < 0:
            raise InvalidParameterError(f"seed is {self.seed}; it must be 0 or more.")


@dataclass(frozen=True)
class Communities:
    """The community of each row of a graph; 0 is the largest, of equals that with the first row."""

    labels: Int64Array  # (n_items,), NONE where an item has no relationships
    modularity: float  # at the resolution asked for

    @property
    def sizes(self) -> tuple[int, ...]:
        """Items in each community."""
        return tuple(np.bincount(self.labels[self.labels >= 0]).tolist())


@dataclass(frozen=True)
class DescribedCommunity:
    """One community, as a person knows it again."""

    community: int
    n_items: int
    strongest: tuple[str, ...]  # titles (or ids) of most weight inside it, the first most


@dataclass(frozen=True)
class CommunityReport:
    """What was found and stored."""

    relation: Relation
    n_communities: int
    n_items: int  # that are in one
    n_alone: int  # without relationships, so in none
    modularity: float
    sizes: tuple[int, ...]
    largest: tuple[DescribedCommunity, ...]


def find_communities(graph: ItemGraph, settings: CommunitySettings) -> Communities:
    """Return the communities of a graph, the same for the same graph and seed.

    Leiden raises modularity at ``settings.resolution`` by the weights, as far as moving items
    goes; every community is connected. A directed graph is read without direction: the weight
    between two items is that of both ways together.

    Raises
    ------
    InvalidDataError
        If no two items are related.

    References
    ----------
    Traag, Waltman and van Eck (2019), From Louvain to Leiden: guaranteeing well-connected
    communities, Scientific Reports 9, 5233. Reichardt and Bornholdt (2006) for the resolution.
    """
    # Imported only here: who asks for no communities needs no library for them.
    import graspologic_native

    if not graph.n_edges:
        raise InvalidDataError("No two items are related, so there are no communities.")
    adjacency = _without_direction(graph)
    _, found = graspologic_native.leiden_csr(
        adjacency.indptr.astype(np.int64),
        adjacency.indices.astype(np.int32),
        adjacency.data.astype(np.float64),
        graph.n_items,
        resolution=settings.resolution,
        iterations=ITERATIONS,
        seed=settings.seed,
    )
    raw = np.array([found[row] for row in range(graph.n_items)], np.int64)
    raw[np.diff(adjacency.indptr) == 0] = NONE
    labels = _by_size(raw)
    return Communities(labels, modularity(graph, labels, settings.resolution))


def modularity(graph: ItemGraph, labels: Int64Array, resolution: float = 1.0) -> float:
    """Return the modularity of a partition: the share of weight inside, less what chance gives.

    Q = sum over communities of ``w_in / m - resolution (w_at / 2m)^2``; ``w_in`` is the weight
    between its items, ``w_at`` the weight that touches them, ``m`` all weight. Items of a negative
    label are each alone. -0.5 to 1.

    References
    ----------
    Newman (2004), Analysis of weighted networks, Physical Review E 70, 056131.
    """
    adjacency = _without_direction(graph).tocoo()
    labels = np.where(labels >= 0, labels, labels.max(initial=0) + 1 + np.arange(len(labels)))
    sources, targets = labels[adjacency.row], labels[adjacency.col]
    total = float(adjacency.data.sum())  # each edge twice: 2m
    inside = float(adjacency.data[sources == targets].sum())
    touching = np.bincount(sources, adjacency.data)
    return inside / total - resolution * float(((touching / total) ** 2).sum())


def make_communities(
    database: Database,
    settings: CommunitySettings,
    relation: Relation | None = None,
    *,
    graph: ItemGraph | None = None,
    progress: Progress = no_progress,
) -> CommunityReport:
    """Find the communities of one relation (the one written last), and put them on the items.

    ``graph`` spares reading what was just read. Those of before are replaced. Until all are
    written, no relation says that they are made from it.

    Raises
    ------
    InvalidDataError
        If there are no such relationships, or they were written anew meanwhile.
    """
    made_from = finished_relation(database, relation)
    graph = graph or read_item_graph(database, made_from.name)
    found = find_communities(graph, settings)
    database.write("communities/begin_communities")
    database.run_alone("communities/clear_unclaimed")
    _write(database, graph, found, progress)
    finished = database.write(
        "communities/finish_communities",
        name=made_from.name,
        began=made_from.began,
        n_communities=len(found.sizes),
        modularity=found.modularity,
        settings=json.dumps(asdict(settings)),
    )
    if not finished:
        database.run_alone("communities/clear_unclaimed")
        raise InvalidDataError(
            f":{made_from.name} was written anew while its communities were found. "
            "Run `footpath communities` again."
        )
    report = _report(database, made_from.name, graph, found)
    logger.info("%d communities, modularity %.3f", report.n_communities, report.modularity)
    return report


def _without_direction(graph: ItemGraph) -> sparse.csr_array:
    there = graph.adjacency().astype(np.float64)
    return (there + there.T).tocsr() if graph.is_directed else there


def _by_size(raw: Int64Array) -> Int64Array:
    """Return the labels numbered by size, of equal sizes by the first row; NONE stays."""
    names, firsts, places, sizes = np.unique(
        raw, return_index=True, return_inverse=True, return_counts=True
    )
    is_one = names != NONE
    order = np.lexsort((firsts, -sizes, ~is_one))
    number = np.empty(len(names), np.int64)
    number[order] = np.arange(len(names))
    number[~is_one] = NONE
    return number[places]


def _write(database: Database, graph: ItemGraph, found: Communities, progress: Progress) -> None:
    rows = np.flatnonzero(found.labels >= 0)
    for first in range(0, len(rows), WRITE_BATCH):
        part = rows[first : first + WRITE_BATCH]
        labels = found.labels[part].tolist()
        pairs = [[graph.item_ids[row], label] for row, label in zip(part, labels, strict=True)]
        database.write("communities/write_communities", rows=pairs)
        progress(first + len(part), len(rows))


def _report(
    database: Database, relation: Relation, graph: ItemGraph, found: Communities
) -> CommunityReport:
    sizes = found.sizes
    strongest = _strongest_rows(graph, found.labels, min(len(sizes), N_DESCRIBED))
    titles = read_titles(database, (graph.item_ids[row] for rows in strongest for row in rows))
    described = tuple(
        DescribedCommunity(
            number, sizes[number], tuple(titles[graph.item_ids[row]] for row in rows)
        )
        for number, rows in enumerate(strongest)
    )
    n_items = sum(sizes)
    return CommunityReport(
        relation=relation,
        n_communities=len(sizes),
        n_items=n_items,
        n_alone=graph.n_items - n_items,
        modularity=found.modularity,
        sizes=sizes,
        largest=described,
    )


def _strongest_rows(graph: ItemGraph, labels: Int64Array, n: int) -> list[list[int]]:
    """Return the rows of most weight inside each of the first ``n`` communities."""
    adjacency = _without_direction(graph).tocoo()
    is_inside = labels[adjacency.row] == labels[adjacency.col]
    inside = np.bincount(
        adjacency.row[is_inside], adjacency.data[is_inside], minlength=graph.n_items
    )
    order = np.lexsort((np.arange(graph.n_items), -inside))
    return [order[labels[order] == number][:N_STRONGEST].tolist() for number in range(n)]
