"""Footpath's own methods, as evaluation sees them: each chooses its settings inside train."""

from __future__ import annotations

from collections.abc import Callable

from recommender.choose import Part, choose_settings
from recommender.evaluate.method import Method
from recommender.evaluate.split import Task
from recommender.fitted import Choice, embedding_scorer, fit_scores, graph_scorer
from recommender.histories import Histories
from recommender.score import Scorer
from recommender.train import TrainerName


def _graph(train: Histories, task: Task) -> Scorer:
    return graph_scorer(train, choose_settings(train, task, parts=("graph",)))


def _vectors(trainer: TrainerName) -> Callable[[Histories, Task], Scorer]:
    def fit(train: Histories, task: Task) -> Scorer:
        # The graph is chosen too: whether order tells something decides what is learned from.
        parts: tuple[Part, ...] = ("graph", "embedding") if train.is_ordered else ("embedding",)
        return embedding_scorer(train, choose_settings(train, task, parts=parts, trainer=trainer))

    return fit


def _hybrid(train: Histories, task: Task) -> Scorer:
    return fit_scores(train, choose_settings(train, task)).hybrid


OURS: tuple[Method, ...] = (
    Method("graph", _graph),
    Method("word2vec", _vectors("word2vec")),
    Method("embedding", _vectors("spectral")),
    Method("hybrid", _hybrid),
)


def tuned_method(choice: Choice) -> Method:
    """Return a method that takes some settings as they are and chooses nothing."""
    return Method("tuned", lambda train, task: fit_scores(train, choice).hybrid)
