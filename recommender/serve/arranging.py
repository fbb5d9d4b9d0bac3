"""Put pins and caps into a ranking: a greedy walk over it, page by page.

A page is ``k`` places. Each place takes the best candidate that was not taken yet and whose groups
are not full on this page; what a cap holds back stands first in line for the next page. So the
whole is one fixed order, of which pages are parts, and a page is short only if nothing is left that
may stand on it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, heapreplace
from itertools import islice
from typing import NamedTuple

from recommender.graph import Int32Array
from recommender.serve.method import Source
from recommender.serve.ranking import Candidates, Ranked

MOST_PLACES = 5_000  # of a list with caps: what a page costs grows with the pages before it

Piece = tuple[Source, Candidates]
Rank = Callable[[int], Ranked]  # the same ranking to whatever depth


class Entry(NamedTuple):
    """One place of an arranged list."""

    source: Source
    row: int
    score: float


class Pin(NamedTuple):
    """An item and the place it is to have."""

    place: int  # from 1
    row: int


@dataclass(frozen=True, eq=False)
class Cap:
    """At most so many of each group on a page."""

    at_most: int
    groups: Int32Array  # (n_items,), -1: not concerned


@dataclass(frozen=True)
class Arranged:
    """The part of an arranged list that was asked for."""

    entries: list[Entry]
    kept_out: list[tuple[int, int]]  # (number of the cap, row): would stand there without the cap


def in_pieces(
    rank: Rank,
    first: int,
    most: int,
    step: int,
    order: Callable[[Candidates], Candidates] | None = None,
) -> Iterator[Piece]:
    """Yield a ranking ``step`` candidates of a source at a time.

    With an ``order`` each of these steps is put into order by itself, for which it has to be whole.
    The ranking is made to the depth ``first``; to ``most``, which is all, only if that was not
    enough.
    """
    done: Counter[int] = Counter()
    for depth in (first, most):
        ranked = rank(depth)
        is_whole = depth >= most or sum(len(rows) for _, (rows, _) in ranked) < depth
        for number, (source, (rows, scores)) in enumerate(ranked):
            is_ended = is_whole or number < len(ranked) - 1
            for start in range(done[number], len(rows), step):
                if order is not None and start + step > len(rows) and not is_ended:
                    break
                piece = rows[start : start + step], scores[start : start + step]
                yield source, piece if order is None else order(piece)
                done[number] = start + len(piece[0])
        if is_whole:
            return


def arranged(
    pieces: Iterator[Piece], pins: Sequence[Pin], caps: Sequence[Cap], k: int, start: int, stop: int
) -> Arranged:
    """Return the places ``start`` to ``stop`` (from 0) of a ranking with its pins and caps.

    Parameters
    ----------
    pieces : iterator of (source, (rows, scores))
        The ranking without the pinned rows, best first; no more of it is taken than is needed.
    pins : sequence of Pin
        Those of one place get it and the next ones, in the order given; all that are left stand at
        the end of a list that ends before. They count for the caps, which never move them.
    caps : sequence of Cap
        All of them hold.
    k : int
        Places of a page.
    start, stop : int
        Which places; ``stop`` is at most 5,000 with caps.
    """
    due = deque(_placed(pins))
    line = _Line(pieces, caps)
    entries: list[Entry] = []
    is_ended = False
    while len(entries) < stop and not is_ended:
        end = len(entries) - len(entries) % k + k
        line.turn_page([pin.row for pin in due if pin.place <= end])
        while len(entries) < min(end, stop):
            entry = None
            if not (due and due[0].place <= len(entries) + 1):
                entry = line.take()
            if entry is None and due:
                entry = Entry("pinned", due.popleft().row, 0.0)
            if entry is None:
                is_ended = True
                break
            entries.append(entry)
    kept_out = line.held_back(k, is_short=is_ended) if len(entries) > start else []
    return Arranged(entries[start:stop], kept_out)


def _placed(pins: Sequence[Pin]) -> list[Pin]:
    """Return pins with a place each, in order."""
    placed: list[Pin] = []
    for pin in sorted(pins, key=lambda pin: pin.place):
        after = placed[-1].place + 1 if placed else 1
        placed.append(Pin(max(pin.place, after), pin.row))
    return placed


Groups = tuple[int, ...]  # of an item, by cap


class _Line:
    """Candidates in line: those of the same groups behind each other, the groups by their first."""

    def __init__(self, pieces: Iterator[Piece], caps: Sequence[Cap]) -> None:
        self._pieces = pieces
        self._caps = caps
        # What was ranked so far; a candidate's number is its place in these.
        self._sources: list[Source] = []
        self._rows: list[int] = []
        self._scores: list[float] = []
        self._lines: dict[Groups, deque[int]] = {}  # numbers
        self._heads: list[tuple[int, Groups]] = []  # a heap
        self._full: set[Groups] = set()  # on this page
        self._taken: Counter[tuple[int, int]] = Counter()  # on this page, by cap and group
        self._last = -1  # the greatest number taken on this page; without caps, of all

    def turn_page(self, pinned: Sequence[int]) -> None:
        """Begin a page on which some rows stand anyway."""
        if not self._caps:
            return
        for groups in self._full:
            heappush(self._heads, (self._lines[groups][0], groups))
        self._full.clear()
        self._taken.clear()
        self._last = -1
        for row in pinned:
            self._count(tuple(int(cap.groups[row]) for cap in self._caps))

    def take(self) -> Entry | None:
        """Return the first candidate that may stand on this page, None if there is none."""
        number = self._next_within_caps() if self._caps else self._next()
        if number is None:
            return None
        self._last = max(self._last, number)
        return Entry(self._sources[number], self._rows[number], self._scores[number])

    def held_back(self, most: int, *, is_short: bool) -> list[tuple[int, int]]:
        """Return (cap, row) of what this page is without: what stood before the last one taken.

        Of a short page everything did. Of each group ``most`` are told.
        """
        found = [
            (cap, number)
            for groups in self._full
            for cap in self._full_caps(groups)
            for number in islice(self._lines[groups], most)
            if is_short or number < self._last
        ]
        return [(cap, self._rows[number]) for cap, number in sorted(found)]

    def _next(self) -> int | None:
        while self._last + 1 >= len(self._rows):
            if not self._add_piece():
                return None
        return self._last + 1

    def _next_within_caps(self) -> int | None:
        while self._heads or self._add_piece():
            if not self._heads:
                continue
            _, groups = self._heads[0]
            if self._full_caps(groups):
                heappop(self._heads)
                self._full.add(groups)
                continue
            line = self._lines[groups]
            number = line.popleft()
            if line:
                heapreplace(self._heads, (line[0], groups))
            else:
                heappop(self._heads)
            self._count(groups)
            return number
        return None

    def _add_piece(self) -> bool:
        """Put the next piece of the ranking into line; False if there is none."""
        piece = next(self._pieces, None)
        if piece is None:
            return False
        source, (rows, scores) = piece
        first = len(self._rows)
        self._sources += [source] * len(rows)
        self._rows += rows.tolist()
        self._scores += scores.tolist()
        by_cap = [cap.groups[rows].tolist() for cap in self._caps]
        # Without caps there are no groups, and nobody looks for lines.
        for number, groups in enumerate(zip(*by_cap, strict=True), start=first):
            line = self._lines.setdefault(groups, deque())
            if not line and groups not in self._full:
                heappush(self._heads, (number, groups))
            line.append(number)
        return True

    def _count(self, groups: Groups) -> None:
        for cap, group in enumerate(groups):
            if group >= 0:
                self._taken[cap, group] += 1

    def _full_caps(self, groups: Groups) -> list[int]:
        """Return the caps that let no more of some groups onto this page."""
        return [
            number
            for number, group in enumerate(groups)
            if group >= 0 and self._taken[number, group] >= self._caps[number].at_most
        ]
