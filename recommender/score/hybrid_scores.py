"""Graph and vectors together: made comparable, then blended by a share fitted on validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.errors import InvalidParameterError
from recommender.graph import Float32Array
from recommender.histories import Histories
from recommender.score.scorer import Scorer


@dataclass(frozen=True)
class HybridScorer:
    """``(1 - share) * graph + share * embedding``, each of unit length over a user's candidates.

    Candidates are the items that the user has not had: what is never recommended must not decide
    how the two are weighed.
    """

    graph: Scorer
    embedding: Scorer
    embedding_share: float  # 0 to 1

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a share out of its range."""
        if not 0 <= self.embedding_share <= 1:
            raise InvalidParameterError(
                f"embedding_share is {self.embedding_share}. Give a number from 0 to 1."
            )

    def scores(self, histories: Histories) -> Float32Array:
        """Return the score of each item for each user; see :class:`~recommender.score.Scorer`."""
        return blend(
            unit_scores(self.graph.scores(histories), histories),
            unit_scores(self.embedding.scores(histories), histories),
            self.embedding_share,
        )


def blend(graph: Float32Array, embedding: Float32Array, share: float) -> Float32Array:
    """Return the blend of two arrays of unit scores, a fresh array."""
    return np.float32(1 - share) * graph + np.float32(share) * embedding


def unit_scores(scores: Float32Array, histories: Histories) -> Float32Array:
    """Return scores divided by their Euclidean length over each user's candidates, in place.

    Items of the history have no part in the length but keep their scores, so that they can be
    ranked where they are asked for. Items that are never to be recommended become 0.
    """
    scores[~np.isfinite(scores)] = 0.0
    users = histories.users()
    of_history = scores[users, histories.rows]
    scores[users, histories.rows] = 0.0
    lengths = np.linalg.norm(scores, axis=1, keepdims=True)
    scores[users, histories.rows] = of_history
    scores /= np.where(lengths > 0, lengths, 1)
    return scores
