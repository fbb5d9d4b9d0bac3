"""From chosen settings to scorers, in memory: what ``footpath fit --auto`` publishes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from recommender.embeddings import Embeddings
from recommender.evaluate.split import Protocol
from recommender.evaluate.validation import Trial
from recommender.graph import ItemGraph
from recommender.histories import Histories
from recommender.relate import RelateSettings, relate_histories
from recommender.score import (
    HybridScorer,
    ReadOut,
    Scorer,
    ScoreSettings,
    TransitionScorer,
    TwoStepScorer,
    VectorScorer,
)
from recommender.train import SpectralSettings, train_spectral, train_spectral_graph

VectorsFrom = Literal["histories", "relationships"]


@dataclass(frozen=True)
class Choice:
    """The settings that did best, why, and all that was tried."""

    scoring: ScoreSettings
    relate: RelateSettings
    spectral: SpectralSettings
    vectors_from: VectorsFrom
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
    _vectors: dict[tuple[VectorsFrom, SpectralSettings, RelateSettings], Embeddings] = field(
        default_factory=dict
    )

    def graph(self, relate: RelateSettings) -> ItemGraph:
        """Return the relationships of the histories."""
        if relate not in self._graphs:
            self._graphs[relate] = relate_histories(self.histories, relate)
        return self._graphs[relate]

    def vectors(
        self, source: VectorsFrom, spectral: SpectralSettings, relate: RelateSettings
    ) -> Embeddings:
        """Return spectral vectors; those of more dimensions, if there are any, cut to fewer."""
        for (other, made, related), embeddings in self._vectors.items():
            is_same = replace(made, dimension=spectral.dimension) == spectral
            is_longer = made.dimension >= spectral.dimension
            if is_same and is_longer and (other, related) == (source, relate):
                return first_dimensions(embeddings, spectral.dimension)
        if source == "histories":
            trained = train_spectral(self.histories, spectral)
        else:
            trained = train_spectral_graph(self.graph(relate), spectral)
        self._vectors[source, spectral, relate] = trained
        return trained


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
        return TwoStepScorer.fit(histories, read_out)
    graph = (made or Made(histories)).graph(choice.relate)
    return TransitionScorer.from_graph(graph, histories.n_users_of, read_out)


def embedding_scorer(
    histories: Histories, choice: Choice, made: Made | None = None
) -> VectorScorer:
    """Return the vectors' scorer of a choice."""
    embeddings = train_choice(histories, choice, made)
    return vector_scorer(histories, embeddings, choice.scoring.embedding_read_out)


def train_choice(histories: Histories, choice: Choice, made: Made | None = None) -> Embeddings:
    """Return the vectors of a choice."""
    made = made or Made(histories)
    return made.vectors(choice.vectors_from, choice.spectral, choice.relate)


def first_dimensions(embeddings: Embeddings, dimension: int) -> Embeddings:
    """Return spectral embeddings cut to their first coordinates: what fewer would have given."""
    in_vectors = np.ascontiguousarray(embeddings.in_vectors[:, :dimension])
    if embeddings.out_vectors is embeddings.in_vectors:
        return replace(embeddings, in_vectors=in_vectors, out_vectors=in_vectors)
    out_vectors = np.ascontiguousarray(embeddings.out_vectors[:, :dimension])
    return replace(embeddings, in_vectors=in_vectors, out_vectors=out_vectors)


def vector_scorer(histories: Histories, embeddings: Embeddings, read_out: ReadOut) -> VectorScorer:
    """Return the scorer of some vectors over the histories' catalogue, by the linear link."""
    rows = np.array([histories.row_of[item_id] for item_id in embeddings.item_ids], np.int64)
    in_vectors = np.zeros((histories.n_items, embeddings.dimension), np.float32)
    in_vectors[rows] = embeddings.in_vectors
    if embeddings.out_vectors is embeddings.in_vectors:
        out_vectors = in_vectors
    else:
        out_vectors = np.zeros_like(in_vectors)
        out_vectors[rows] = embeddings.out_vectors
    return VectorScorer(in_vectors, out_vectors, histories.n_users_of, read_out)
