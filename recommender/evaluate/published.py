"""The published model version, judged as it answers: what is in Neo4j and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.errors import InvalidDataError
from recommender.evaluate.method import Method
from recommender.evaluate.split import Task
from recommender.graph import Float32Array
from recommender.histories import Histories
from recommender.score import Scorer
from recommender.serve import METHODS, ServingModel
from recommender.serve import Method as MethodName


def published_methods(model: ServingModel) -> tuple[Method, ...]:
    """Return the methods of a loaded version, such as ``published_hybrid``.

    They learn nothing: vectors, relationships, interactions and exponents are those the database
    holds. So the test part must not have been in the database when the version was fitted.
    """
    return tuple(_published(model, name) for name in METHODS)


def _published(model: ServingModel, name: MethodName) -> Method:
    def fit(train: Histories, task: Task) -> Scorer:
        if model.history_scores is None or train.item_ids[: model.n_items] != model.item_ids:
            raise InvalidDataError(
                f"Model {model.version} was not loaded with these items. Evaluate again."
            )
        return _InLargerCatalogue(model.history_scores.scorer(name), model.item_ids)

    return Method(f"published_{name}", fit)


@dataclass(frozen=True)
class _InLargerCatalogue:
    """Scores of a catalogue's first items; the others, which came later, are never recommended."""

    scorer: Scorer
    item_ids: tuple[str, ...]

    def scores(self, histories: Histories) -> Float32Array:
        known = histories.keep(histories.rows < len(self.item_ids))
        scores = np.full((histories.n_users, histories.n_items), -np.inf, np.float32)
        scores[:, : len(self.item_ids)] = self.scorer.scores(replace(known, item_ids=self.item_ids))
        return scores
