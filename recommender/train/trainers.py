"""Trainers behind one interface: what is learned from, and how, as settings that can be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, get_args

import numpy as np

from recommender.embeddings import Embeddings
from recommender.graph import ItemGraph
from recommender.histories import Histories
from recommender.progress import Progress, no_progress
from recommender.train.settings import TrainSettings
from recommender.train.spectral import SpectralSettings, train_spectral, train_spectral_graph
from recommender.train.word2vec import train_embeddings
from recommender.walks import WalkSettings, walks_to_train_on
from recommender.walks.bipartite import make_item_walks

# Who had what, or the item relationships that order has made of it.
LearnedFrom = Literal["histories", "relationships"]
TrainerName = Literal["spectral", "word2vec"]
TRAINER_NAMES: tuple[TrainerName, ...] = get_args(TrainerName)


class Trainer(Protocol):
    """Makes embeddings of the items; equal settings are one and the same training."""

    @property
    def name(self) -> TrainerName:
        """Which trainer it is."""

    @property
    def learned_from(self) -> LearnedFrom:
        """What is learned from."""

    @property
    def dimension(self) -> int:
        """Coordinates of a vector, at most."""

    def train(
        self,
        histories: Histories,
        graph: Callable[[], ItemGraph],
        progress: Progress = no_progress,
    ) -> Embeddings:
        """Return the embeddings; ``graph`` gives the item relationships to who needs them."""


@dataclass(frozen=True)
class SpectralTrainer:
    """The closed form: singular vectors of the damped histories or relationships."""

    learned_from: LearnedFrom = "histories"
    settings: SpectralSettings = field(default_factory=SpectralSettings)
    name: TrainerName = field(default="spectral", init=False)

    @property
    def dimension(self) -> int:
        """Coordinates of a vector, at most."""
        return self.settings.dimension

    def train(
        self,
        histories: Histories,
        graph: Callable[[], ItemGraph],
        progress: Progress = no_progress,
    ) -> Embeddings:
        """Return the embeddings; see :class:`Trainer`."""
        if self.learned_from == "histories":
            return train_spectral(histories, self.settings)
        return train_spectral_graph(graph(), self.settings)

    def is_within(self, other: Trainer) -> bool:
        """Whether the vectors are the first coordinates of what the other makes."""
        return (
            isinstance(other, SpectralTrainer)
            and other.dimension >= self.dimension
            and self == replace(other, settings=replace(other.settings, dimension=self.dimension))
        )


@dataclass(frozen=True)
class Word2VecTrainer:
    """Skip-gram on walks: over users and items, or along the relationships."""

    learned_from: LearnedFrom = "histories"
    walk: WalkSettings = field(default_factory=WalkSettings)
    settings: TrainSettings = field(default_factory=TrainSettings)
    name: TrainerName = field(default="word2vec", init=False)

    @property
    def dimension(self) -> int:
        """Coordinates of a vector."""
        return self.settings.dimension

    def train(
        self,
        histories: Histories,
        graph: Callable[[], ItemGraph],
        progress: Progress = no_progress,
    ) -> Embeddings:
        """Return the embeddings; see :class:`Trainer`."""
        if self.learned_from == "histories":
            walked = make_item_walks(histories, self.walk)
            return train_embeddings(walked, self.settings, progress=progress)
        walks = walks_to_train_on(graph(), self.walk)
        return train_embeddings(walks, self.settings, progress=progress)


def first_dimensions(embeddings: Embeddings, dimension: int) -> Embeddings:
    """Return spectral embeddings cut to their first coordinates: what fewer would have given."""
    in_vectors = np.ascontiguousarray(embeddings.in_vectors[:, :dimension])
    out_vectors = np.ascontiguousarray(embeddings.out_vectors[:, :dimension])
    return replace(embeddings, in_vectors=in_vectors, out_vectors=out_vectors)
