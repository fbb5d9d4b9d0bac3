"""Scores from vectors: how well a candidate's out-vector fits the in-vectors of a history."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.errors import InvalidParameterError
from recommender.graph import Float32Array, Int64Array
from recommender.histories import Histories
from recommender.score.read_out import ReadOut, history_weights, power_of

Link = Literal["linear", "exp"]
LINKS: tuple[Link, ...] = get_args(Link)

ITEMS_AT_ONCE = 4096
LARGEST_EXPONENT = 30.0


@dataclass(frozen=True)
class VectorScorer:
    """In-vectors of the history against the out-vector of the candidate.

    With the link ``linear`` the score of ``j`` is ``d_j^item_power`` times the sum over items ``i``
    of the history of ``d_i^history_power * in_i . out_j``: the read-out of a spectral embedding.
    With ``exp`` each product goes through the exponential first: skip-gram with negative sampling
    learns ``in_i . out_j = log P(j | i) / P_n(j) + constant`` (Levy and Goldberg 2014), so this
    turns products back into chances. Items without vectors have rows of zeros and are never
    recommended.
    """

    in_vectors: Float32Array  # (n_items, dimension)
    out_vectors: Float32Array  # (n_items, dimension)
    popularity: Int64Array  # (n_items,), users who had the item
    read_out: ReadOut
    link: Link = "linear"

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for an unknown link."""
        if self.link not in LINKS:
            raise InvalidParameterError(f"Link '{self.link}' is not one of {', '.join(LINKS)}.")

    @cached_property
    def _without_vector(self) -> NDArray[np.bool_]:
        return np.asarray(~self.out_vectors.any(axis=1), np.bool_)

    def scores(self, histories: Histories) -> Float32Array:
        """Return the score of each item for each user; see :class:`~recommender.score.Scorer`."""
        weights = history_weights(histories, self.popularity, self.read_out)
        if self.link == "linear":
            scores: Float32Array = (weights @ self.in_vectors) @ self.out_vectors.T
        else:
            scores = self._exponential(weights)
        scores *= power_of(self.popularity, self.read_out.item_power)
        scores[:, self._without_vector] = -np.inf
        return scores

    def _exponential(self, weights: sparse.csr_array) -> Float32Array:
        rows = np.unique(weights.indices)
        rows = rows[self.in_vectors[rows].any(axis=1)]
        mine = weights[:, rows].tocsr()
        scores = np.empty(weights.shape, np.float32)
        for first in range(0, len(self.out_vectors), ITEMS_AT_ONCE):
            some = slice(first, first + ITEMS_AT_ONCE)
            products = self.in_vectors[rows] @ self.out_vectors[some].T
            np.exp(np.minimum(products, LARGEST_EXPONENT, out=products), out=products)
            scores[:, some] = mine @ products
        return scores
