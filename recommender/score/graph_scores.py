"""Scores straight from the graph: two steps over users, or one step along transitions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from recommender.graph import Float32Array, Int64Array, ItemGraph
from recommender.histories import Histories
from recommender.score.read_out import ReadOut, history_weights, power_of


@dataclass(frozen=True)
class TwoStepScorer:
    """Walk from the history to the users who share it, and on to what they had.

    A user ``v`` is reached with ``r_v``, the sum over the items ``i`` of the history that ``v`` had
    too, of ``d_i^history_power``. The score of candidate ``j`` is ``d_j^item_power`` times the sum
    over the users who had ``j``, of ``r_v^overlap_power / d_v``: ``d_i`` users had the item, the
    user had ``d_v`` items. The last factor is the chance of the walker's second step; the first is
    that of RP3beta with its powers set free (Paudel et al. 2017; Cooper et al. 2014). An
    ``overlap_power`` above 1 has the walker lean to users who share much of the history, as
    user-based neighbours do (Aiolli 2013 calls it locality).

    ``matrix`` holds 1 where a user had an item, shape (n_users, n_items).
    """

    matrix: sparse.csr_array
    popularity: Int64Array  # (n_items,), users who had the item
    read_out: ReadOut
    overlap_power: float = 1.0

    @classmethod
    def fit(cls, train: Histories, read_out: ReadOut, overlap_power: float = 1.0) -> TwoStepScorer:
        """Return the scorer over all users of ``train``."""
        return cls(train.matrix, train.n_users_of, read_out, overlap_power)

    @cached_property
    def _users_of(self) -> sparse.csr_array:
        return self.matrix.T.tocsr()

    def scores(self, histories: Histories) -> Float32Array:
        """Return the score of each item for each user; see :class:`~recommender.score.Scorer`."""
        weights = history_weights(histories, self.popularity, self.read_out)
        scores = self.spread(weights)
        scores *= power_of(self.popularity, self.read_out.item_power)
        return scores

    def spread(self, weights: sparse.csr_array) -> Float32Array:
        """Return where two steps lead from weighted items; shape (n_users, n_items)."""
        reached = (weights @ self._users_of).tocsr()
        reached.data **= np.float32(self.overlap_power)
        lengths = np.maximum(np.diff(self.matrix.indptr), 1).astype(np.float32)
        reached.data /= lengths[reached.indices]
        spread: Float32Array = (reached @ self.matrix).toarray()
        return spread


@dataclass(frozen=True)
class TransitionScorer:
    """One step along the weighted relationships of the items in the history.

    The score of candidate ``j`` is ``d_j^item_power`` times the sum over items ``i`` of the
    history of ``d_i^history_power * decay^(places from the end) * w_ij``. ``relationships`` holds
    the weights ``w_ij``, shape (n_items, n_items).
    """

    relationships: sparse.csr_array
    popularity: Int64Array  # (n_items,), users who had the item
    read_out: ReadOut

    @classmethod
    def from_graph(
        cls, graph: ItemGraph, popularity: Int64Array, read_out: ReadOut
    ) -> TransitionScorer:
        """Return the scorer over the relationships of an item graph."""
        return cls(graph.adjacency(), popularity, read_out)

    def scores(self, histories: Histories) -> Float32Array:
        """Return the score of each item for each user; see :class:`~recommender.score.Scorer`."""
        weights = history_weights(histories, self.popularity, self.read_out)
        scores: Float32Array = (weights @ self.relationships).toarray().astype(np.float32)
        scores *= power_of(self.popularity, self.read_out.item_power)
        return scores
