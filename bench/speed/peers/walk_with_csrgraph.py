"""Walks by csrgraph (what nodevectors walks with): its compiled matrix functions."""

from __future__ import annotations

import numpy as np
from csrgraph import random_walks as csr
from worker import Clock, arguments, serve

asked = arguments()
with np.load(asked["graph"]) as arrays:
    indptr, indices = arrays["offsets"].astype(np.uint64), arrays["neighbours"].astype(np.uint32)
    weights = arrays["weights"]
length = asked["length"]
n_walks = max(1, round(min(asked["steps"], asked["most_steps"]) / (length - 1)))
setup = Clock()
with setup.running():
    totals = np.add.reduceat(weights.astype(np.float64), indptr[:-1].astype(np.int64))
    shares = (weights / totals.repeat(np.diff(indptr).astype(np.int64))).astype(np.float32)


def make(number, n_walks):
    """Return a matrix of walks from random items."""
    starts = np.random.default_rng(number).integers(0, len(indptr) - 1, n_walks).astype(np.uint32)
    if asked["p"] == asked["q"] == 1:
        return csr._random_walk(shares, indptr, indices, starts, length)
    # It multiplies the joined ones, where node2vec divides the others.
    back, joined = asked["q"] / asked["p"], asked["q"]
    return csr._node2vec_walks(shares, indptr, indices, starts, length, back, joined)


def run(number):
    """Make walks."""
    clock = Clock()
    with clock.running():
        walks = make(number, n_walks)
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "steps": walks.size - len(walks)}


compiling = Clock()
with compiling.running():
    make(0, 1)
serve({"setup_s": setup.cpu_s, "compile_s": compiling.cpu_s}, run)
