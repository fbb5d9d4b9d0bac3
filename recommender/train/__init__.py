"""Train embeddings: word2vec on walks, or the spectral closed form of the user-item graph."""

from recommender.train.spectral import SpectralSettings, train_spectral, train_spectral_graph
from recommender.train.word2vec import TrainSettings, train_embeddings

__all__ = [
    "SpectralSettings",
    "TrainSettings",
    "train_embeddings",
    "train_spectral",
    "train_spectral_graph",
]
