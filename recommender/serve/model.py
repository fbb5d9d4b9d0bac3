"""One model version in memory: unit vectors, the item graph, and the lists made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.errors import (
    InvalidParameterError,
    ModelNotPublishedError,
    UnknownItemError,
)
from recommender.graph import Float32Array, Int32Array, Int64Array, ItemGraph
from recommender.serve.catalogue import Had
from recommender.serve.history_scores import HistoryScores
from recommender.serve.method import METHODS, Method, Source
from recommender.serve.nearest import NearestLists

MAX_K = 1000
DEFAULT_K = 20

# What answers, in this order, until the list is full.
_CHAINS: dict[Method, tuple[Source, ...]] = {
    "hybrid": ("hybrid", "embedding", "graph", "category", "popular"),
    "embedding": ("embedding", "graph", "category", "popular"),
    "graph": ("graph", "embedding", "category", "popular"),
}
_COLD_CHAIN: tuple[Source, ...] = ("category", "popular")

RowArray = NDArray[np.int64]  # (n_candidates,), rows of items
Scores = NDArray[np.float32]  # (n_candidates,), higher is better
Candidates = tuple[RowArray, Scores]
NO_CANDIDATES: Candidates = (np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True)
class ServingSettings:
    """How lists are made; none of it changes the vectors."""

    min_support: int = 0  # items in fewer sessions are never recommended
    graph_share: float = 0.2  # weight of the graph beside the cosine in ``hybrid``


@dataclass  # not frozen, which would take three times as long to make, twenty to an answer
class SimilarItem:
    """One recommendation; scores compare only with others of the same ``source``."""

    item_id: str
    title: str | None
    score: float
    rank: int  # from 1
    source: Source


@dataclass(frozen=True)
class ServingModel:
    """A model version and the catalogue it was loaded with; never changed once made.

    Row ``n`` of every array belongs to ``item_ids[n]``. Items without a vector have a row of
    zeros.
    """

    version: str
    item_ids: tuple[str, ...]
    titles: tuple[str | None, ...]
    categories: tuple[str | None, ...]
    support: Int64Array  # (n_items,), sessions that hold the item
    vectors: Float32Array  # (n_items, dimension), unit length
    graph: ItemGraph  # the same rows
    settings: ServingSettings
    history_scores: HistoryScores | None = None  # None: loaded for similar items alone
    nearest: NearestLists | None = None  # of what ``settings`` let be shown; None: compare all

    @property
    def n_items(self) -> int:
        """Number of items in the catalogue."""
        return len(self.item_ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row number of each item id."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    @cached_property
    def has_vector(self) -> NDArray[np.bool_]:
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
        _ = self.row_of, self._vector_rows, self._by_support, self._category_rows
        if self.history_scores is not None and self.n_items:
            _ = self.history_scores.user_of, self.history_scores.of_history([0], "hybrid")

    def similar(
        self,
        item_id: str,
        k: int = DEFAULT_K,
        method: Method = "hybrid",
        *,
        min_support: int | None = None,
    ) -> list[SimilarItem]:
        """Return the ``k`` items most similar to one, best first, the item itself left out.

        ``embedding`` scores by cosine, ``graph`` by relationship weight over the item's strongest
        one, ``hybrid`` by cosine plus ``graph_share`` times the latter. Where that gives fewer than
        ``k``, the other scorers, then items of the same category, then popular items fill the
        list: it is full whenever enough items have the support. Equal scores come in the order of
        the ids.

        Parameters
        ----------
        item_id : str
            An item of the catalogue.
        k : int
            List length, 1 to 1,000.
        method : {"hybrid", "embedding", "graph"}
            What scores first.
        min_support : int, optional
            Least number of sessions of a recommended item; the version's own by default.

        Raises
        ------
        UnknownItemError
            If the catalogue has no such item.
        InvalidParameterError
            If ``k``, ``method`` or ``min_support`` is out of range.
        """
        row = self.row_of.get(item_id)
        if row is None:
            raise UnknownItemError(f"There is no item '{item_id[:80]}'.")
        if method not in _CHAINS:
            raise InvalidParameterError(f"Method '{method}' is not one of {', '.join(METHODS)}.")
        least = self._least(k, min_support)
        answer = self._listed(method, row, least, k)
        if answer is None:
            allowed = self.support >= least
            allowed[row] = False
            answer = self._fill(_CHAINS[method], row, self.categories[row], allowed, k)
        return answer

    def similar_to_new(
        self, category: str | None, k: int = DEFAULT_K, *, min_support: int | None = None
    ) -> list[SimilarItem]:
        """Return what to show beside an item that came after this version was loaded."""
        allowed = self.support >= self._least(k, min_support)
        return self._fill(_COLD_CHAIN, None, category, allowed, k)

    def for_history(
        self,
        history: Sequence[str | Had],
        k: int = DEFAULT_K,
        method: Method = "hybrid",
        *,
        exclude_seen: bool = True,
    ) -> list[SimilarItem]:
        """Return the ``k`` items that go best with what somebody had, best first.

        The scores are those that evaluation judges. Where they find fewer than ``k``, popular
        items fill the list.

        Parameters
        ----------
        history : sequence of str or Had
            Item ids, oldest first, repeats included; those that the model does not know are
            passed over. With times, items of one time have one place.
        k : int
            List length, 1 to 1,000.
        method : {"hybrid", "embedding", "graph"}
            What scores.
        exclude_seen : bool
            Leave out the items of the history.

        Raises
        ------
        InvalidParameterError
            If ``k`` or ``method`` is out of range.
        ModelNotPublishedError
            If the model was loaded for similar items alone.
        """
        if method not in METHODS:
            raise InvalidParameterError(f"Method '{method}' is not one of {', '.join(METHODS)}.")
        if self.history_scores is None:
            raise ModelNotPublishedError("This model was loaded for similar items alone.")
        allowed = self.support >= self._least(k, 0)
        entries = [Had(entry, None) if isinstance(entry, str) else entry for entry in history]
        known = [entry for entry in entries if entry.item_id in self.row_of]
        rows = [self.row_of[entry.item_id] for entry in known]
        moments = [entry.at_ms for entry in known if entry.at_ms is not None]
        times = moments if len(moments) == len(rows) else None
        if exclude_seen:
            allowed[rows] = False
        answer: list[SimilarItem] = []
        if rows:
            scores = self.history_scores.of_history(rows, method, times)
            found = np.flatnonzero(scores > 0).astype(np.int64)
            self._append(answer, method, (found, scores[found]), allowed, k)
        self._append(answer, "popular", self._popular(self._by_support), allowed, k)
        return answer

    def _least(self, k: int, min_support: int | None) -> int:
        """Return the least support asked for; k is only checked."""
        if not 1 <= k <= MAX_K:
            raise InvalidParameterError(f"k is {k}. Choose a list length from 1 to {MAX_K}.")
        least = self.settings.min_support if min_support is None else min_support
        if least < 0:
            raise InvalidParameterError(f"min_support is {least}. Choose 0 or more.")
        return least

    def _fill(
        self,
        chain: tuple[Source, ...],
        row: int | None,
        category: str | None,
        allowed: NDArray[np.bool_],
        k: int,
    ) -> list[SimilarItem]:
        """Return ``k`` allowed items, each scorer of the chain going on where the last ended."""
        answer: list[SimilarItem] = []
        for source, candidates in self._scorers(chain, row, category):
            self._append(answer, source, candidates(), allowed, k)
            if len(answer) == k:
                break
        return answer

    def _append(
        self,
        answer: list[SimilarItem],
        source: Source,
        candidates: Candidates,
        allowed: NDArray[np.bool_],
        k: int,
    ) -> None:
        """Fill an answer up to ``k`` with the best allowed candidates; they are used up then."""
        rows, scores = candidates
        keep = allowed[rows]
        best = _best((rows[keep], scores[keep]), k - len(answer))
        allowed[best[0]] = False
        self._write(answer, source, best)

    def _write(self, answer: list[SimilarItem], source: Source, best: Candidates) -> None:
        item_ids, titles = self.item_ids, self.titles
        for rank, (row, score) in enumerate(
            zip(best[0].tolist(), best[1].tolist(), strict=True), start=len(answer) + 1
        ):
            answer.append(SimilarItem(item_ids[row], titles[row], _rounded(score), rank, source))

    def _listed(self, method: Method, row: int, least: int, k: int) -> list[SimilarItem] | None:
        """Return an answer from the list of the nearest items, or None if it may lack some.

        What is not listed has at most the last cosine of the list; so the answer is whole if it
        ends above that.
        """
        lists = self.nearest
        is_of_graph = method == "graph" or not self.has_vector[row]
        if lists is None or is_of_graph or least < self.settings.min_support:
            return None
        source: Source = "embedding"
        rows, scores = listed, cosines = lists.rows[row], lists.cosines[row]
        if method == "hybrid" and self.graph.offsets[row] < self.graph.offsets[row + 1]:
            source = "hybrid"
            rows, scores = self._with_neighbours(row, listed, cosines)
        keep = (self.support[rows] >= least) & (rows != row)
        best = _best((rows[keep], scores[keep]), k)
        if len(best[0]) < k or best[1][-1] <= cosines[-1]:
            return None
        answer: list[SimilarItem] = []
        self._write(answer, source, best)
        return answer

    def _with_neighbours(self, row: int, listed: Int32Array, cosines: Float32Array) -> Candidates:
        """Return listed items and neighbours in the graph by what ``hybrid`` scores them."""
        neighbours, weights = self._graph(row)
        known = self.has_vector[neighbours]
        neighbours, weights = neighbours[known], weights[known]
        scores = np.clip(self.vectors[neighbours] @ self.vectors[row], -1.0, 1.0)
        scores += self.settings.graph_share * weights
        places = np.searchsorted(neighbours, listed)  # neighbours are in ascending order
        alone = np.append(neighbours, -1)[places] != listed
        rows = np.concatenate([listed[alone], neighbours])
        return rows, np.concatenate([cosines[alone], scores])

    def _scorers(
        self, chain: tuple[Source, ...], row: int | None, category: str | None
    ) -> Iterator[tuple[Source, Callable[[], Candidates]]]:
        by_source: dict[Source, Callable[[], Candidates]] = {
            "category": lambda: self._popular(self._category_rows.get(category or "")),
            "popular": lambda: self._popular(self._by_support),
        }
        if row is not None:
            by_source["hybrid"] = lambda: self._hybrid(row)
            by_source["embedding"] = lambda: self._embedding(row)
            by_source["graph"] = lambda: self._graph(row)
        return ((source, by_source[source]) for source in chain)

    def _embedding(self, row: int) -> Candidates:
        if not self.has_vector[row]:
            return NO_CANDIDATES
        cosines = np.clip(self.vectors @ self.vectors[row], -1.0, 1.0)
        return self._vector_rows, cosines[self._vector_rows]

    def _graph(self, row: int) -> Candidates:
        weights = self.graph.weights_of(row)
        if not len(weights):
            return NO_CANDIDATES
        return self.graph.neighbours_of(row).astype(np.int64), weights / weights.max()

    def _hybrid(self, row: int) -> Candidates:
        """Cosine and graph together; empty unless the item has both."""
        rows, cosines = self._embedding(row)
        neighbours, weights = self._graph(row)
        if not len(rows) or not len(neighbours):
            return NO_CANDIDATES
        shares = np.zeros(self.n_items, np.float32)
        shares[neighbours] = self.settings.graph_share * weights
        return rows, cosines + shares[rows]

    def _popular(self, rows: RowArray | None) -> Candidates:
        if rows is None or not len(rows):
            return NO_CANDIDATES
        return rows, (self.support[rows] / max(int(self.support.max()), 1)).astype(np.float32)


def _rounded(score: float) -> float:
    """Return a score to seven digits, which is what a float32 holds."""
    return float(f"{score:.7g}")


def _best(candidates: Candidates, k: int) -> Candidates:
    """Return the ``k`` candidates of highest score, ties in the order of the rows."""
    rows, scores = candidates
    if not k:
        return NO_CANDIDATES
    if len(rows) > k:
        # Everything tied with the k-th stays in, so that ties are decided by row, not by chance.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[scores >= least], scores[scores >= least]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
