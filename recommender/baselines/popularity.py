"""What most users had: a baseline by itself, and what the others fall back on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array
from recommender.histories import Histories


@dataclass(frozen=True)
class Popularity:
    """Every user gets the items that most users had."""

    popularity: Float32Array  # (n_items,), users who had the item

    @classmethod
    def fit(cls, train: Histories) -> Popularity:
        """Return the scorer of the number of users of each item."""
        return cls(train.n_users_of.astype(np.float32))

    def scores(self, histories: Histories) -> Float32Array:
        """Return the same scores for everybody."""
        return np.tile(self.popularity, (histories.n_users, 1))

    def fill(self, scores: Float32Array, is_missing: NDArray[np.bool_], below: float) -> None:
        """Put items without a score after those with one, the most popular first.

        Without this, lists that end early, and those of users nothing is known of, would go on in
        the order of the ids. It makes the baselines stronger, never weaker.

        Parameters
        ----------
        scores : ndarray of float32, shape (n_users, n_items)
            Changed where ``is_missing``, to numbers from ``below - 1`` up to ``below``.
        is_missing : ndarray of bool
            Of the same shape, or of one that NumPy stretches to it.
        below : float
            Less than any score that stays.
        """
        shares = self.popularity / (1 + self.popularity.max(initial=0))
        np.copyto(scores, (shares + (below - 1)).astype(np.float32), where=is_missing)
