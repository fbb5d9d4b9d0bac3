"""The nearest items by faiss: all of them compared, or an inverted file of clusters."""

import faiss
import numpy as np
from searching import searched
from worker import Clock, arguments, serve

asked = arguments()
faiss.omp_set_num_threads(1)
vectors, true = np.load(asked["vectors"]), np.load(asked["true"])
setup = Clock()
with setup.running():
    index = faiss.IndexFlatIP(vectors.shape[1])
    if asked["probes"]:
        n_clusters = int(len(vectors) ** 0.5)
        index = faiss.IndexIVFFlat(index, vectors.shape[1], n_clusters, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors)
        index.nprobe = asked["probes"]
    index.add(vectors)


def run(number):
    """Ask for some items, one at a time."""
    return searched(
        lambda row: index.search(vectors[row : row + 1], asked["k"] + 1)[1], asked, number, true
    )


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
