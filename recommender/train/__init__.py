"""Train embeddings: word2vec on walks, or the spectral closed form of the user-item graph."""

from recommender.train.spectral import SpectralSettings, train_spectral, train_spectral_graph
from recommender.train.trainers import (
    TRAINER_NAMES,
    LearnedFrom,
    SpectralTrainer,
    Trainer,
    TrainerName,
    Word2VecTrainer,
    first_dimensions,
)
from recommender.train.word2vec import TrainSettings, train_embeddings

__all__ = [
    "TRAINER_NAMES",
    "LearnedFrom",
    "SpectralSettings",
    "SpectralTrainer",
    "TrainSettings",
    "Trainer",
    "TrainerName",
    "Word2VecTrainer",
    "first_dimensions",
    "train_embeddings",
    "train_spectral",
    "train_spectral_graph",
]
