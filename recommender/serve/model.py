"""One model version in memory: unit vectors, the item graph, and the lists made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from recommender.errors import (
    InvalidParameterError,
    ModelNotPublishedError,
    UnknownItemError,
)
from recommender.graph import Float32Array, Int64Array, ItemGraph
from recommender.serve.arranging import Rank
from recommender.serve.catalogue import Had
from recommender.serve.filters import FilterMasks
from recommender.serve.history_scores import HistoryScores
from recommender.serve.item_columns import Column, Mask, item_columns
from recommender.serve.method import CHAINS, COLD_CHAIN, METHODS, Method, Source
from recommender.serve.nearest import NearestLists
from recommender.serve.quick_lists import Barred, QuickLists
from recommender.serve.ranking import (
    DEFAULT_K,
    EVERYTHING,
    NO_CANDIDATES,
    Ranked,
    RowArray,
    Selection,
    diversified,
    fill,
)
from recommender.serve.scorers import ItemScorers
from recommender.serve.similar_item import Entries, SimilarItem, as_items
from recommender.serve.texts import Texts

MAX_K = 1000


@dataclass(frozen=True)
class ServingSettings:
    """How lists are made; none of it changes the vectors."""

    min_support: int = 0  # items in fewer sessions are never recommended
    graph_share: float = 0.2  # weight of the graph beside the cosine in ``hybrid``


@dataclass(frozen=True, eq=False)  # one is another's equal only if it is the same
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
    properties: Mapping[str, Column] = field(default_factory=dict)  # of the items, beside the above
    relation: str | None = None  # TOGETHER or NEXT: what ``graph`` was read from
    hidden: Mask | None = None  # (n_items,), when it was loaded; None: nothing was
    change: int = 0  # number of the last change of items that it knows of

    @property
    def n_items(self) -> int:
        """Number of items in the catalogue."""
        return len(self.item_ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row number of each item id."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    @cached_property
    def _scorers(self) -> ItemScorers:
        return ItemScorers(
            self.vectors, self.graph, self.support, self.categories, self.settings.graph_share
        )

    @cached_property
    def _texts(self) -> tuple[Texts[str], Texts[str | None]]:
        """Ids and titles as answers read them."""
        return Texts(self.item_ids), Texts(self.titles)

    @cached_property
    def _quick_lists(self) -> QuickLists:
        return QuickLists(self._scorers, self.nearest, self.settings.min_support)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """What can be filtered by and shown of an item, by name."""
        return item_columns(
            self.item_ids, self.titles, self.categories, self.support, self.properties
        )

    @cached_property
    def _masks(self) -> FilterMasks:
        return FilterMasks(self.columns)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of what is ranked: with another one the same version may rank otherwise."""
        digest = hashlib.blake2b(digest_size=8)
        for name in ("item_id", "category", "support"):
            digest.update(self.columns[name].content())
        return digest.hexdigest()

    def fingerprint_of(self, selection: Selection) -> str:
        """Return the same digest with that of the items that a selection's filter lets pass."""
        if selection.filter is None and selection.category is None:
            return self.fingerprint
        passing = self._masks.digest(selection.filter, selection.category)
        return f"{self.fingerprint}-{passing}"

    def with_catalogue(
        self,
        titles: tuple[str | None, ...],
        categories: tuple[str | None, ...],
        properties: Mapping[str, Column],
        change: int,
    ) -> ServingModel:
        """Return the same model with what the items are called, and are like, after a change."""
        model = replace(
            self, titles=titles, categories=categories, properties=properties, change=change
        )
        model.__dict__["row_of"] = self.row_of
        model.__dict__["graph_content"] = self.graph_content
        if categories == self.categories:
            model.__dict__["_scorers"] = self._scorers
            model.__dict__["_quick_lists"] = self._quick_lists
        model.warm_up()
        return model

    def sharing(self, other: ServingModel) -> ServingModel:
        """Return the same model with the other's columns where they are equal, and its look-ups.

        Of two versions of one shop nearly all are; so the second takes little memory beside it.
        """
        columns = {
            name: _equal_column(column, other.columns.get(name))
            for name, column in self.columns.items()
        }
        model = replace(self, properties={name: columns[name] for name in self.properties})
        model.__dict__["columns"] = columns
        if model.item_ids is other.item_ids:
            model.__dict__["row_of"] = other.row_of
            if model.titles is other.titles:
                model.__dict__["_texts"] = other._texts
        return model

    @cached_property
    def graph_content(self) -> bytes:
        """A digest of the graph."""
        digest = hashlib.blake2b(digest_size=8)
        for array in (self.graph.offsets, self.graph.neighbours, self.graph.weights):
            digest.update(np.ascontiguousarray(array).data)
        return digest.digest()

    @cached_property
    def content(self) -> str:
        """A digest of all that lists are made from beside the version: items, graph, settings."""
        digest = hashlib.blake2b(self.graph_content, digest_size=8)
        digest.update(f"{self.settings} {self.relation}".encode())
        for name, column in sorted(self.columns.items()):
            digest.update(name.encode("utf-8", "surrogatepass") + column.content())
        return digest.hexdigest()

    def warm_up(self) -> None:
        """Compute now what the first answers would otherwise wait for."""
        _ = self.row_of, self.columns, self.fingerprint, self.content, self._texts
        self._scorers.warm_up()
        if self.n_items:
            self._quick_lists.warm_up()
        if self.history_scores is not None and self.n_items:
            _ = self.history_scores.user_of, self.history_scores.of_history([0], "hybrid")

    def similar(
        self,
        item_id: str,
        k: int = DEFAULT_K,
        method: Method = "hybrid",
        *,
        min_support: int | None = None,
        selection: Selection = EVERYTHING,
    ) -> list[SimilarItem]:
        """Return the ``k`` items most similar to one, best first, the item itself left out.

        ``embedding`` scores by cosine, ``graph`` by relationship weight over the item's strongest
        one, ``hybrid`` by cosine plus ``graph_share`` times the latter. Where that gives fewer than
        ``k``, the other scorers, then items of the same category, then popular items fill the
        list: it is full whenever enough items have the support and pass the selection. Equal scores
        come in the order of the ids.

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
        selection : Selection
            What else may be shown, and which part of the ranking.

        Raises
        ------
        UnknownItemError
            If the catalogue has no such item.
        InvalidParameterError
            If ``k``, ``method``, ``min_support`` or the selection is out of range.
        """
        row = self.row_of.get(item_id)
        if row is None:
            raise UnknownItemError(f"There is no item '{item_id[:80]}'.")
        _check_method(method)
        least = self._least(k, min_support)
        pinned = self._pinned(selection, [row])

        def rank(n_ranked: int) -> Ranked:
            ranked = self._quickly(method, row, least, k, selection, n_ranked)
            n_listed = sum(len(candidates[0]) for _, candidates in ranked)
            if n_listed < n_ranked:
                allowed = self._allowed(least, selection, pinned)
                allowed[row] = False
                for _, (rows, _) in ranked:
                    allowed[rows] = False
                scorers = self._scorers.beside(CHAINS[method], row, self.categories[row], allowed)
                ranked += fill(scorers, allowed, n_ranked - n_listed, selection.rules)
            return ranked

        return self._written(rank, k, selection)

    def similar_to_new(
        self,
        category: str | None,
        k: int = DEFAULT_K,
        *,
        min_support: int | None = None,
        selection: Selection = EVERYTHING,
    ) -> list[SimilarItem]:
        """Return what to show beside an item that came after this version was loaded."""
        return self._by_popularity(COLD_CHAIN, category, k, min_support, selection)

    def popular(
        self,
        k: int = DEFAULT_K,
        *,
        min_support: int | None = None,
        selection: Selection = EVERYTHING,
    ) -> list[SimilarItem]:
        """Return the ``k`` items that most sessions hold, of those that may be shown."""
        return self._by_popularity(("popular",), None, k, min_support, selection)

    def _by_popularity(
        self,
        chain: tuple[Source, ...],
        category: str | None,
        k: int,
        min_support: int | None,
        selection: Selection,
    ) -> list[SimilarItem]:
        least = self._least(k, min_support)
        pinned = self._pinned(selection, [])

        def rank(n_ranked: int) -> Ranked:
            allowed = self._allowed(least, selection, pinned)
            scorers = self._scorers.beside(chain, None, category, allowed)
            return fill(scorers, allowed, n_ranked, selection.rules)

        return self._written(rank, k, selection)

    def for_history(
        self,
        history: Sequence[str | Had],
        k: int = DEFAULT_K,
        method: Method = "hybrid",
        *,
        exclude_seen: bool = True,
        selection: Selection = EVERYTHING,
    ) -> list[SimilarItem]:
        """Return the ``k`` items that go best with what somebody had, best first.

        The scores are those that evaluation judges. Where they find fewer than ``k``, the other
        scorers, items of the history's categories, and popular items fill the list.

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
        selection : Selection
            What else may be shown, and which part of the ranking.

        Raises
        ------
        InvalidParameterError
            If ``k``, ``method`` or the selection is out of range.
        ModelNotPublishedError
            If the model was loaded for similar items alone.
        """
        _check_method(method)
        if self.history_scores is None:
            raise ModelNotPublishedError("This model was loaded for similar items alone.")
        least = self._least(k, 0)
        entries = [Had(entry, None) if isinstance(entry, str) else entry for entry in history]
        known = [entry for entry in entries if entry.item_id in self.row_of]
        rows = [self.row_of[entry.item_id] for entry in known]
        moments = [entry.at_ms for entry in known if entry.at_ms is not None]
        times = moments if len(moments) == len(rows) else None
        barred = rows if exclude_seen else []
        pinned = self._pinned(selection, barred)
        scores = self.history_scores

        def rank(n_ranked: int) -> Ranked:
            allowed = self._allowed(least, selection, pinned)
            allowed[barred] = False
            scorers = self._scorers.beside_history(scores, rows, times, method)
            return fill(scorers, allowed, n_ranked, selection.rules)

        return self._written(rank, k, selection)

    def _quickly(
        self,
        method: Method,
        row: int,
        least: int,
        k: int,
        selection: Selection,
        n_ranked: int,
    ) -> Ranked:
        """Return how the ranking begins, as far as a look at few items tells.

        The list of the nearest tells nothing unless it fills a page: so later pages begin with what
        the first could have had, and the rest follows.
        """
        hidden = self._hidden(selection)
        if selection.rules is None and not selection.exclude_items:
            few = self._few(selection)
            if few is not None:  # they have passed all but these
                barred = Barred(least, None, hidden)
                return self._quick_lists.among(method, row, few, barred, n_ranked)
        barred = Barred(least, self._selected(selection), hidden)
        ranked = self._quick_lists.near(method, row, barred, selection.rules, n_ranked)
        return ranked if ranked and len(ranked[0][1][0]) >= selection.n_first(k) else []

    def _few(self, selection: Selection) -> RowArray | None:
        """Return the rows that a filter lets pass, if there is one and they are few."""
        if selection.filter is None and selection.category is None:
            return None
        return self._masks.rows(selection.filter, selection.category)

    def _least(self, k: int, min_support: int | None) -> int:
        """Return the least support asked for; k is only checked."""
        if not 1 <= k <= MAX_K:
            raise InvalidParameterError(f"k is {k}. Choose a list length from 1 to {MAX_K}.")
        least = self.settings.min_support if min_support is None else min_support
        if least < 0:
            raise InvalidParameterError(f"min_support is {least}. Choose 0 or more.")
        return least

    def _selected(self, selection: Selection) -> Mask | None:
        """Return which items a selection lets be shown, None if all; not to be written to."""
        mask = None if selection.rules is None else selection.rules.effect.shown
        if selection.filter is not None or selection.category is not None:
            passed = self._masks.mask(selection.filter, selection.category)
            mask = passed if mask is None else mask & passed
        excluded = [
            row for name in selection.exclude_items if (row := self.row_of.get(name, -1)) >= 0
        ]
        if excluded:
            mask = np.ones(self.n_items, np.bool_) if mask is None else mask.copy()
            mask[excluded] = False
        return mask

    def _pinned(self, selection: Selection, barred: Sequence[int]) -> RowArray:
        """Return the rows that rules pin in a list, which its ranking is without."""
        rules = selection.rules
        if rules is None or not rules.effect.pins:
            return NO_CANDIDATES[0]
        selected, hidden = self._selected(selection), self._hidden(selection)
        if hidden is not None:
            selected = ~hidden if selected is None else selected & ~hidden
        return rules.resolve_pins(selected, barred)

    def _allowed(self, least: int, selection: Selection, pinned: RowArray) -> Mask:
        """Return which items may be ranked, to be written to."""
        allowed = np.asarray(self.support >= least, np.bool_)
        selected = self._selected(selection)
        if selected is not None:
            allowed &= selected
        hidden = self._hidden(selection)
        if hidden is not None:
            allowed &= ~hidden
        allowed[pinned] = False
        return allowed

    def _hidden(self, selection: Selection) -> Mask | None:
        """Return what has no place in a ranking because it is hidden."""
        rows = selection.hidden
        return self.hidden if rows is None else rows.at(selection.change)

    def _written(self, rank: Rank, k: int, selection: Selection) -> list[SimilarItem]:
        """Return the part of a ranking that is shown; ranks are places of the whole ranking."""
        hidden = selection.hidden.since(selection.change) if selection.hidden is not None else ()
        passed_over = frozenset(hidden)
        stop = selection.start + k + len(passed_over)
        if selection.rules is not None and selection.rules.is_arranging:
            entries: Entries = selection.rules.arranged(rank, k, stop, selection, self.vectors)
        else:
            entries = self._entries(rank, k, stop, selection)
        places = enumerate(entries, start=selection.start + 1)
        shown = [(place, *entry) for place, entry in places if entry[1] not in passed_over][:k]
        return as_items(shown, *self._texts)

    def _entries(self, rank: Rank, k: int, stop: int, selection: Selection) -> Entries:
        """Return the places of a ranking from the selection's start up to another."""
        start, passed = selection.start, 0
        entries: list[tuple[Source, int, float]] = []
        for source, candidates in rank(selection.n_ranked(k)):
            rows, scores = candidates
            if selection.diversity and passed < stop:
                rows, scores = diversified(
                    candidates, self.vectors, selection.diversity, k, stop - passed
                )
            first, last = max(0, start - passed), max(0, stop - passed)
            found = zip(rows[first:last].tolist(), scores[first:last].tolist(), strict=True)
            entries += [(source, row, score) for row, score in found]
            passed += len(candidates[0])
        return entries


def _equal_column(column: Column, other: Column | None) -> Column:
    """Return the other column if it has the same values."""
    if other is None or type(column) is not type(other) or column.content() != other.content():
        return column
    return other


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise InvalidParameterError(f"Method '{method}' is not one of {', '.join(METHODS)}.")
