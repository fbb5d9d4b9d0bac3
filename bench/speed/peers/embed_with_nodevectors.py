"""The whole way by nodevectors: an edge list file to a file of vectors, as its own tool.

nodevectors 0.1.23 calls gensim 3; the one name that has changed is put right here. csrgraph would
set the number of threads after numba has started them, unless its default is what is asked for.
"""

from __future__ import annotations

import gensim
import numba
import numpy as np
from worker import arguments

word2vec = gensim.models.Word2Vec


def with_new_name(*, size, **others):
    """Return gensim 4's Word2Vec for gensim 3's arguments."""
    return word2vec(vector_size=size, **others)


gensim.models.Word2Vec = with_new_name
numba.config.NUMBA_DEFAULT_NUM_THREADS = 1
import csrgraph  # noqa: E402 (after the number of threads is set)
from nodevectors import Node2Vec  # noqa: E402 (likewise)

asked = arguments()
graph = csrgraph.read_edgelist(asked["edges"], directed=False, sep="\t", header=None)
embedder = Node2Vec(
    n_components=asked["dimension"],
    walklen=asked["length"],
    epochs=asked["n_walks"],
    threads=1,
    verbose=False,
    w2vparams={
        "window": asked["window"],
        "negative": asked["n_negatives"],
        "alpha": asked["learning_rate"],
        "sample": 0.0,
        "sg": 1,
        "min_count": 1,
        "epochs": 1,
        "seed": 1,
    },
)
embedder.fit(graph)
np.save(asked["out"], embedder.model.wv.vectors)
with open(asked["out"].removesuffix(".npy") + ".txt", "w", encoding="utf-8") as file:
    file.write("\n".join(embedder.model.wv.index_to_key))
