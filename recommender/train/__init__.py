"""Train embeddings: word2vec on walks, or the spectral closed form of the user-item graph."""

from recommender.train.settings import ENGINES, NEGATIVES_PER, Engine, NegativesPer, TrainSettings
from recommender.train.spectral import SpectralSettings, train_spectral, train_spectral_graph
from recommender.train.stream import WalkStream, stream_of
from recommender.train.trainers import (
    TRAINER_NAMES,
    LearnedFrom,
    SpectralTrainer,
    Trainer,
    TrainerName,
    Word2VecTrainer,
    first_dimensions,
)
from recommender.train.word2vec import train_embeddings

__all__ = [
    "ENGINES",
    "NEGATIVES_PER",
    "TRAINER_NAMES",
    "Engine",
    "LearnedFrom",
    "NegativesPer",
    "SpectralSettings",
    "SpectralTrainer",
    "TrainSettings",
    "Trainer",
    "TrainerName",
    "WalkStream",
    "Word2VecTrainer",
    "first_dimensions",
    "stream_of",
    "train_embeddings",
    "train_spectral",
    "train_spectral_graph",
]
