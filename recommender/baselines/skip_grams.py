"""Baselines of the word2vec family, as they are usually used: cosine of mean vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.baselines.neighbours import pruned_product
from recommender.fitted import vector_scorer
from recommender.graph import build_item_graph
from recommender.histories import Histories
from recommender.score import ReadOut, VectorScorer
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkCorpus, WalkSettings, make_walks

MOST_NEIGHBOURS = 500
LONGEST_SENTENCE = 500
# What gensim does when nobody says otherwise, but for thinning, which small catalogues cannot bear.
GENSIM = TrainSettings(dimension=100, window=5, learning_rate=0.025, n_workers=2, engine="gensim")


def fit_deepwalk(train: Histories, *, seed: int) -> VectorScorer:
    """Ten walks of twenty from each item over raw counts of shared users, then gensim's defaults.

    Perozzi, Al-Rfou and Skiena (2014). The 500 strongest neighbours of an item are kept.
    """
    counts = pruned_product(
        train.matrix.T.tocsr(), train.matrix, lambda shared, first: shared, MOST_NEIGHBOURS
    ).tocoo()
    graph = build_item_graph(
        train.item_ids,
        counts.row.astype(np.int32),
        counts.col.astype(np.int32),
        counts.data.astype(np.float32),
        support=train.n_users_of,
        is_directed=True,
    )
    corpus = make_walks(graph, WalkSettings(n_walks=10, length=20, seed=seed))
    return _mean_cosine(train, corpus, GENSIM)


def fit_item2vec(train: Histories, *, sample: float, epochs: int, seed: int) -> VectorScorer:
    """Histories as sentences, shuffled, any two items of a history a pair (Barkan 2016)."""
    random = np.random.Generator(np.random.PCG64(seed))
    lengths = np.minimum(np.diff(train.matrix.indptr), LONGEST_SENTENCE)
    width = int(max(lengths.max(initial=0), 2))
    sentences = np.full((train.n_users, width), -1, np.int32)
    for user, length in enumerate(lengths.tolist()):
        start, end = train.matrix.indptr[user : user + 2]
        sentences[user, :length] = random.permutation(train.matrix.indices[start:end])[:length]
    corpus = WalkCorpus(train.item_ids, sentences[lengths > 1], {})
    return _mean_cosine(train, corpus, replace(GENSIM, sample=sample, epochs=epochs))


def _mean_cosine(train: Histories, corpus: WalkCorpus, settings: TrainSettings) -> VectorScorer:
    """Return cosines with the mean of the history's unit vectors, times its length."""
    trained = train_embeddings(corpus, settings)
    norms = np.linalg.norm(trained.in_vectors, axis=1, keepdims=True)
    unit = trained.in_vectors / np.maximum(norms, 1e-12)
    cosine = replace(trained, in_vectors=unit, out_vectors=unit)
    return vector_scorer(train, cosine, ReadOut())
