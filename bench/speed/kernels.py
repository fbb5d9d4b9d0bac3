"""The machine's own limit: dependent reads from memory at random, in some chains at once."""

from __future__ import annotations

from typing import Any

import numba

N_CHAINS = 16


@numba.njit(nogil=True, cache=True)
def follow_chains(following: Any, starts: Any, n_steps: Any) -> Any:
    """Follow ``following`` from each of the starts, in turn, and return where the chains end.

    Each read needs the one before it in its chain, so what overlaps is what the processor can keep
    waiting for at once; a walk step with everything else for free would take as long.
    """
    places = starts.copy()
    for _ in range(n_steps):
        for chain in range(len(places)):
            places[chain] = following[places[chain]]
    return places
