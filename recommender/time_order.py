"""The order of interactions: by time; of one time, in an order that tells nothing.

Everything in a basket has one time. An order by the item id would put neighbours of the catalogue
side by side, which are alike, and "what comes next" would look easy. So items of one time stand in
a shuffled order that is another for each time, and the same on each run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Int64Array


def time_order(
    groups: tuple[NDArray[np.integer], ...], times: Int64Array, rows: NDArray[np.integer]
) -> Int64Array:
    """Return the places of interactions in order: by the groups, the first foremost, then by time.

    Parameters
    ----------
    groups : tuple of ndarray, shape (n,) each
        Such as visitors, or visitors and their sessions.
    times : ndarray of int64, shape (n,)
        ms since 1970.
    rows : ndarray of integers, shape (n,)
        Rows of the items.
    """
    shuffled = _mixed(_mixed(times) ^ rows.astype(np.uint64))
    order: Int64Array = np.lexsort((shuffled, times, *groups[::-1]))
    return order


def _mixed(numbers: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return 64 well mixed bits for each number (the finaliser of splitmix64)."""
    bits = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = bits ^ (bits >> np.uint64(31))
    return mixed
