"""What business rules do to lists: worked out once for a catalogue, then read by every answer.

A *book* holds the rules in force over the columns of one model in memory. For one list it gives an
*effect*: which items are left out, by what scores are multiplied, which items have places, how many
of a group a page may have. Effects are kept by the rules they are made of, so an answer only looks.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.directives import ROUTES, Route
from recommender.errors import InvalidParameterError
from recommender.graph import Float32Array, Int32Array
from recommender.rules import Rule
from recommender.serve.arranging import MOST_PLACES, Cap, Entry, Pin, Rank, arranged, in_pieces
from recommender.serve.filters import Columns, parse_filter
from recommender.serve.item_columns import Column, Mask, TextColumn
from recommender.serve.ranking import (
    Candidates,
    RowArray,
    Selection,
    diversified,
    n_candidates,
)

if TYPE_CHECKING:
    from recommender.serve.similar_item import SimilarItem

logger = logging.getLogger(__name__)

KEPT_EFFECTS = 32  # of one model version
CAPPED_DEPTH = 4  # times the places shown are ranked at first where there are caps
LEAST_FACTOR, MOST_FACTOR = 1e-6, 1e6  # of all rules on one item together
_NO_ROWS, _NO_MASK = np.empty(0, np.int64), np.empty(0, np.bool_)


@dataclass(frozen=True, eq=False)
class BookedRule:
    """A rule over the rows of one catalogue."""

    rule: Rule
    about: Mask  # (n_items,), which items it is about
    beside: Mask | None  # (n_items,), beside which it holds; None: all
    cap: Cap | None = None

    @cached_property
    def n_items(self) -> int:
        """How many items it is about."""
        return int(self.about.sum())

    def holds_beside(self, row: int | None) -> bool:
        """Whether it holds in lists beside a row; None: beside nothing that is known."""
        return self.beside is None or (row is not None and bool(self.beside[row]))


class Effect:
    """What some rules do together to a list."""

    def __init__(self, booked: Sequence[BookedRule]) -> None:
        by_kind: dict[str, list[BookedRule]] = {}
        for each in booked:
            by_kind.setdefault(each.rule.kind, []).append(each)
        self.booked = booked
        self.shown = _shown(by_kind.get("hide", []))  # None: nothing is hidden
        self.factors = _factors(by_kind.get("boost", []) + by_kind.get("bury", []))
        self.raised: RowArray = (
            np.empty(0, np.int64) if self.factors is None else np.flatnonzero(self.factors > 1)
        )
        self.pins = _pins(by_kind.get("pin", []))
        self.capping = [each for each in by_kind.get("cap", []) if each.cap is not None]
        self.needs_rows = self.factors is not None or bool(self.pins)  # to tell what it did
        self.caps = [each.cap for each in self.capping if each.cap is not None]


@dataclass
class ListRules:
    """The rules of one list, and what they did to it."""

    effect: Effect
    pins: list[Pin] = field(default_factory=list)  # those whose items may be in this list
    kept_out: list[tuple[int, int]] = field(default_factory=list)  # (number of the cap, row)

    @property
    def is_arranging(self) -> bool:
        """Whether places depend on more than scores."""
        return bool(self.pins or self.effect.caps)

    def weighted(self, rows: Any, scores: Float32Array) -> Float32Array:
        """Return scores with the factors of their rows; below 0 they are divided by them.

        So a factor above 1 lifts and one below 1 lowers whatever the sign, and 0 stays 0.
        """
        factors = self.effect.factors
        if factors is None:
            return scores
        chosen = factors[rows]
        weighted: Float32Array = np.where(scores >= 0, scores * chosen, scores / chosen)
        return weighted

    def resolve_pins(self, selected: Mask | None, barred: Sequence[int]) -> RowArray:
        """Note which pins may stand in a list, and return their rows."""
        self.pins = [
            pin
            for pin in self.effect.pins
            if (selected is None or selected[pin.row]) and pin.row not in barred
        ]
        return np.array([pin.row for pin in self.pins], np.int64)

    def arranged(
        self, rank: Rank, k: int, stop: int, selection: Selection, vectors: Float32Array
    ) -> list[Entry]:
        """Return the places of a ranking up to ``stop``, with pins and caps in it."""
        caps, diversity = self.effect.caps, selection.diversity
        depth = selection.n_ranked(k)
        if caps:
            # What caps pass over is not shown, so what is ranked has to reach further.
            stop, depth = min(stop, MOST_PLACES), CAPPED_DEPTH * depth

        def order(piece: Candidates) -> Candidates:
            return diversified(piece, vectors, diversity, k, len(piece[0]))

        pieces = (
            in_pieces(rank, depth, len(vectors), n_candidates(k), order)
            if diversity
            else in_pieces(rank, depth, len(vectors), k)
        )
        found = arranged(pieces, self.pins, caps, k, selection.start, stop)
        self.kept_out = found.kept_out
        return found.entries

    def told(
        self, items: Sequence[SimilarItem], row_of: Mapping[str, int], item_ids: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return which rules acted on a list and on what, in the order of their names.

        Boost and bury: the items of the list they are about. Pin: its item, if it stands there by
        the pin. Cap: items that would stand there without it. Hide: no item; it is told wherever it
        holds and is about anything.
        """
        shown, is_pinned = _NO_ROWS, _NO_MASK
        if self.effect.needs_rows:
            shown = np.array([row_of[item.item_id] for item in items], np.int64)
            is_pinned = np.array([item.source == "pinned" for item in items], np.bool_)
        found: list[dict[str, Any]] = []
        for each in self.effect.booked:
            kind = each.rule.kind
            if kind == "cap":
                acted = [row for cap, row in self.kept_out if self.effect.capping[cap] is each]
            elif kind == "hide":
                acted = []
            else:
                acted = shown[each.about[shown] & (is_pinned == (kind == "pin"))].tolist()
            if acted or (kind == "hide" and each.n_items):
                names = [item_ids[row] for row in acted]
                found.append({"name": each.rule.name, "kind": kind, "items": names})
        return found


