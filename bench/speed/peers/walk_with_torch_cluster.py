"""Walks by torch_cluster: its C++ operator, which takes no weights."""

from __future__ import annotations

import numpy as np
import torch
from torch_cluster import random_walk  # noqa: F401 (loads the operator)
from worker import Clock, arguments, serve

torch.set_num_threads(1)
asked = arguments()
setup = Clock()
with np.load(asked["graph"]) as arrays:
    offsets, neighbours = arrays["offsets"], arrays["neighbours"]
with setup.running():
    rowptr, col = torch.from_numpy(offsets), torch.from_numpy(neighbours.astype(np.int64))
n_steps = asked["length"] - 1
n_walks = max(1, round(min(asked["steps"], asked["most_steps"]) / n_steps))
p, q = float(asked["p"]), float(asked["q"])


def run(number):
    """Make walks from random items."""
    torch.manual_seed(number)
    starts = torch.randint(0, len(rowptr) - 1, (n_walks,))
    clock = Clock()
    with clock.running():
        torch.ops.torch_cluster.random_walk(rowptr, col, starts, n_steps, p, q)
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "steps": n_walks * n_steps}


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
