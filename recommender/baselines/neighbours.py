"""Baselines from what was had together: item neighbours, walks of three steps, what came next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from recommender.baselines.popularity import Popularity
from recommender.graph import Float32Array, Float64Array, Int32Array, Int64Array
from recommender.histories import Histories

# Terms of a matrix product that are added up at once: at most 12 bytes each.
TERMS_AT_ONCE = 10_000_000

UserWeight = Literal["none", "idf"]
# Rows, columns and values of some entries of a matrix -> their new values.
Weigh = Callable[[Int64Array, Int32Array, Float32Array], Float32Array | Float64Array]


@dataclass(frozen=True)
class ItemNeighbours:
    """The history's items vote for their neighbours; other items follow by popularity."""

    similarity: sparse.csr_array  # (n_items, n_items), from item of the history to candidate
    popularity: Popularity

    def scores(self, histories: Histories) -> Float32Array:
        """Return the sums of similarity over the history."""
        return _voted(histories.matrix, self.similarity, self.popularity)


@dataclass(frozen=True)
class LastItemNeighbours:
    """The last item of the history alone votes; other items follow by popularity."""

    similarity: sparse.csr_array  # (n_items, n_items), from last item to candidate
    popularity: Popularity

    def scores(self, histories: Histories) -> Float32Array:
        """Return the row of the last item."""
        users = np.flatnonzero(histories.lengths())
        last = histories.rows[histories.offsets[users + 1] - 1]
        shape = (histories.n_users, histories.n_items)
        votes = sparse.coo_array((np.ones(len(users), np.float32), (users, last)), shape=shape)
        return _voted(votes.tocsr(), self.similarity, self.popularity)


def _voted(
    votes: sparse.csr_array, similarity: sparse.csr_array, popularity: Popularity
) -> Float32Array:
    scores: Float32Array = (votes @ similarity).toarray().astype(np.float32, copy=False)
    popularity.fill(scores, scores == 0, below=0.0)
    return scores


def fit_item_knn(
    train: Histories,
    *,
    n_neighbours: int,
    shrinkage: float,
    asymmetry: float = 0.5,
    user_weight: UserWeight = "none",
) -> ItemNeighbours:
    """Return item neighbours by the cosine of who had them, with shrinkage.

    The similarity of history item ``i`` and candidate ``j`` is
    ``x_i . x_j / (|x_i|^(2 asymmetry) |x_j|^(2 - 2 asymmetry) + shrinkage)``, where ``x_i`` says
    who had the item. With ``user_weight="idf"`` users of long histories tell less: ``x_i`` holds
    ``ln(n_items / d_u)`` for user ``u`` of ``d_u`` items.

    Parameters
    ----------
    train : Histories
        Each item counts once a user.
    n_neighbours : int
        Candidates that each item votes for.
    shrinkage : float
        0 or more; takes weight from similarities that few users speak for.
    asymmetry : float
        0.5: the cosine. Up to 1: popular candidates are favoured.
    user_weight : {"none", "idf"}
        How much each user tells.

    References
    ----------
    Sarwar et al. (2001), item-based collaborative filtering, WWW. Aiolli (2013), asymmetric
    cosine, RecSys. Ferrari Dacrema et al. (2019), a worrying analysis, RecSys, for the grid.
    """
    matrix = train.matrix.copy()
    lengths = np.diff(matrix.indptr)
    if user_weight == "idf":
        each = np.log(max(train.n_items, 1) / np.maximum(lengths, 1)).astype(np.float32)
        matrix.data *= np.repeat(each, lengths)
    squares = np.bincount(matrix.indices, matrix.data.astype(np.float64) ** 2, train.n_items)
    squares[squares == 0] = 1.0  # an item that nobody told of is like no other
    own, others = squares**asymmetry, squares ** (1 - asymmetry)

    def weigh(rows: Int64Array, columns: Int32Array, shared: Float32Array) -> Float64Array:
        similarity: Float64Array = shared / (own[rows] * others[columns] + shrinkage)
        return similarity

    by_item = matrix.T.tocsr()
    similarity = pruned_product(by_item, matrix, weigh, n_neighbours)
    return ItemNeighbours(similarity, Popularity.fit(train))


