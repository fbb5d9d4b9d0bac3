"""Cut histories into a part to learn from and a later (or hidden) part to be judged on.

How a split is cut is its *protocol*. A method that chooses settings cuts its own validation part
out of the training part by the same protocol, so that nothing is ever chosen on the test part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Int64Array
from recommender.histories import Histories

Protocol = Literal["time", "user-time", "last-item", "random"]
MAX_DIMENSION = 512
LONG_HISTORY = 20  # items; from here on a tenth is more than one item for most
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)


@dataclass(frozen=True)
class Split:
    """Two parts of the same users and catalogue, and the users who can be judged."""

    train: Histories
    test: Histories
    protocol: Protocol  # how a validation part is to be cut from ``train``
    description: str  # one sentence, for reports

    def judged_users(self) -> Int64Array:
        """Return the users with something in both parts, ascending."""
        return np.flatnonzero((self.train.lengths() > 0) & (self.test.lengths() > 0))


@dataclass(frozen=True)
class Task:
    """How lists will be judged: all that a method may know when it chooses its settings."""

    protocol: Protocol = "random"
    k: int = 20
    seed: int = 1
    budget_s: float | None = None  # for choosing settings; None: as long as it takes
    max_dimension: int = MAX_DIMENSION  # coordinates of a vector


def natural_protocol(histories: Histories) -> Protocol:
    """Return how histories are cut when nobody says.

    Without order by chance. In order, each user's last item; where the middle user has
    ``LONG_HISTORY`` items or more, each user's last share instead, since one item of a long
    history tells too little.
    """
    if not histories.is_ordered:
        return "random"
    lengths = histories.lengths()
    middle = np.median(lengths[lengths > 0]) if len(histories.rows) else 0
    return "user-time" if middle >= LONG_HISTORY else "last-item"


def split_histories(
    histories: Histories, protocol: Protocol, *, share: float = 0.2, seed: int = 1
) -> Split:
    """Return the histories cut in two.

    Items of the test part that the user has in the training part too are dropped from it: lists
    never hold what the user had.

    Parameters
    ----------
    histories : Histories
        With times for ``time``; in order for ``user-time`` and ``last-item``.
    protocol : {"time", "user-time", "last-item", "random"}
        ``time``: one moment for all users, after which the given share of interactions lies.
        ``user-time``: the last share of each user's interactions. ``last-item``: the last
        interaction of each user with three or more. ``random``: a random share of each user's.
    share : float
        Of the interactions, 0 < share < 1; not used by ``last-item``.
    seed : int
        Used by ``random`` alone.

    Raises
    ------
    InvalidDataError
        If the histories have no times or no order and the protocol needs them, or nobody has
        something in both parts.
    """
    if protocol not in PROTOCOLS:
        raise InvalidParameterError(f"Split '{protocol}' is not one of {', '.join(PROTOCOLS)}.")
    if not 0 < share < 1:
        raise InvalidParameterError(f"The share to test on is {share}. Give one between 0 and 1.")
    if protocol in ("user-time", "last-item") and not histories.is_ordered:
        raise InvalidDataError(
            f"Split '{protocol}' needs histories in order, and these have none. Use random."
        )
    is_test, description = _CUTS[protocol](histories, share, seed)
    split = given_split(histories.keep(~is_test), histories.keep(is_test), protocol, description)
    if not len(split.judged_users()):
        raise InvalidDataError(
            f"Split '{protocol}' leaves nobody with items in both parts ({description}). "
            "Load more history, or try another split."
        )
    return split


def given_split(train: Histories, test: Histories, protocol: Protocol, description: str) -> Split:
    """Return a split of two parts over the same users and catalogue, cut by somebody else."""
    if train.user_ids != test.user_ids or train.item_ids != test.item_ids:
        raise InvalidParameterError("Both parts of a split must have the same users and items.")
    keys = train.users() * train.n_items + train.rows
    is_new = ~np.isin(test.users() * test.n_items + test.rows, keys)
    return Split(train, test.keep(is_new), protocol, description)


def _by_time(histories: Histories, share: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    if histories.times is None:
        raise InvalidDataError(
            "Split 'time' needs times. Load them with a time column, or split by "
            "last-item (order without times) or random."
        )
    moment = np.quantile(histories.times, 1 - share, method="lower")
    day = np.datetime64(int(moment), "ms").astype("datetime64[s]")
    return histories.times > moment, f"after {day} UTC, the last {share:.0%} of interactions"


def _by_user_time(histories: Histories, share: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    lengths = histories.lengths()
    n_test = np.where(lengths > 1, np.maximum(np.round(lengths * share), 1), 0).astype(np.int64)
    return _last(histories, n_test), f"the last {share:.0%} of each user's interactions"


def _by_last_item(histories: Histories, share: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    n_test = (histories.lengths() >= 3).astype(np.int64)
    return _last(histories, n_test), "the last interaction of each user with three or more"


def _by_chance(histories: Histories, share: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    lengths = histories.lengths()
    n_test = np.where(lengths > 1, np.maximum(np.round(lengths * share), 1), 0).astype(np.int64)
    draws = np.random.Generator(np.random.PCG64(seed)).random(len(histories.rows))
    order = np.lexsort((draws, histories.users()))
    is_test = np.zeros(len(order), bool)
    is_test[order] = _last(histories, n_test)
    return is_test, f"a random {share:.0%} of each user's interactions, seed {seed}"


def _last(histories: Histories, n_last: Int64Array) -> NDArray[np.bool_]:
    """Return whether each interaction is among the last so many of its user."""
    places = np.arange(len(histories.rows))
    is_last: NDArray[np.bool_] = places >= np.repeat(
        histories.offsets[1:] - n_last, histories.lengths()
    )
    return is_last


_CUTS = {
    "time": _by_time,
    "user-time": _by_user_time,
    "last-item": _by_last_item,
    "random": _by_chance,
}
