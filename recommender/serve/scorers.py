"""What scores items beside one item or a history: vectors, the graph, category, popularity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from recommender.graph import Float32Array, Int64Array, ItemGraph
from recommender.serve.filters import FEW
from recommender.serve.history_scores import HistoryScores
from recommender.serve.item_columns import Mask
from recommender.serve.method import CHAINS, METHODS, Method, Source
from recommender.serve.ranking import NO_CANDIDATES, Candidates, RowArray, Scorers


@dataclass(frozen=True)
class ItemScorers:
    """Scorers over the rows of one catalogue; see :class:`ServingModel` for the arrays."""

    vectors: Float32Array  # (n_items, dimension), unit length or zeros
    graph: ItemGraph
    support: Int64Array  # (n_items,)
    categories: tuple[str | None, ...]
    graph_share: float

    @cached_property
    def has_vector(self) -> Mask:
        """Whether each row has a vector."""
        return np.asarray(self.vectors.any(axis=1), np.bool_)

    @cached_property
    def _vector_rows(self) -> RowArray:
        return np.flatnonzero(self.has_vector)

    @cached_property
    def _by_support(self) -> RowArray:
        return np.argsort(-self.support, kind="stable").astype(np.int64)

    @cached_property
    def _category_rows(self) -> dict[str, RowArray]:
        """Rows of each category, most supported first."""
        rows: dict[str, list[int]] = {}
        for row in self._by_support.tolist():
            name = self.categories[row]
            if name is not None:
                rows.setdefault(name, []).append(row)
        return {name: np.array(members, np.int64) for name, members in rows.items()}

    def warm_up(self) -> None:
        """Compute now what the first answers would otherwise wait for."""
        _ = self._vector_rows, self._by_support, self._category_rows

    def beside(
        self, chain: tuple[Source, ...], row: int | None, category: str | None, allowed: Mask
    ) -> Scorers:
        """Yield the scorers of a chain for one item (None: not of this catalogue)."""
        by_source: dict[Source, Callable[[], Candidates]] = {
            "category": lambda: self._popular(self._category_rows.get(category or "")),
            "popular": lambda: self._popular(self._by_support),
        }
        if row is not None:
            by_source["hybrid"] = lambda: self._hybrid(row, allowed)
            by_source["embedding"] = lambda: self._embedding(row, allowed)
            by_source["graph"] = lambda: self._graph(row)
        return ((source, by_source[source]) for source in chain)

    def beside_history(
        self, scores: HistoryScores, rows: list[int], times: list[int] | None, method: Method
    ) -> Scorers:
        """Yield the scorers of a method's chain for a history, oldest row first."""
        by_source: dict[Source, Callable[[], Candidates]] = {
            **{name: partial(_of_history, scores, rows, times, name) for name in METHODS},
            "category": partial(self._popular_beside, rows),
            "popular": partial(self._popular, self._by_support),
        }
        chain: tuple[Source, ...] = CHAINS[method] if rows else ("popular",)
        return ((source, by_source[source]) for source in chain)

    def with_others(self, row: int, found: Candidates, others: RowArray) -> Candidates | None:
        """Return candidates and other rows by their cosine; None if those are too many.

        ``others`` ascend; those that are candidates already, or have no vector, are passed over.
        """
        if FEW * len(others) >= len(self.vectors):
            return None
        is_new = self.has_vector[others]
        places = np.searchsorted(others, found[0])
        is_known = np.append(others, -1)[places] == found[0]
        is_new[places[is_known]] = False
        others = others[is_new]
        cosines = np.clip(self.vectors.take(others, axis=0) @ self.vectors[row], -1.0, 1.0)
        return np.concatenate([found[0], others]), np.concatenate([found[1], cosines])

    def _embedding(self, row: int, allowed: Mask) -> Candidates:
        if not self.has_vector[row]:
            return NO_CANDIDATES
        rows = np.flatnonzero(allowed & self.has_vector)
        vector = self.vectors[row]
        if FEW * len(rows) < len(self.vectors):
            return rows, np.clip(self.vectors[rows] @ vector, -1.0, 1.0)
        return rows, np.clip(self.vectors @ vector, -1.0, 1.0)[rows]

    def _graph(self, row: int) -> Candidates:
        weights = self.graph.weights_of(row)
        if not len(weights):
            return NO_CANDIDATES
        return self.graph.neighbours_of(row).astype(np.int64), weights / weights.max()

    def _hybrid(self, row: int, allowed: Mask) -> Candidates:
        """Cosine and graph together; empty unless the item has both."""
        rows, cosines = self._embedding(row, allowed)
        neighbours, weights = self._graph(row)
        if not len(rows) or not len(neighbours):
            return NO_CANDIDATES
        shares = np.zeros(len(self.vectors), np.float32)
        shares[neighbours] = self.graph_share * weights
        return rows, cosines + shares[rows]

    def _popular(self, rows: RowArray | None) -> Candidates:
        if rows is None or not len(rows):
            return NO_CANDIDATES
        return rows, (self.support[rows] / max(int(self.support.max()), 1)).astype(np.float32)

    def _popular_beside(self, rows: list[int]) -> Candidates:
        """Return what shares a category with one of some items."""
        names = sorted({name for row in rows if (name := self.categories[row]) is not None})
        members = [self._category_rows[name] for name in names]
        return self._popular(np.concatenate(members) if members else None)


def _of_history(
    scores: HistoryScores, rows: list[int], times: list[int] | None, method: Method
) -> Candidates:
    found_scores = scores.of_history(rows, method, times)
    found = np.flatnonzero(found_scores > 0).astype(np.int64)
    return found, found_scores[found]
