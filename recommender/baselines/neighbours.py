"""Baselines without training: popularity, item neighbours, and what follows what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.graph import Float32Array
from recommender.histories import Histories
from recommender.relate import RelateSettings, relate_histories
from recommender.score import ReadOut, TransitionScorer

ITEMS_AT_ONCE = 2_000
STRAIGHT_AFTER = RelateSettings(
    relation="NEXT",
    window=1,
    weight="count",
    shrinkage=0.0,
    min_count=1,
    top_k=0,
    divide_by_session_length=False,
    max_session_length=2**31,
)


@dataclass(frozen=True)
class Popularity:
    """Every user gets the items that most users had."""

    popularity: Float32Array  # (n_items,)

    @classmethod
    def fit(cls, train: Histories) -> Popularity:
        """Return the scorer of the number of users of each item."""
        return cls(train.n_users_of.astype(np.float32))

    def scores(self, histories: Histories) -> Float32Array:
        """Return the same scores for everybody."""
        return np.tile(self.popularity, (histories.n_users, 1))


def fit_item_knn(train: Histories, *, n_neighbours: int, shrinkage: float) -> TransitionScorer:
    """Cosine of items by shared users, with shrinkage (Sarwar et al. 2001)."""
    norms = np.sqrt(np.maximum(train.n_users_of, 1))

    def similarity(shared: sparse.csr_array, first: int) -> sparse.csr_array:
        lengths = np.diff(shared.indptr)
        own = np.repeat(norms[first : first + shared.shape[0]], lengths)
        shared.data /= own * norms[shared.indices] + shrinkage
        return shared

    by_item = train.matrix.T.tocsr()
    similarities = pruned_product(by_item, train.matrix, similarity, n_neighbours)
    return TransitionScorer(similarities, train.n_users_of, ReadOut())


def fit_rp3beta(
    train: Histories, *, n_neighbours: int, alpha: float, beta: float
) -> TransitionScorer:
    """Three steps of a walk, popular ends damped (Paudel et al. 2017)."""
    to_users = _rows_to_chances(train.matrix.T.tocsr(), alpha)
    to_items = _rows_to_chances(train.matrix, alpha)
    damping = np.maximum(train.n_users_of, 1).astype(np.float64) ** -beta

    def similarity(reached: sparse.csr_array, first: int) -> sparse.csr_array:
        reached.data *= damping[reached.indices]
        return reached

    similarities = pruned_product(to_users, to_items, similarity, n_neighbours)
    return TransitionScorer(similarities, train.n_users_of, ReadOut())


def fit_markov(train: Histories) -> TransitionScorer:
    """Count what came straight after each item (first-order Markov chain).

    Of two items of one time neither came after the other.
    """
    graph = relate_histories(train, STRAIGHT_AFTER)
    # A decay so steep that only the last item counts, or the last basket.
    return TransitionScorer.from_graph(graph, train.n_users_of, ReadOut(history_decay=1e-6))


def _rows_to_chances(matrix: sparse.csr_array, power: float) -> sparse.csr_array:
    chances = matrix.copy().astype(np.float64)
    lengths = np.diff(chances.indptr)
    chances.data = (chances.data / np.repeat(np.maximum(lengths, 1), lengths)) ** power
    return chances


def pruned_product(
    left: sparse.csr_array,
    right: sparse.csr_array,
    weigh: Callable[[sparse.csr_array, int], sparse.csr_array],
    n_neighbours: int,
) -> sparse.csr_array:
    """Return the strongest entries of each row of ``left @ right``, itself left out."""
    blocks = []
    for first in range(0, left.shape[0], ITEMS_AT_ONCE):
        product = (left[first : first + ITEMS_AT_ONCE] @ right).tocsr().astype(np.float64)
        blocks.append(_strongest(weigh(product, first), first, n_neighbours))
    return sparse.csr_array(sparse.vstack(blocks, format="csr", dtype=np.float32))


def _strongest(matrix: sparse.csr_array, first: int, k: int) -> sparse.csr_array:
    kept = []
    for row in range(matrix.shape[0]):
        places = np.arange(matrix.indptr[row], matrix.indptr[row + 1])
        places = places[matrix.indices[places] != first + row]
        if len(places) > k:
            strongest = np.argpartition(-matrix.data[places], k - 1)[:k]
            places = np.sort(places[strongest])
        kept.append(places)
    chosen = np.concatenate(kept) if kept else np.empty(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(places) for places in kept])])
    arrays = (matrix.data[chosen], matrix.indices[chosen], offsets)
    return sparse.csr_array(arrays, shape=matrix.shape)
