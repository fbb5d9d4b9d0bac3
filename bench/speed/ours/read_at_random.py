"""Dependent random reads over as much memory as the walks' tables have."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.speed.kernels import N_CHAINS, follow_chains
from bench.speed.peers.worker import Clock, arguments, serve

asked = arguments()
with np.load(asked["graph"]) as arrays:
    n_places = len(arrays["neighbours"]) * asked["bytes_an_edge"] // 4
random = np.random.default_rng(1)
following = random.permutation(n_places).astype(np.int32)
n_steps = max(1, asked["steps"] // N_CHAINS)


def run(number: int) -> dict[str, Any]:
    """Follow 16 chains from random places."""
    starts = np.random.default_rng(number).integers(0, n_places, N_CHAINS).astype(np.int32)
    clock = Clock()
    with clock.running():
        follow_chains(following, starts, n_steps)
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "steps": n_steps * N_CHAINS}


follow_chains(following, np.zeros(N_CHAINS, dtype=np.int32), 1)
serve({"setup_s": 0.0, "compile_s": 0.0}, run)
