"""Metrics of top-k lists. Formulas and references: docs/reference/metrics.md.

``hits`` says which places of the lists hold a relevant item; everything per user is made from it
and from the number of relevant items, which must be one or more for each user.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array, Float64Array, Int32Array, Int64Array
from recommender.histories import Histories
from recommender.score.scorer import SCORES_AT_ONCE

Hits = NDArray[np.bool_]  # (n_users, k)
DIVERSITY_USERS = 2_000


def hits_of(rows: Int32Array, relevant: Histories) -> Hits:
    """Return whether each place of each list holds a relevant item; -1 is an empty place."""
    keys = relevant.users() * relevant.n_items + relevant.rows
    listed = np.arange(len(rows))[:, None] * relevant.n_items + rows
    found: Hits = np.isin(listed, keys) & (rows >= 0)
    return found


def precision(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """Hits among the first k, over k."""
    return np.asarray(hits[:, :k].sum(axis=1) / k, np.float64)


def recall(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """Hits among the first k, over all relevant items."""
    return np.asarray(hits[:, :k].sum(axis=1) / n_relevant, np.float64)


def hit_rate(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """1 if any of the first k is relevant, else 0."""
    return np.asarray(hits[:, :k].any(axis=1), np.float64)


def mrr(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """1 over the rank of the first hit among the first k; 0 without one."""
    first = hits[:, :k].argmax(axis=1)
    return np.where(hits[:, :k].any(axis=1), 1.0 / (first + 1), 0.0)


def average_precision(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """Precision at each hit among the first k, added up, over all relevant items."""
    found = hits[:, :k]
    precisions = found.cumsum(axis=1) / np.arange(1, found.shape[1] + 1)
    return np.asarray((precisions * found).sum(axis=1) / n_relevant, np.float64)


def ndcg(hits: Hits, n_relevant: Int64Array, k: int) -> Float64Array:
    """Discounted hits among the first k, over those of the best list of that length."""
    found = hits[:, :k]
    gains = _gain(np.arange(1, found.shape[1] + 1))
    return np.asarray((found * gains).sum(axis=1) / _best_gain(n_relevant, k), np.float64)


def ndcg_by_rank(
    scores: Float32Array, histories: Histories, relevant: Histories, k: int
) -> Float64Array:
    """Return the NDCG@k of each user from the ranks of the relevant items alone.

    The same as of the lists themselves, equal scores in the order of the rows, but many times
    faster: nothing is sorted. Items of the history are left out; ``scores`` is changed.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_users, n_items)
    histories, relevant : Histories
        What the same users had, and what is to be found; both over the same catalogue.
    """
    scores[histories.users(), histories.rows] = -np.inf
    users = relevant.users()
    ranks = np.empty(len(users), np.int64)
    at_once = max(1, SCORES_AT_ONCE // scores.shape[1])
    for first in range(0, len(users), at_once):
        some = slice(first, first + at_once)
        ranks[some] = _ranks(scores[users[some]], relevant.rows[some])
    gains = np.where(ranks <= k, _gain(ranks), 0.0)
    found = np.bincount(users, gains, minlength=relevant.n_users)
    return np.asarray(found / _best_gain(relevant.lengths(), k), np.float64)


def _ranks(scores: Float32Array, rows: Int32Array) -> Int64Array:
    """Return the rank of one item in each row of scores, from 1."""
    own = scores[np.arange(len(rows)), rows][:, None]
    ranks: Int64Array = (scores > own).sum(axis=1) + 1
    is_equal = scores == own
    tied = np.flatnonzero(is_equal.sum(axis=1) > 1)
    before = np.arange(scores.shape[1]) < rows[tied, None]
    ranks[tied] += (is_equal[tied] & before).sum(axis=1)
    return ranks


def _gain(ranks: Int64Array) -> Float64Array:
    return np.asarray(1.0 / np.log2(ranks + 1), np.float64)


def _best_gain(n_relevant: Int64Array, k: int) -> Float64Array:
    """Return the gain of a list of k that begins with all relevant items, for each user."""
    best: Float64Array = np.cumsum(_gain(np.arange(1, k + 1)))[np.minimum(n_relevant, k) - 1]
    return best


PER_USER = {
    "ndcg": ndcg,
    "recall": recall,
    "hit_rate": hit_rate,
    "mrr": mrr,
    "map": average_precision,
    "precision": precision,
}


def catalogue_coverage(rows: Int32Array, n_items: int) -> float:
    """Return the share of the catalogue that is in at least one list."""
    return len(np.unique(rows[rows >= 0])) / n_items


def novelty(rows: Int32Array, train: Histories) -> Float64Array:
    """Return, per user, the mean surprise of the list: -log2 of the share of users who had it.

    An item that nobody had counts as had by one (Vargas and Castells 2011).
    """
    n_users = max(int((train.lengths() > 0).sum()), 1)
    surprise = -np.log2(np.maximum(train.n_users_of, 1) / n_users)
    return _mean_over_list(surprise, rows)


def popularity_lift(rows: Int32Array, train: Histories, histories: Histories) -> Float64Array:
    """Return, per user, how much more popular the list is than the user's own history, less 1.

    0: as popular; 1: twice (Abdollahpouri et al. 2019).
    """
    popularity = train.n_users_of.astype(np.float64)
    own = histories.matrix @ popularity / np.maximum(np.diff(histories.matrix.indptr), 1)
    return np.asarray(_mean_over_list(popularity, rows) / np.maximum(own, 1e-9) - 1, np.float64)


def intra_list_diversity(rows: Int32Array, train: Histories, *, seed: int = 1) -> Float64Array:
    """Return 1 less the mean cosine of the pairs of a list, for up to 2,000 users.

    Items are compared by the users who had them. Lists of fewer than two items are left out.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    lists = rows[(rows >= 0).sum(axis=1) >= 2]
    if len(lists) > DIVERSITY_USERS:
        lists = lists[random.choice(len(lists), DIVERSITY_USERS, replace=False)]
    by_item = train.matrix.T.tocsr()
    norms = np.sqrt(np.maximum(train.n_users_of, 1))
    values = np.empty(len(lists))
    for place, row in enumerate(lists):
        items = row[row >= 0]
        shared = (by_item[items] @ by_item[items].T).toarray() / np.outer(
            norms[items], norms[items]
        )
        n_pairs = len(items) * (len(items) - 1)
        values[place] = 1 - (shared.sum() - np.trace(shared)) / n_pairs
    return values


def _mean_over_list(values: Float64Array, rows: Int32Array) -> Float64Array:
    is_item = rows >= 0
    sums = np.where(is_item, values[np.maximum(rows, 0)], 0.0).sum(axis=1)
    return np.asarray(sums / np.maximum(is_item.sum(axis=1), 1), np.float64)
