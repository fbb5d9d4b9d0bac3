"""Compiled loops over peers' walk functions, so that they are not charged for being called."""

from __future__ import annotations

import numba


@numba.njit(nogil=True)
def walk_each(walk, indptr, indices, data, length, p, q, starts):
    """Call fastnode2vec's walk for each start and return the steps made."""
    steps = 0
    for at in range(len(starts)):
        steps += len(walk(indptr, indices, data, length, p, q, starts[at])) - 1
    return steps