class RuleBook:
    """The rules in force over one catalogue.

    Parameters
    ----------
    rules : sequence of Rule
        Those in force.
    columns : mapping of str to Column
        The properties of the items, which filters compare.
    row_of : mapping of str to int
        Row of each item id.
    """

    def __init__(self, rules: Sequence[Rule], columns: Columns, row_of: Mapping[str, int]) -> None:
        self.problems: dict[str, str] = {}  # of rules that cannot act on this catalogue, by name
        self.booked: dict[str, BookedRule] = {}
        self._by_route: dict[Route, list[BookedRule]] = {route: [] for route in ROUTES}
        self._effects: OrderedDict[tuple[str, ...], Effect] = OrderedDict()
        self._lock = Lock()
        for rule in sorted(rules, key=lambda rule: rule.name):
            try:
                booked = book_rule(rule, columns, row_of)
            except InvalidParameterError as error:
                self.problems[rule.name] = str(error)
                continue
            self.booked[rule.name] = booked
            for route in rule.routes:
                self._by_route[route].append(booked)
        self._digests = {route: _digest(booked) for route, booked in self._by_route.items()}

    def digest(self, route: Route) -> str:
        """Return a digest of the rules of a route; empty if there are none."""
        return self._digests[route]

    def of_list(self, route: Route, row: int | None) -> ListRules | None:
        """Return the rules of a list beside a row, None if there are none.

        ``row`` is the item that is asked about, or the latest of a history that is known.
        """
        booked = [each for each in self._by_route[route] if each.holds_beside(row)]
        if not booked:
            return None
        names = tuple(each.rule.name for each in booked)
        with self._lock:
            effect = self._effects.get(names)
            if effect is not None:
                self._effects.move_to_end(names)
        if effect is None:
            effect = Effect(booked)
            with self._lock:
                self._effects[names] = effect
                while len(self._effects) > KEPT_EFFECTS:
                    self._effects.popitem(last=False)
        return ListRules(effect)


