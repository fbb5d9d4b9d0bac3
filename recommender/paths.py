"""The likeliest ways from one item to another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import yen

from recommender.errors import InvalidParameterError
from recommender.graph import Float64Array, ItemGraph

MAX_PATHS = 20
# Added to every step, so that of equally likely ways the one of fewer steps comes first, and a
# sure step is not taken for none.
STEP_COST = 1e-9


@dataclass(frozen=True)
class ItemPath:
    """A way over some items, each at most once."""

    item_ids: tuple[str, ...]
    weights: tuple[float, ...]  # of each step's relationship
    probabilities: tuple[float, ...]  # transition probability of each step

    @property
    def probability(self) -> float:
        """The chance that a first-order walk from the first item goes this way."""
        return float(np.prod(self.probabilities))


def likeliest_paths(graph: ItemGraph, source: int, target: int, k: int = 1) -> list[ItemPath]:
    """Return up to ``k`` ways without loops from one row to another, the likeliest first.

    A way's probability is the product of its steps' transition probabilities (weight over the sum
    of the weights that leave), so the likeliest is the shortest one where a step costs
    ``-log(probability)``. It is of the direction asked for: a popular item is easily come to and
    seldom left for just this one. Empty if there is no way.

    Raises
    ------
    InvalidParameterError
        If ``k`` is out of range, or both are the same item.

    References
    ----------
    Dijkstra (1959); Yen (1971), Finding the k shortest loopless paths in a network, Management
    Science 17, 712-716.
    """
    if not 1 <= k <= MAX_PATHS:
        raise InvalidParameterError(f"k is {k}; it must be 1 to {MAX_PATHS}.")
    if source == target:
        raise InvalidParameterError("Both are the same item. Name two different ones.")
    probabilities = _transition_matrix(graph)
    costs = probabilities.copy()
    costs.data = STEP_COST - np.log(costs.data)
    _, predecessors = yen(costs, source, target, k, return_predecessors=True)
    ways = [_rows(before, source, target) for before in predecessors]
    return [_path(graph, probabilities, rows) for rows in ways]


def _transition_matrix(graph: ItemGraph) -> sparse.csr_array:
    weights = graph.weights.astype(np.float64)
    shape = (graph.n_items, graph.n_items)
    offsets = graph.offsets.astype(np.int32)  # what scipy's yen takes
    matrix = sparse.csr_array((weights, graph.neighbours, offsets), shape=shape)
    leaving: Float64Array = np.repeat(np.asarray(matrix.sum(axis=1)), np.diff(graph.offsets))
    matrix.data = matrix.data / leaving
    return matrix


def _rows(before: np.ndarray, source: int, target: int) -> list[int]:
    rows = [target]
    while rows[-1] != source:
        rows.append(int(before[rows[-1]]))
    return rows[::-1]


def _path(graph: ItemGraph, probabilities: sparse.csr_array, rows: list[int]) -> ItemPath:
    steps = list(pairwise(rows))
    places = [int(graph.offsets[a] + np.searchsorted(graph.neighbours_of(a), b)) for a, b in steps]
    return ItemPath(
        item_ids=tuple(graph.item_ids[row] for row in rows),
        weights=tuple(float(graph.weights[place]) for place in places),
        probabilities=tuple(float(probabilities.data[place]) for place in places),
    )
