"""What every scoring method is: histories in, a score for each item out; and lists made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recommender.graph import Float32Array, Int32Array
from recommender.histories import Histories
from recommender.progress import Progress, no_progress

# About how many scores are held at once: 4 bytes each, a few copies while scoring.
SCORES_AT_ONCE = 20_000_000


class Scorer(Protocol):
    """Scores the whole catalogue for some users."""

    def scores(self, histories: Histories) -> Float32Array:
        """Return how well each item fits each user; higher is better.

        Parameters
        ----------
        histories : Histories
            Some users over the same catalogue that the scorer was made with. They need not be
            users it has seen: only a method that has a vector for each user looks at ``user_ids``.

        Returns
        -------
        ndarray of float32, shape (n_users, n_items)
            A fresh array that the caller may change. ``-inf``: never to be recommended.
        """


@dataclass(frozen=True)
class TopItems:
    """The best items of each user, best first; row -1 where a list ended early."""

    rows: Int32Array  # (n_users, k)
    scores: Float32Array  # (n_users, k)


def top_items(
    scorer: Scorer,
    histories: Histories,
    k: int,
    *,
    exclude_seen: bool = True,
    progress: Progress = no_progress,
) -> TopItems:
    """Return the ``k`` best items of each user out of the whole catalogue.

    Equal scores come in the order of the rows. With ``exclude_seen`` an item of the user's own
    history is never in the list.
    """
    n_users, n_items = histories.n_users, histories.n_items
    k = min(k, n_items)
    rows = np.full((n_users, k), -1, np.int32)
    best = np.full((n_users, k), -np.inf, np.float32)
    progress(0, n_users)
    for first, block in histories.blocks(max(1, SCORES_AT_ONCE // max(n_items, 1))):
        scores = scorer.scores(block)
        if exclude_seen:
            scores[block.users(), block.rows] = -np.inf
        last = first + block.n_users
        rows[first:last], best[first:last] = best_of(scores, k)
        progress(last, n_users)
    return TopItems(rows, best)


def best_of(scores: Float32Array, k: int) -> tuple[Int32Array, Float32Array]:
    """Return the columns and values of the ``k`` largest of each row, largest first.

    Ties come in the order of the columns, also at the end of the list. ``-inf`` gives column -1.

    Parameters
    ----------
    scores : ndarray of float32, shape (n, m), 1 <= k <= m
        No NaN.
    """
    n_columns = scores.shape[1]
    columns = np.argpartition(scores, n_columns - k, axis=1)[:, n_columns - k :]
    values = np.take_along_axis(scores, columns, axis=1)
    least = values.min(axis=1)
    # Where more are equal to the last than fit in, the smaller columns go in.
    n_least_kept = (values == least[:, None]).sum(axis=1)
    n_least = (scores == least[:, None]).sum(axis=1)
    for row in np.flatnonzero((n_least > n_least_kept) & (least > -np.inf)):
        above = np.flatnonzero(scores[row] > least[row])
        equal = np.flatnonzero(scores[row] == least[row])[: k - len(above)]
        columns[row] = np.concatenate([above, equal])
        values[row] = scores[row, columns[row]]
    order = np.lexsort((columns, -values), axis=1)
    values = np.take_along_axis(values, order, axis=1)
    best: Int32Array = np.take_along_axis(columns, order, axis=1).astype(np.int32)
    best[values == -np.inf] = -1
    return best, values
