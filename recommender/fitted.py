"""From chosen settings to scorers, in memory: what ``footpath fit --auto`` publishes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from recommender.embeddings import Embeddings
from recommender.evaluate.split import Protocol
from recommender.evaluate.validation import Trial
from recommender.graph import ItemGraph
from recommender.histories import Histories
from recommender.progress import Progress, no_progress
from recommender.relate import RelateSettings, relate_histories
from recommender.score import (
    HybridScorer,
    Link,
    ReadOut,
    Scorer,
    ScoreSettings,
    TransitionScorer,
    TwoStepScorer,
    VectorScorer,
)
from recommender.train import SpectralTrainer, Trainer, first_dimensions


@dataclass(frozen=True)
class Choice:
    """The settings that did best, why, and all that was tried."""

    scoring: ScoreSettings
    relate: RelateSettings
    trainer: Trainer
    reasons: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    k: int = 20
    protocol: Protocol = "random"

    def value(self) -> float:
        """Return the NDCG@k of the chosen blend on the validation part."""
        chosen = {"embedding_share": self.scoring.embedding_share}
        return next(
            trial.value
            for trial in self.trials
            if trial.part == "hybrid" and trial.settings == chosen
        )

    def to_json(self) -> dict[str, Any]:
        """Return the choice and its evidence as plain JSON."""
        return asdict(self)


@dataclass
class Made:
    """Item graphs and vectors of some histories, each made once."""

    histories: Histories
    _graphs: dict[RelateSettings, ItemGraph] = field(default_factory=dict)
    _vectors: dict[tuple[Trainer, RelateSettings], Embeddings] = field(default_factory=dict)

    def graph(self, relate: RelateSettings) -> ItemGraph:
        """Return the relationships of the histories."""
        if relate not in self._graphs:
            self._graphs[relate] = relate_histories(self.histories, relate)
        return self._graphs[relate]

    def vectors(
        self, trainer: Trainer, relate: RelateSettings, progress: Progress = no_progress
    ) -> Embeddings:
        """Return a trainer's vectors; spectral ones are cut from longer ones if there are any."""
        for (other, related), embeddings in self._vectors.items():
            if related != relate:
                continue
            is_longer = isinstance(trainer, SpectralTrainer) and trainer.is_within(other)
            if other == trainer or is_longer:
                self._vectors[other, related] = self._vectors.pop((other, related))  # used last
                is_same = other == trainer
                return embeddings if is_same else first_dimensions(embeddings, trainer.dimension)
        trained = trainer.train(self.histories, lambda: self.graph(relate), progress)
        self._vectors[trainer, relate] = trained
        return trained

    def forget(self, max_bytes: int) -> None:
        """Let go of graphs, and of the vectors used longest ago, until no more than this is held.

        The vectors used last stay in any case.
        """
        self._graphs.clear()
        held = [each.in_vectors.nbytes + each.out_vectors.nbytes for each in self._vectors.values()]
        while sum(held) > max_bytes and len(held) > 1:
            del self._vectors[next(iter(self._vectors))], held[0]


@dataclass(frozen=True)
class FittedScores:
    """Scorers made from all of the histories with chosen settings."""

    scoring: ScoreSettings
    graph: Scorer
    embedding: Scorer

    @property
    def hybrid(self) -> HybridScorer:
        """Both, blended."""
        return HybridScorer(self.graph, self.embedding, self.scoring.embedding_share)


def fit_scores(histories: Histories, choice: Choice, made: Made | None = None) -> FittedScores:
    """Return the scorers of a choice; what is made already is not made again."""
    made = made or Made(histories)
    return FittedScores(
        choice.scoring,
        graph_scorer(histories, choice, made),
        embedding_scorer(histories, choice, made),
    )


def graph_scorer(histories: Histories, choice: Choice, made: Made | None = None) -> Scorer:
    """Return the graph's scorer of a choice."""
    read_out = choice.scoring.graph_read_out
    if choice.scoring.graph == "two-step":
        return TwoStepScorer.fit(histories, read_out, choice.scoring.overlap_power)
    graph = (made or Made(histories)).graph(choice.relate)
    return TransitionScorer.from_graph(graph, histories.n_users_of, read_out)


def embedding_scorer(
    histories: Histories, choice: Choice, made: Made | None = None
) -> VectorScorer:
    """Return the vectors' scorer of a choice."""
    embeddings = train_choice(histories, choice, made)
    scoring = choice.scoring
    return vector_scorer(histories, embeddings, scoring.embedding_read_out, scoring.link)


def train_choice(
    histories: Histories,
    choice: Choice,
    made: Made | None = None,
    progress: Progress = no_progress,
) -> Embeddings:
    """Return the vectors of a choice."""
    return (made or Made(histories)).vectors(choice.trainer, choice.relate, progress)


def vector_scorer(
    histories: Histories, embeddings: Embeddings, read_out: ReadOut, link: Link = "linear"
) -> VectorScorer:
    """Return the scorer of some vectors over the histories' catalogue."""
    rows = np.array([histories.row_of[item_id] for item_id in embeddings.item_ids], np.int64)
    in_vectors = np.zeros((histories.n_items, embeddings.dimension), np.float32)
    in_vectors[rows] = embeddings.in_vectors
    out_vectors = np.zeros_like(in_vectors)
    out_vectors[rows] = embeddings.out_vectors
    return VectorScorer(in_vectors, out_vectors, histories.n_users_of, read_out, link)
