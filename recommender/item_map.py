"""Vectors -> a map: a point for each item, near where its vector's neighbours are."""

from __future__ import annotations

import warnings
from typing import Any, Literal, get_args

import numpy as np

from recommender.graph import Float32Array, Int32Array

MapMethod = Literal["umap", "pca"]
MAP_METHODS: tuple[MapMethod, ...] = get_args(MapMethod)

N_NEIGHBOURS = 15  # with the item itself; umap's own default
# Up to here each item's neighbours are found exactly, by comparing it with all: that costs less
# than compiling umap's own search, which is approximate. docs/decisions/0018 has the times.
EXACT_UP_TO = 50_000
LEAST_SPREAD = 1e-5  # in either direction of the map, of vectors of length 1
COSINES_AT_ONCE = 4_000_000  # 16 MB, and four times that while they are ordered


def map_positions(
    vectors: Float32Array, method: MapMethod, *, seed: int = 1
) -> tuple[Float32Array, MapMethod]:
    """Return a point for each vector, and the method that made it; the lengths do not count.

    ``pca`` projects onto the two directions of greatest variance: at once, and far items are far,
    but what differs in other directions lies on top of each other. ``umap`` keeps neighbours
    together, by cosine; distances between groups mean little. Below 16 items, and where the vectors
    lie on one line, it is PCA as well.

    Parameters
    ----------
    vectors : float32 array, shape (n_items, dimension)
        None of them zero.
    method : {"umap", "pca"}
        How to make it.
    seed : int
        Of UMAP: the same seed and vectors give the same map on one machine.

    Returns
    -------
    positions : float32 array, shape (n_items, 2)
        No unit.
    method : {"umap", "pca"}
        The method that was used.

    References
    ----------
    McInnes, Healy and Melville (2018), UMAP: Uniform Manifold Approximation and Projection,
    arXiv 1802.03426.
    """
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    points = _pca(units)
    if (
        method == "umap"
        and len(units) > N_NEIGHBOURS
        and np.ptp(points, axis=0).min() > LEAST_SPREAD
    ):
        return _umap(units, seed), "umap"
    return points, "pca"


def _pca(units: Float32Array) -> Float32Array:
    centred = units.astype(np.float64) - units.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    directions = directions[:, ::-1][:, :2]
    # A direction has no sign of its own: its greatest coordinate is made positive.
    places = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[places, np.arange(directions.shape[1])])
    positions = np.zeros((len(units), 2), np.float32)
    positions[:, : directions.shape[1]] = centred @ directions
    return positions


def _umap(units: Float32Array, seed: int) -> Float32Array:
    given: dict[str, Any] = {}
    if len(units) <= EXACT_UP_TO:
        given["precomputed_knn"] = _nearest(units)
    with warnings.catch_warnings():
        # That a package for neural networks is missing, or that the map takes no new items.
        warnings.simplefilter("ignore")
        from umap import UMAP

        found = UMAP(
            n_neighbors=N_NEIGHBOURS,
            metric="cosine",
            init="pca",
            random_state=seed,
            n_jobs=1,  # with a seed there is one thread, and umap warns of any other number
            **given,
        ).fit_transform(units)
    return np.asarray(found, np.float32)


def _nearest(units: Float32Array) -> tuple[Int32Array, Float32Array]:
    """Return the rows nearest to each by cosine, itself first, and their cosine distances."""
    n_items = len(units)
    rows = np.empty((n_items, N_NEIGHBOURS), np.int32)
    distances = np.empty((n_items, N_NEIGHBOURS), np.float32)
    size = max(1, COSINES_AT_ONCE // n_items)
    for first in range(0, n_items, size):
        block = slice(first, first + size)
        cosines = units[block] @ units.T
        own = np.arange(len(cosines))
        cosines[own, first + own] = 2.0  # before any other of the same direction
        near = np.argpartition(-cosines, N_NEIGHBOURS - 1, axis=1)[:, :N_NEIGHBOURS]
        near_cosines = np.take_along_axis(cosines, near, axis=1)
        order = np.argsort(-near_cosines, axis=1, kind="stable")
        rows[block] = np.take_along_axis(near, order, axis=1)
        distances[block] = 1.0 - np.minimum(np.take_along_axis(near_cosines, order, axis=1), 1.0)
    return rows, distances
