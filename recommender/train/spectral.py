"""Spectral embeddings: the closed form of what walks between users and items learn.

The singular vectors of the damped user-item matrix are the smooth directions of the graph: a walk
that goes on for long forgets all others. They need no walks, no rate and no epochs, and one
seed gives one result.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy import sparse

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Float64Array, ItemGraph
from recommender.histories import Histories
from recommender.score import power_of
from recommender.walks.sampler import check_whole_number

logger = logging.getLogger(__name__)

FEW_DIMENSIONS = 256
LEAST_VALUE = 1e-5  # of the largest singular value; directions below are rounding errors


@dataclass(frozen=True)
class SpectralSettings:
    """How the user-item matrix is damped and cut.

    Parameters
    ----------
    dimension : int
        Singular vectors kept, 1 to 4,096; no more than users or items allow.
    user_power, item_power : float
        Each entry is multiplied by the number of the user's items, and by the number of the item's
        users, to these powers, -2 to 2. With -0.5 both this is the symmetric normalisation.
    seed : int
        Of the randomised decomposition, 0 to 2**32 - 1.
    """

    dimension: int = 512
    user_power: float = -0.4
    item_power: float = -0.4
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a setting out of its range."""
        check_whole_number("dimension", self.dimension, 1, 4096)
        check_whole_number("seed", self.seed, 0, 2**32 - 1)
        for name in ("user_power", "item_power"):
            if not -2 <= getattr(self, name) <= 2:
                raise InvalidParameterError(f"{name} is {getattr(self, name)}. Give -2 to 2.")


def _randomized_svd() -> Any:
    """Return scikit-learn's decomposition; importing it takes half a second, so only when asked."""
    from sklearn.utils.extmath import randomized_svd

    return randomized_svd


def _power_iterations(n_directions: int) -> int:
    """Return how long to sharpen the directions: to the end where that takes seconds.

    Few directions made with 4 iterations read up to 1.5 % worse than exact ones (last.fm, 128
    dimensions, NDCG@20 .1760 and .1782, with 8 .1780). Among 512 it is the last ones that stay
    blurred, which costs nothing that could be measured.
    """
    return 8 if n_directions <= FEW_DIMENSIONS else 4


def train_spectral(histories: Histories, settings: SpectralSettings) -> Embeddings:
    """Return the right singular vectors of the damped user-item matrix as embeddings.

    In-vectors are multiplied by the roots of the singular values, out-vectors divided by them. So
    ``in . out`` is free of them: read out by :class:`~recommender.score.VectorScorer` with
    ``history_power = item_power`` of the settings and ``item_power`` its negative, scores are the
    history projected onto the kept directions. And cosines of in-vectors, for similar items, lean
    on the directions that many users share: among hundreds the last ones are noise. Items that
    nobody had are left out. Fewer dimensions than asked for come back where the matrix has fewer.

    Parameters
    ----------
    histories : Histories
        Repeats and order do not matter here.
    settings : SpectralSettings
        Everything that changes results. On one machine and libraries the same seed gives the same
        vectors; the last bits may differ between numbers of BLAS threads.

    Raises
    ------
    InvalidDataError
        If nobody had anything.

    References
    ----------
    Shen et al. (2021), How powerful is graph convolution for recommendation?, CIKM (GF-CF);
    Halko, Martinsson and Tropp (2011), Finding structure with randomness, SIAM Review.
    """
    begun = time.perf_counter()
    popularity = histories.n_users_of
    rows = np.flatnonzero(popularity)
    if not len(rows):
        raise InvalidDataError("There are no interactions to train on. Load some first.")
    damped = _damped_matrix(histories, settings)[:, rows]
    n_directions = min(settings.dimension, *damped.shape)
    _, values, directions = _randomized_svd()(
        sparse.csr_matrix(damped),
        n_directions,
        n_iter=_power_iterations(n_directions),
        random_state=settings.seed,
    )
    kept = values > LEAST_VALUE * values[0]
    roots, vectors = np.sqrt(values[kept]), directions[kept].T
    logger.info("Decomposed %s x %s in %.1f s", *damped.shape, time.perf_counter() - begun)
    return Embeddings(
        item_ids=tuple(histories.item_ids[row] for row in rows.tolist()),
        in_vectors=np.ascontiguousarray(vectors * roots, dtype=np.float32),
        out_vectors=np.ascontiguousarray(vectors / roots, dtype=np.float32),
        counts=popularity[rows],
        provenance=_provenance(histories, settings),
    )


def train_spectral_graph(graph: ItemGraph, settings: SpectralSettings) -> Embeddings:
    """Return embeddings of an item graph: which items lead to which, in few dimensions.

    The weights are damped by what leaves the source, to ``user_power``, and what arrives at the
    target, to ``item_power``, and decomposed. In-vectors are the left singular vectors times the
    singular values, out-vectors the right ones, so ``in_i . out_j`` is the damped weight from
    ``i`` to ``j``, smoothed. Items without relationships are left out.

    Raises
    ------
    InvalidDataError
        If the graph has no relationships.
    """
    weights = graph.adjacency()
    leaving: Float64Array = np.asarray(weights.sum(axis=1), np.float64)
    arriving: Float64Array = np.asarray(weights.sum(axis=0), np.float64)
    rows = np.flatnonzero((leaving > 0) | (arriving > 0))
    if not len(rows):
        raise InvalidDataError("The item graph has no relationships. Run `footpath relate` first.")
    left = sparse.diags_array(_power(leaving, settings.user_power))
    right = sparse.diags_array(_power(arriving, settings.item_power))
    damped = (left @ weights @ right).tocsr()[rows][:, rows]
    n_directions = min(settings.dimension, len(rows))
    sources, values, targets = _randomized_svd()(
        sparse.csr_matrix(damped.astype(np.float32)),
        n_directions,
        n_iter=_power_iterations(n_directions),
        random_state=settings.seed,
    )
    return Embeddings(
        item_ids=tuple(graph.item_ids[row] for row in rows.tolist()),
        in_vectors=np.ascontiguousarray(sources * values, dtype=np.float32),
        out_vectors=np.ascontiguousarray(targets.T, dtype=np.float32),
        counts=graph.support[rows],
        provenance={
            "graph": {"n_items": graph.n_items, "is_directed": graph.is_directed},
            "training": {**_training(settings), "algorithm": "truncated SVD of the item graph"},
        },
    )


def _power(sums: Float64Array, power: float) -> Float64Array:
    return np.where(sums > 0, np.where(sums > 0, sums, 1.0) ** power, 0.0)


def _damped_matrix(histories: Histories, settings: SpectralSettings) -> sparse.csr_array:
    matrix = histories.matrix.copy()
    lengths = np.diff(matrix.indptr)
    matrix.data *= np.repeat(power_of(lengths, settings.user_power), lengths)
    matrix.data *= power_of(histories.n_users_of, settings.item_power)[matrix.indices]
    return matrix


def _provenance(histories: Histories, settings: SpectralSettings) -> dict[str, Any]:
    return {
        "graph": {"n_users": histories.n_users, "n_items": histories.n_items},
        "training": {
            **_training(settings),
            "algorithm": "truncated SVD of the damped user-item matrix",
        },
    }


def _training(settings: SpectralSettings) -> dict[str, Any]:
    return {
        **asdict(settings),
        "trainer": "spectral",
        "scikit-learn": version("scikit-learn"),
    }