def fit_rp3beta(
    train: Histories, *, n_neighbours: int, alpha: float, beta: float
) -> ItemNeighbours:
    """Return the chances of two more steps from each item, popular ends damped.

    From item ``i`` over the users to candidate ``j``: the sum over users who had both of
    ``(1 / d_i)^alpha (1 / d_u)^alpha``, over ``d_j^beta``; ``d`` are the numbers of users of an
    item and of items of a user. The first step, from the user to the history, is the same for all
    candidates.

    References
    ----------
    Paudel et al. (2017), updatable, accurate, diverse, and scalable recommendations for
    interactive applications, ACM TiiS 7(1).
    """
    to_users = _chances(train.matrix.T.tocsr(), alpha)
    to_items = _chances(train.matrix, alpha)
    damping = np.maximum(train.n_users_of, 1).astype(np.float64) ** -beta

    def weigh(rows: Int64Array, columns: Int32Array, reached: Float32Array) -> Float64Array:
        damped: Float64Array = reached * damping[columns]
        return damped

    similarity = pruned_product(to_users, to_items, weigh, n_neighbours)
    return ItemNeighbours(similarity, Popularity.fit(train))


def fit_markov(train: Histories) -> LastItemNeighbours:
    """Return how often each item came straight after each (a first-order Markov chain).

    ``train`` must be in order; an item straight after itself tells nothing and is left out.
    """
    users = train.users()
    is_next = (users[1:] == users[:-1]) & (train.rows[1:] != train.rows[:-1])
    pairs = (train.rows[:-1][is_next], train.rows[1:][is_next])
    shape = (train.n_items, train.n_items)
    counts = sparse.coo_array((np.ones(len(pairs[0]), np.float32), pairs), shape=shape).tocsr()
    return LastItemNeighbours(counts, Popularity.fit(train))


def _chances(matrix: sparse.csr_array, power: float) -> sparse.csr_array:
    """Return 1 over the entries of the row, to a power, where the matrix is not zero."""
    lengths = np.diff(matrix.indptr)
    chances = matrix.copy()
    each = np.maximum(lengths, 1).astype(np.float64) ** -power
    chances.data = np.repeat(each, lengths).astype(np.float32)
    return chances


def pruned_product(
    left: sparse.csr_array, right: sparse.csr_array, weigh: Weigh, n_neighbours: int
) -> sparse.csr_array:
    """Return the largest entries of each row of ``left @ right`` once weighed, the diagonal not.

    Only some rows are held before they are pruned; nothing is ever dense.

    Parameters
    ----------
    left, right : csr_array of float32, shapes (n_items, n_users) and (n_users, n_items)
        Entries above zero.
    weigh : callable
        Rows, columns and values of entries of the product -> weighed values, above zero.
    n_neighbours : int
        Entries kept a row, 1 or more; of equal ones, any, but the same ones each time.
    """
    blocks = []
    for first, last in _row_blocks(left, right):
        product = (left[first:last] @ right).tocsr()
        rows = np.repeat(np.arange(first, last), np.diff(product.indptr))
        product.data = weigh(rows, product.indices, product.data).astype(np.float32)
        product.data[rows == product.indices] = 0.0
        _keep_largest(product, n_neighbours)
        blocks.append(product)
    return sparse.csr_array(sparse.vstack(blocks, format="csr", dtype=np.float32))


def _row_blocks(left: sparse.csr_array, right: sparse.csr_array) -> Iterator[tuple[int, int]]:
    """Yield first and last row of blocks with about as many terms in the product each."""
    terms = np.cumsum((left != 0).astype(np.int64) @ np.diff(right.indptr).astype(np.int64))
    first, n_rows = 0, left.shape[0]
    while first < n_rows:
        before = terms[first - 1] if first else 0
        last = int(np.searchsorted(terms, before + TERMS_AT_ONCE, side="right"))
        last = min(max(last, first + 1), n_rows)
        yield first, last
        first = last


def _keep_largest(matrix: sparse.csr_array, k: int) -> None:
    """Leave the k largest entries of each row, in place."""
    for start, end in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True):
        if end - start > k:
            row = matrix.data[start:end]
            row[np.argpartition(row, end - start - k)[: end - start - k]] = 0.0
    matrix.eliminate_zeros()
