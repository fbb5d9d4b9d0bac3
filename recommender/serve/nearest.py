"""The nearest items of every item by cosine, worked out once so that an answer only reads them.

Up to 30,000 items every pair is compared. Above, items are put into clusters and each cluster is
compared with the clusters nearest to it, as an inverted file does (Jégou, Douze and Schmid 2011).
How many of them is taken from the vectors themselves: as many as hold 99.5 % of the true nearest 20
of a sample. Why not HNSW: docs/decisions/0017.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array, Int32Array, Int64Array

logger = logging.getLogger(__name__)

Nearest = Literal["auto", "exact"]
NEAREST: tuple[Nearest, ...] = get_args(Nearest)

LIST_LENGTH = 128
EXACT_UP_TO = 30_000  # items; above, clusters are quicker
MOST_PRODUCTS = 2 * 10**11  # dot products of lists: a million items or so, twenty CPU-minutes
RECALL, RECALL_AT, SAMPLE = 0.995, 20, 512
CLUSTERS_PER_ROOT, MOST_CLUSTERS = 8, 4096  # so many times the root of the number of items
ROWS_PER_CLUSTER, ITERATIONS = 32, 8  # of k-means
PRODUCTS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class NearestLists:
    """For each row the nearest items by cosine, nearest first, the item itself among them.

    Only items that may be shown are listed. Unless clusters were used, an item that is not listed
    has at most the last cosine of the list. Rows without a vector have cosines of 0.
    """

    rows: Int32Array  # (n_items, length)
    cosines: Float32Array  # (n_items, length)


@dataclass(frozen=True)
class _Clusters:
    """Items by cluster; ``near[c]`` are all clusters, the nearest to ``c`` first."""

    label: Int32Array  # (n_items,)
    near: Int64Array  # (n_clusters, n_clusters)
    within: Int64Array  # (n_clusters, n_clusters), candidates in the first 1, 2, ... of near[c]


def nearest_lists(
    vectors: Float32Array,
    is_shown: NDArray[np.bool_],
    *,
    nearest: Nearest = "auto",
    length: int = LIST_LENGTH,
    exact_up_to: int = EXACT_UP_TO,
    seed: int = 1,
) -> NearestLists | None:
    """Return the nearest shown items of every item, or None where that takes too long.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n_items, dimension)
        Of unit length; rows of zeros have no nearest items and are nobody's.
    is_shown : ndarray of bool, shape (n_items,)
        Which items may stand in a list.
    nearest : {"auto", "exact"}
        Whether clusters may be used; ``exact`` compares every pair.
    length : int
        Of each list; shorter if fewer items are shown.
    exact_up_to : int
        Number of items up to which every pair is compared anyway.
    seed : int
        Of the clusters. The same seed gives the same lists; with another number of BLAS threads
        the last bit of a cosine may differ.
    """
    begun = time.perf_counter()
    has_vector = vectors.any(axis=1)
    queries, candidates = np.flatnonzero(has_vector), np.flatnonzero(is_shown & has_vector)
    length = min(length, len(candidates))
    if not length:
        return None
    clusters, n_needed = None, len(candidates)
    if nearest == "auto" and len(queries) > exact_up_to:
        clusters = _clusters(vectors, queries, candidates, seed)
        n_needed = max(length, _candidates_needed(vectors, clusters, queries, candidates, seed))
    if len(queries) * n_needed > MOST_PRODUCTS:
        logger.info("Too many items for lists of the nearest: each answer compares them all.")
        return None
    found = NearestLists(
        np.zeros((len(vectors), length), np.int32), np.zeros((len(vectors), length), np.float32)
    )
    for mine, others in _groups(queries, candidates, clusters, n_needed):
        _fill(found, vectors, mine, others)
    logger.info(
        "Nearest items: lists of %d for %d items, each compared with %d of %d, %.1f s.",
        *(length, len(queries), n_needed, len(candidates), time.perf_counter() - begun),
    )
    return found


def _groups(
    queries: Int64Array, candidates: Int64Array, clusters: _Clusters | None, n_needed: int
) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Yield rows together with those they are compared with."""
    if clusters is None:
        yield queries, candidates
        return
    n_clusters = len(clusters.near)
    members = _by_cluster(candidates, clusters.label, n_clusters)
    for cluster, mine in enumerate(_by_cluster(queries, clusters.label, n_clusters)):
        n_near = int(np.searchsorted(clusters.within[cluster], n_needed)) + 1
        yield mine, np.concatenate([members[at] for at in clusters.near[cluster, :n_near]])


