"""The scorers of a model version over what users had: what answers users and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recommender.graph import Float32Array, ItemGraph
from recommender.histories import Histories
from recommender.score import (
    HybridScorer,
    Scorer,
    ScoreSettings,
    TransitionScorer,
    TwoStepScorer,
    VectorScorer,
)
from recommender.serve.catalogue import Had
from recommender.serve.method import Method


@dataclass(frozen=True)
class HistoryScores:
    """Scorers by method, and the histories that were known when the model was loaded."""

    histories: Histories
    graph: Scorer
    embedding: Scorer
    settings: ScoreSettings

    @classmethod
    def fit(
        cls,
        histories: Histories,
        graph: ItemGraph,
        in_vectors: Float32Array,
        out_vectors: Float32Array,
        settings: ScoreSettings,
    ) -> HistoryScores:
        """Return the scorers of some settings; all arrays have the rows of the catalogue."""
        popularity = histories.n_users_of
        read_out = settings.graph_read_out
        return cls(
            histories,
            TwoStepScorer.fit(histories, read_out, settings.overlap_power)
            if settings.graph == "two-step"
            else TransitionScorer.from_graph(graph, popularity, read_out),
            VectorScorer(
                in_vectors, out_vectors, popularity, settings.embedding_read_out, settings.link
            ),
            settings,
        )

    def scorer(self, method: Method) -> Scorer:
        """Return what scores by a method."""
        by_method: dict[Method, Scorer] = {"graph": self.graph, "embedding": self.embedding}
        return by_method.get(
            method, HybridScorer(self.graph, self.embedding, self.settings.embedding_share)
        )

    def of_history(
        self, rows: list[int], method: Method, times: list[int] | None = None
    ) -> Float32Array:
        """Return the score of every item for one history, oldest first; shape (n_items,).

        ``times`` are ms since 1970; without them each item has a place of its own.
        """
        history = Histories(
            ("",),
            self.histories.item_ids,
            np.array([0, len(rows)], np.int64),
            np.array(rows, np.int32),
            None if times is None else np.array(times, np.int64),
            is_ordered=self.histories.is_ordered,
        )
        scores: Float32Array = self.scorer(method).scores(history)[0]
        return scores

    @cached_property
    def user_of(self) -> dict[str, int]:
        """Number of each user id."""
        return {user_id: user for user, user_id in enumerate(self.histories.user_ids)}

    def known_history(self, user_id: str) -> list[Had] | None:
        """Return what a user had when the model was loaded, oldest first."""
        user = self.user_of.get(user_id)
        if user is None:
            return None
        histories = self.histories.select(np.array([user]))
        times = histories.times.tolist() if histories.times is not None else None
        return [
            Had(histories.item_ids[row], times[place] if times else None)
            for place, row in enumerate(histories.rows.tolist())
        ]


def scoring_of(parameters: dict[str, Any]) -> ScoreSettings:
    """Return how a version says users and sessions are scored; by default what suits walks."""
    return ScoreSettings.from_json(parameters.get("scoring", {}))