def check_rule(rule: Rule, columns: Columns) -> None:
    """Raise InvalidParameterError if a filter or a property of a rule has no meaning here.

    A pinned item that is not here is no error: it may be loaded later.
    """
    for text in (rule.filter, rule.beside):
        if text is not None:
            parse_filter(text).mask(columns)
    if rule.each is not None:
        _column(rule.each, columns)


def book_rule(rule: Rule, columns: Columns, row_of: Mapping[str, int]) -> BookedRule:
    """Return a rule over the rows of a catalogue.

    Raises
    ------
    InvalidParameterError
        If its filter, or the property of its cap, has no meaning there.
    """
    n_items = len(columns["item_id"].known)
    about = np.ones(n_items, np.bool_)
    if rule.filter is not None:
        about = parse_filter(rule.filter).mask(columns).copy()
    if rule.item_id is not None:
        about[:] = False
        if rule.item_id not in row_of:
            raise InvalidParameterError(f"There is no item '{rule.item_id[:80]}' in the model.")
        about[row_of[rule.item_id]] = True
    cap = None
    if rule.at_most is not None:
        groups = _groups(about, rule.each, columns)
        about, cap = groups >= 0, Cap(rule.at_most, groups)
    beside = None if rule.beside is None else parse_filter(rule.beside).mask(columns).copy()
    return BookedRule(rule, about, beside, cap)


def _groups(about: Mask, each: str | None, columns: Columns) -> Int32Array:
    """Return the group of each row that a cap counts; -1: not concerned."""
    if each is None:
        return np.where(about, 0, -1).astype(np.int32)
    column = _column(each, columns)
    if isinstance(column, TextColumn):
        codes = column.codes
    else:
        codes = np.unique(column.values, return_inverse=True)[1].astype(np.int32)
    return np.where(about & column.known, codes, -1).astype(np.int32)


def _column(name: str, columns: Columns) -> Column:
    if name not in columns:
        known = ", ".join(sorted(columns)[:40])
        raise InvalidParameterError(f"There is no property '{name[:80]}'. There are: {known}.")
    return columns[name]


def _shown(hiding: Sequence[BookedRule]) -> Mask | None:
    if not hiding:
        return None
    return np.asarray(~np.logical_or.reduce([each.about for each in hiding]), np.bool_)


def _factors(weighing: Sequence[BookedRule]) -> Float32Array | None:
    """Return the product of all factors on each item; shape (n_items,)."""
    if not weighing:
        return None
    factors = np.ones(len(weighing[0].about), np.float64)
    for each in weighing:
        factors[each.about] *= each.rule.factor or 1.0
    return np.clip(factors, LEAST_FACTOR, MOST_FACTOR).astype(np.float32)


def _pins(pinning: Sequence[BookedRule]) -> list[Pin]:
    """Return pins in the order of their right to a place; an item has one place."""
    pins: dict[int, Pin] = {}
    for each in sorted(pinning, key=lambda each: (-each.rule.priority, each.rule.name)):
        row = int(np.argmax(each.about))
        pins.setdefault(row, Pin(each.rule.place or 1, row))
    return list(pins.values())


def _digest(booked: Sequence[BookedRule]) -> str:
    """Return a digest of what rules do: of their words and of the items they are about now."""
    if not booked:
        return ""
    digest = hashlib.blake2b(digest_size=6)
    for each in booked:
        digest.update(each.rule.model_dump_json().encode() + b"\n")
        for mask in (each.about, each.beside):
            digest.update(b"" if mask is None else np.packbits(mask).tobytes())
        digest.update(b"" if each.cap is None else each.cap.groups.tobytes())
    return digest.hexdigest()
