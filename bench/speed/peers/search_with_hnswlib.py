"""The nearest items by hnswlib."""

import hnswlib
import numpy as np
from searching import searched
from worker import Clock, arguments, serve

asked = arguments()
vectors, true = np.load(asked["vectors"]), np.load(asked["true"])
setup = Clock()
with setup.running():
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
    index.add_items(vectors, num_threads=1)
    index.set_ef(asked["ef"])


def run(number):
    """Ask for some items, one at a time."""

    def find(row):
        return index.knn_query(vectors[row : row + 1], asked["k"] + 1, num_threads=1)[0]

    return searched(find, asked, number, true)


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
