"""The whole way by PecanPy and gensim: an edge list file to a file of vectors, as its own tool."""

from __future__ import annotations

import numpy as np
from gensim.models import Word2Vec
from pecanpy import pecanpy
from worker import arguments

asked = arguments()
graph = pecanpy.PreCompFirstOrder(p=1, q=1, workers=1, random_state=1)
graph.read_edg(asked["edges"], weighted=True, directed=False)
walks = graph.simulate_walks(num_walks=asked["n_walks"], walk_length=asked["length"] - 1)
model = Word2Vec(  # as its embed does, with the window, negatives and rate asked for
    walks,
    vector_size=asked["dimension"],
    window=asked["window"],
    negative=asked["n_negatives"],
    alpha=asked["learning_rate"],
    sample=0.0,
    sg=1,
    min_count=0,
    workers=1,
    epochs=1,
    seed=1,
)
np.save(asked["out"], model.wv[graph.nodes])
with open(asked["out"].removesuffix(".npy") + ".txt", "w", encoding="utf-8") as file:
    file.write("\n".join(graph.nodes))
