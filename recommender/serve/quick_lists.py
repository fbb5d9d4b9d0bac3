"""Lists beside an item that are made without looking at the whole catalogue, where that can be."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from recommender.graph import ItemGraph
from recommender.serve.item_columns import Mask
from recommender.serve.lazy_kernels import kernels
from recommender.serve.method import Method, Source
from recommender.serve.nearest import NearestLists
from recommender.serve.ranking import Candidates, Ranked, RowArray
from recommender.serve.rules import ListRules
from recommender.serve.scorers import ItemScorers

_NO_MASK = np.empty(0, np.bool_)
_NO_MASK.setflags(write=False)
_LOWEST = np.float32(-np.inf)


class Barred(NamedTuple):
    """What may not stand in a list, beside the item itself."""

    least: int  # items in fewer sessions
    shown: Mask | None  # (n_items,), all others
    hidden: Mask | None  # (n_items,), these


class QuickLists:
    """Lists out of the lists of the nearest items, or of the few that a filter lets pass."""

    def __init__(self, scorers: ItemScorers, nearest: NearestLists | None, min_support: int):
        self._scorers = scorers
        self._min_support = min_support  # of what is listed
        self._has_lists = nearest is not None
        self._has_vector = _fixed(scorers.has_vector)
        self._vectors = _fixed(scorers.vectors)
        self._support = _fixed(scorers.support)
        graph: ItemGraph = scorers.graph
        self._graph = tuple(map(_fixed, (graph.offsets, graph.neighbours, graph.weights)))
        self._share = np.float32(scorers.graph_share)
        if nearest is not None:
            self._rows, self._cosines = _fixed(nearest.rows), _fixed(nearest.cosines)

    def warm_up(self) -> None:
        """Have all that is compiled ready."""
        few = np.zeros(1, np.int64)
        rows, scores = np.empty(1, np.int64), np.empty(1, np.float32)
        kernels().score_some(
            0, few, *self._graph, self._share, self._vectors, self._has_vector, rows, scores
        )
        if self._has_lists:
            self._with_neighbours(0)
        self._best((rows, scores), 0, _LOWEST, Barred(0, None, None), 1)
        kernels().round_to_seven_digits(scores, np.empty(1, np.float64))

    def near(
        self,
        method: Method,
        row: int,
        barred: Barred,
        rules: ListRules | None,
        n_ranked: int,
    ) -> Ranked:
        """Return what the list of the nearest items gives, which may be less than is asked for.

        What is not listed has at most the last cosine of the list; so all above that is in order.
        What rules raise is scored beside the list, so that what is left is at most at its own
        cosine still.
        """
        is_of_graph = method == "graph" or not self._has_vector[row]
        if not self._has_lists or is_of_graph or barred.least < self._min_support:
            return []
        source: Source = "hybrid" if method == "hybrid" and self._n_edges(row) else "embedding"
        candidates = self._with_neighbours(row) if source == "hybrid" else self._listed(row)
        if rules is not None and rules.effect.factors is not None:
            found = self._scorers.with_others(row, candidates, rules.effect.raised)
            if found is None:
                return []
            candidates = found[0], rules.weighted(*found)
        if rules is not None and rules.pins:
            keep = ~np.isin(candidates[0], [pin.row for pin in rules.pins])
            candidates = candidates[0][keep], candidates[1][keep]
        above = self._cosines[row, -1]
        return [(source, self._best(candidates, row, above, barred, n_ranked))]

    def among(
        self, method: Method, row: int, others: RowArray, barred: Barred, n_ranked: int
    ) -> Ranked:
        """Return the best of some ascending rows, which may be fewer than are asked for."""
        if method == "graph" or not self._has_vector[row]:
            return []
        source: Source = "hybrid" if method == "hybrid" and self._n_edges(row) else "embedding"
        rows, scores = np.empty(len(others), np.int64), np.empty(len(others), np.float32)
        n_found = kernels().score_some(
            row, others, *self._graph, self._share if source == "hybrid" else np.float32(0),
            self._vectors, self._has_vector, rows, scores,
        )  # fmt: skip
        found = rows[:n_found], scores[:n_found]
        return [(source, self._best(found, row, _LOWEST, barred, n_ranked))]

    def _n_edges(self, row: int) -> int:
        offsets = self._graph[0]
        return int(offsets[row + 1] - offsets[row])

    def _listed(self, row: int) -> Candidates:
        return self._rows[row].astype(np.int64), self._cosines[row].copy()

    def _with_neighbours(self, row: int) -> Candidates:
        most = self._rows.shape[1] + self._n_edges(row)
        rows, scores = np.empty(most, np.int64), np.empty(most, np.float32)
        n_found = kernels().with_neighbours(
            row, self._rows, self._cosines, *self._graph, self._share,
            self._vectors, self._has_vector, rows, scores,
        )  # fmt: skip
        return rows[:n_found], scores[:n_found]

    def _best(
        self, candidates: Candidates, row: int, above: np.float32, barred: Barred, n_ranked: int
    ) -> Candidates:
        rows, scores = candidates
        most = min(n_ranked, len(rows))
        best_rows, best_scores = np.empty(most, np.int64), np.empty(most, np.float32)
        n_found = kernels().best_of(
            rows, scores, row, above, self._support, barred.least,
            _NO_MASK if barred.shown is None else _fixed(barred.shown),
            _NO_MASK if barred.hidden is None else _fixed(barred.hidden),
            best_rows, best_scores,
        )  # fmt: skip
        return best_rows[:n_found], best_scores[:n_found]


def _fixed(array: Any) -> Any:
    """Return an array that is not to be written to: kernels are compiled for such alone."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.setflags(write=False)
    return view
