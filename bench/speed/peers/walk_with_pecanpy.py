"""Walks by PecanPy: its compiled ``_random_walks`` alone, and the mapping to text beside."""

from __future__ import annotations

import numpy as np
from numba_progress import ProgressBar
from pecanpy import pecanpy
from worker import Clock, arguments, serve

asked = arguments()
graph = getattr(pecanpy, asked["mode"])(p=asked["p"], q=asked["q"], workers=1, random_state=1)
with np.load(asked["graph"]) as arrays:
    n_items = len(arrays["offsets"]) - 1
    graph.indptr = arrays["offsets"].astype(np.uint32)
    graph.indices = arrays["neighbours"].astype(np.uint32)
    graph.data = arrays["weights"]
    graph.set_node_ids(None, implicit_ids=True, num_nodes=n_items)
n_steps = asked["length"] - 1  # PecanPy counts steps
n_walks = max(1, round(min(asked["steps"], asked["most_steps"]) / n_steps))


def walks_of(number, n_walks, forward, has_neighbours):
    """Return PecanPy's matrix: a walk a row, the last place its length."""
    starts = np.random.default_rng(number).integers(0, n_items, n_walks).astype(np.uint32)
    with ProgressBar(total=n_walks, disable=True) as progress:
        return graph._random_walks(
            n_walks, n_steps, number, starts, has_neighbours, forward, progress
        )


setup = Clock()
with setup.running():  # includes compiling what fills its tables
    graph._preprocess_transition_probs()
compiling = Clock()
with compiling.running():
    parts = graph.get_move_forward(), graph.get_has_nbrs()
    walks_of(0, 1, *parts)


def run(number):
    """Make walks, then map a part of them to text."""
    clock, text = Clock(), Clock()
    with clock.running():
        matrix = walks_of(number, n_walks, *parts)
    some = matrix[:2000]
    with text.running():
        for row in some:
            graph._map_walk(row)
    return {
        "cpu_s": clock.cpu_s,
        "wall_s": clock.wall_s,
        "steps": int((matrix[:, -1] - 1).sum()),
        "text_ns": 1e9 * text.cpu_s / int(some[:, -1].sum()),
    }


serve({"setup_s": setup.cpu_s, "compile_s": compiling.cpu_s}, run)