def _fill(
    found: NearestLists, vectors: Float32Array, queries: Int64Array, candidates: Int64Array
) -> None:
    """Write the lists of some rows, out of the candidates."""
    others = vectors[candidates].T
    length = found.rows.shape[1]
    step = max(1, PRODUCTS_AT_ONCE // len(candidates))
    for first in range(0, len(queries), step):
        rows = queries[first : first + step]
        cosines = vectors[rows] @ others
        columns = largest(cosines, length)
        best = np.clip(np.take_along_axis(cosines, columns, axis=1), -1.0, 1.0)
        order = np.lexsort((columns, -best), axis=1)
        found.rows[rows] = candidates[np.take_along_axis(columns, order, axis=1)]
        found.cosines[rows] = np.take_along_axis(best, order, axis=1)


def largest(scores: Float32Array, k: int) -> Int64Array:
    """Return the columns of the ``k`` largest of each row, in ascending order; (n_rows, k).

    Of those equal to the k-th, the first. Partitioning values and comparing with the k-th takes a
    tenth of the time of ``argpartition``.
    """
    n_columns = scores.shape[1]
    least = np.partition(scores, n_columns - k, axis=1)[:, n_columns - k]
    rows, columns = np.nonzero(scores >= least[:, None])
    n_found = np.bincount(rows, minlength=len(scores))
    if (n_found > k).any():
        n_above = (scores > least[:, None]).sum(axis=1)
        is_equal = scores[rows, columns] == least[rows]
        seen = np.cumsum(is_equal)
        before = np.concatenate([[0], seen])[np.concatenate([[0], np.cumsum(n_found)])[:-1]]
        columns = columns[~is_equal | (seen - before[rows] <= (k - n_above)[rows])]
    return columns.reshape(len(scores), k)


def _clusters(
    vectors: Float32Array, queries: Int64Array, candidates: Int64Array, seed: int
) -> _Clusters:
    n_clusters = min(MOST_CLUSTERS, len(queries), int(CLUSTERS_PER_ROOT * len(queries) ** 0.5))
    centres = _centres(vectors, queries, n_clusters, np.random.default_rng(seed))
    label = np.zeros(len(vectors), np.int32)
    for first in range(0, len(queries), PRODUCTS_AT_ONCE // n_clusters):
        rows = queries[first : first + PRODUCTS_AT_ONCE // n_clusters]
        label[rows] = (vectors[rows] @ centres.T).argmax(axis=1)
    near = np.argsort(-(centres @ centres.T), axis=1, kind="stable")
    sizes = np.bincount(label[candidates], minlength=n_clusters)
    return _Clusters(label, near, np.cumsum(sizes[near], axis=1))


def _centres(
    vectors: Float32Array, queries: Int64Array, n_clusters: int, random: np.random.Generator
) -> Float32Array:
    """Return centres of unit length by k-means on a sample; shape (n_clusters, dimension)."""
    n_sampled = min(len(queries), n_clusters * ROWS_PER_CLUSTER)
    sample = vectors[random.choice(queries, n_sampled, replace=False)]
    centres: Float32Array = sample[:n_clusters]
    for _ in range(ITERATIONS):
        label = (sample @ centres.T).argmax(axis=1)
        order, sizes = np.argsort(label, kind="stable"), np.bincount(label, minlength=n_clusters)
        used = sizes > 0
        centres = centres.copy()
        starts = (np.cumsum(sizes) - sizes)[used]
        centres[used] = np.add.reduceat(sample[order], starts, axis=0)
        norms = np.linalg.norm(centres, axis=1, keepdims=True)
        centres /= np.where(norms > 0, norms, 1)
    return centres


def _candidates_needed(
    vectors: Float32Array,
    clusters: _Clusters,
    queries: Int64Array,
    candidates: Int64Array,
    seed: int,
) -> int:
    """Return how many candidates of the nearest clusters hold a sample's true nearest items."""
    random = np.random.default_rng(seed)
    rows = random.choice(queries, min(SAMPLE, len(queries)), replace=False)
    at = min(RECALL_AT, len(candidates))
    nearest = np.concatenate(
        [
            candidates[largest(vectors[some] @ vectors[candidates].T, at)]
            for some in np.array_split(rows, max(1, len(rows) * len(candidates) // 10**7))
        ]
    )
    mine, theirs = clusters.label[rows][:, None], clusters.label[nearest]
    place_of = np.argsort(clusters.near, axis=1)  # of each cluster among the nearest of another
    needed = clusters.within[mine, place_of[mine, theirs]]
    return int(np.quantile(needed, RECALL, method="higher"))


def _by_cluster(rows: Int64Array, label: Int32Array, n_clusters: int) -> list[Int64Array]:
    order = rows[np.argsort(label[rows], kind="stable")]
    ends = np.cumsum(np.bincount(label[rows], minlength=n_clusters))
    return np.split(order, ends[:-1])
