"""How a history is read: what each item in it, and each candidate, weighs.

Scores from a graph or from vectors are sums over the items of a history. Two powers of popularity
(how many users had an item) decide how much a popular item tells, and how much it is favoured; a
decay lets late items count more. They belong to a data set and are fitted on validation
(``recommender.choose``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recommender.errors import InvalidParameterError
from recommender.graph import Float32Array, Int64Array
from recommender.histories import Histories


@dataclass(frozen=True)
class ReadOut:
    """Powers of popularity and the decay of a history.

    Parameters
    ----------
    history_power : float
        An item of the history weighs popularity to this power, -2 to 2. Below 0: popular items
        tell less.
    item_power : float
        A candidate's score is multiplied by its popularity to this power, -2 to 2.
    history_decay : float
        Times this for each further place from the end of the history, 0 < decay <= 1. Items of one
        time, such as a basket, have one place. With 1, or without order, all count alike.
    """

    history_power: float = 0.0
    item_power: float = 0.0
    history_decay: float = 1.0

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a value out of its range."""
        for name in ("history_power", "item_power"):
            if not -2 <= getattr(self, name) <= 2:
                raise InvalidParameterError(f"{name} is {getattr(self, name)}. Give -2 to 2.")
        if not 0 < self.history_decay <= 1:
            raise InvalidParameterError(
                f"history_decay is {self.history_decay}. Give a number above 0, at most 1."
            )


def power_of(popularity: Int64Array, power: float) -> Float32Array:
    """Return popularity to a power, an item that nobody had counting as one; shape (n_items,)."""
    powered = np.maximum(popularity, 1).astype(np.float64) ** power
    return np.asarray(powered, np.float32)


def history_weights(
    histories: Histories, popularity: Int64Array, read_out: ReadOut
) -> sparse.csr_array:
    """Return what each item of each history weighs; shape (n_users, n_items), float32.

    An item that stands in a history several times counts once, at its last place.
    """
    if read_out.history_decay == 1.0 or not histories.is_ordered:
        weights = histories.matrix.copy()
    else:
        weights = _decayed(histories, read_out.history_decay)
    weights.data *= power_of(popularity, read_out.history_power)[weights.indices]
    return weights


def _decayed(histories: Histories, decay: float) -> sparse.csr_array:
    users, rows = histories.users(), histories.rows
    places = _places(histories)
    from_end = np.repeat(_last_of_each(places, histories), histories.lengths()) - places
    # Backwards, so that the first of each (user, item) is its last place.
    keys = (users * histories.n_items + rows)[::-1]
    last = len(keys) - 1 - np.unique(keys, return_index=True)[1]
    values = (decay ** from_end[last].astype(np.float64)).astype(np.float32)
    shape = (histories.n_users, histories.n_items)
    return sparse.coo_array((values, (users[last], rows[last])), shape=shape).tocsr()


def _places(histories: Histories) -> Int64Array:
    """Return a number for each interaction that grows by one wherever time goes on."""
    if histories.times is None:
        return np.arange(len(histories.rows))
    return np.concatenate([[0], np.cumsum(np.diff(histories.times) != 0)])[: len(histories.rows)]


def _last_of_each(places: Int64Array, histories: Histories) -> Int64Array:
    """Return the last place of each history; of an empty one, anything."""
    if not len(places):
        return np.zeros(histories.n_users, np.int64)
    return places[np.maximum(histories.offsets[1:] - 1, 0)]
