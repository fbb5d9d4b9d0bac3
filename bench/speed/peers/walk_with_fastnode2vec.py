"""Walks by fastnode2vec: its compiled function for one walk, called from a compiled loop."""

from __future__ import annotations

import numpy as np
from fastnode2vec import graph as fast
from kernels import walk_each
from worker import Clock, arguments, serve

asked = arguments()
with np.load(asked["graph"]) as arrays:
    indptr, indices = arrays["offsets"].astype(np.int32), arrays["neighbours"]
    weights = arrays["weights"].astype(np.float64)
length = asked["length"]
n_walks = max(1, round(min(asked["steps"], asked["most_steps"]) / (length - 1)))
setup = Clock()
with setup.running():  # as its Graph does, which cannot be given arrays
    shares = weights / np.add.reduceat(weights, indptr[:-1]).repeat(np.diff(indptr))
    running = fast._csr_row_cumsum(indptr, shares)


def make(number, n_walks):
    """Make walks from random items and return the steps."""
    starts = np.random.default_rng(number).integers(0, len(indptr) - 1, n_walks)
    p, q = float(asked["p"]), float(asked["q"])
    walk = fast._random_walk_weighted
    return walk_each(walk, indptr, indices, running, length, p, q, starts)


def run(number):
    """Make walks."""
    clock = Clock()
    with clock.running():
        steps = make(number, n_walks)
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "steps": int(steps)}


compiling = Clock()
with compiling.running():
    make(0, 1)
serve({"setup_s": setup.cpu_s, "compile_s": compiling.cpu_s}, run)
