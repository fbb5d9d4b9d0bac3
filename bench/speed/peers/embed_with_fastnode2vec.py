"""The whole way by fastnode2vec: an edge list file to a file of vectors, as its own tool."""

from __future__ import annotations

import numpy as np
from fastnode2vec import Graph, Node2Vec
from worker import arguments

asked = arguments()


def edges():
    """Read the file as its command does."""
    with open(asked["edges"], encoding="utf-8") as file:
        for line in file:
            first, second, weight = line.split("\t")
            yield first, second, float(weight)


graph = Graph(edges(), directed=False, weighted=True, verbose=False)
model = Node2Vec(
    graph,
    dim=asked["dimension"],
    walk_length=asked["length"],
    window=asked["window"],
    negative=asked["n_negatives"],
    alpha=asked["learning_rate"],
    sample=0.0,
    workers=1,
    seed=None,  # with a seed it would draw the same numbers for each batch
)
model.train(epochs=asked["n_walks"], verbose=False)
np.save(asked["out"], model.wv.vectors)
with open(asked["out"].removesuffix(".npy") + ".txt", "w", encoding="utf-8") as file:
    file.write("\n".join(map(str, model.wv.index_to_key)))
