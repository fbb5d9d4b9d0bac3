"""The law of the walks, slow and obvious: the test of the fast kernels and of the Cypher walker."""

from __future__ import annotations

import numpy as np

from recommender.errors import InvalidParameterError
from recommender.graph import Float64Array, ItemGraph

# Beyond these a float64 product of weight and bias could lose its meaning.
LEAST_PQ = 1e-12
GREATEST_PQ = 1e12


def check_p_and_q(p: float, q: float) -> None:
    """Raise InvalidParameterError unless both are numbers from 1e-12 to 1e12."""
    for name, value in (("p", p), ("q", q)):
        if not LEAST_PQ <= value <= GREATEST_PQ:  # false for NaN too
            raise InvalidParameterError(
                f"{name} is {value}. Give a number above zero, {LEAST_PQ:g} to {GREATEST_PQ:g}."
            )


def first_step_probabilities(graph: ItemGraph, current: int) -> Float64Array:
    """Return the chance of each next item when only the last item of the walk matters.

    The transition probability: a neighbour's weight divided by the sum of the weights leaving the
    item.

    Parameters
    ----------
    graph : ItemGraph
        CSR graph with ``n_items`` rows; transition weights, positive, no unit.
    current : int
        Row number, 0 <= row < n_items.

    Returns
    -------
    ndarray of float64, shape (out_degree(current),)
        In the order of ``graph.neighbours_of(current)``; empty if ``current`` has no way out.
    """
    weights = graph.weights_of(current).astype(np.float64)
    return weights / weights.sum() if len(weights) else weights


def transition_probabilities(
    graph: ItemGraph, previous: int, current: int, *, p: float, q: float
) -> Float64Array:
    """Return the chance of each next item, given the last two items of a walk.

    A neighbour's weight is divided by ``p`` if it is the previous item, kept if the previous item
    also links to it, and divided by ``q`` otherwise; the results are then scaled to sum to 1.

    Parameters
    ----------
    graph : ItemGraph
        CSR graph with ``n_items`` rows; transition weights, positive, no unit.
    previous, current : int
        Row numbers, 0 <= row < n_items, with a transition from ``previous`` to ``current``.
    p, q : float
        Return and in-out parameter, both > 0. With ``p == q == 1`` this is a first-order walk.

    Returns
    -------
    ndarray of float64, shape (out_degree(current),)
        In the order of ``graph.neighbours_of(current)``; empty if ``current`` has no way out.

    Raises
    ------
    InvalidParameterError
        If ``p`` or ``q`` is not a number from 1e-12 to 1e12.

    References
    ----------
    Grover and Leskovec (2016), node2vec, KDD, section 3.2. "Links to" is read here as an edge
    from ``previous`` to the candidate.
    """
    check_p_and_q(p, q)
    joined = set(graph.neighbours_of(previous).tolist())
    shares = np.empty(len(graph.neighbours_of(current)), dtype=np.float64)
    for place, candidate in enumerate(graph.neighbours_of(current).tolist()):
        weight = float(graph.weights_of(current)[place])
        if candidate == previous:
            shares[place] = weight / p
        elif candidate in joined:
            shares[place] = weight
        else:
            shares[place] = weight / q
    return shares / shares.sum() if len(shares) else shares
