"""word2vec by Footpath: the public ``train_embeddings``, whole, from the matrix of walks."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from bench.speed.peers.worker import Clock, arguments, serve
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkCorpus

asked = arguments()
walks = np.load(asked["walks"])
item_ids = tuple(map(str, range(asked["n_items"])))
known = {part.name for part in fields(TrainSettings)}
settings = {key: value for key, value in asked.items() if key in known}


def run(number: int, rows: Any = slice(None)) -> dict[str, Any]:
    """Train on some of the walks."""
    corpus = WalkCorpus(item_ids, walks[rows])
    clock = Clock()
    with clock.running():
        trained = train_embeddings(corpus, TrainSettings(**settings, epochs=1, seed=number))
    if asked["vectors"]:
        vectors = np.zeros((asked["n_items"], asked["dimension"]), dtype=np.float32)
        vectors[np.array(trained.item_ids, dtype=np.int64)] = trained.in_vectors
        np.save(asked["vectors"], vectors)
    tokens = int(corpus.counts().sum())
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "tokens": tokens}


compiling = Clock()
with compiling.running():
    run(0, slice(0, 2))
serve({"setup_s": 0.0, "compile_s": compiling.cpu_s}, run)
