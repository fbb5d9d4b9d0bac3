"""Sessions of items -> pairs of items with their evidence. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.graph import Float64Array, Int64Array

# About how many pairs are held before they are added up: 24 bytes each, a few copies while sorting.
PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Sessions:
    """Items session by session: session ``s`` is ``rows[offsets[s]:offsets[s + 1]]``."""

    rows: Int64Array  # (n,), item rows, in session order
    offsets: Int64Array  # (n_sessions + 1,)
    times: Int64Array  # (n,), ms since 1970, ascending within a session if order matters
    n_items: int  # size of the catalogue

    @property
    def n_sessions(self) -> int:
        """Number of sessions."""
        return len(self.offsets) - 1

    def lengths(self) -> Int64Array:
        """Return the number of items in each session."""
        return np.diff(self.offsets)

    def session_of(self) -> Int64Array:
        """Return the session number of each entry."""
        return np.repeat(np.arange(self.n_sessions), self.lengths())


@dataclass(frozen=True)
class Pairs:
    """Pairs of item rows, each once, ordered by (source, target)."""

    sources: Int64Array
    targets: Int64Array
    counts: Int64Array  # raw evidence: how often the pair was seen
    evidence: Float64Array  # the same after decay and division by session length
    last_seen: Int64Array  # ms since 1970


def select_sessions(sessions: Sessions, keep: np.ndarray) -> Sessions:
    """Return only the sessions (a boolean each) to keep."""
    entries = np.repeat(keep, sessions.lengths())
    offsets = np.concatenate([[0], np.cumsum(sessions.lengths()[keep])])
    return Sessions(sessions.rows[entries], offsets, sessions.times[entries], sessions.n_items)


def distinct_items(sessions: Sessions) -> Sessions:
    """Return the sessions with each item once: its last time, in ascending order of the rows."""
    order = np.lexsort((sessions.times, sessions.rows, sessions.session_of()))
    return _entries(sessions, order, keep_last=True)


def without_immediate_repeats(sessions: Sessions) -> Sessions:
    """Return the sessions in which an item straight after itself counts once."""
    return _entries(sessions, np.arange(len(sessions.rows)), keep_last=False)


def _entries(sessions: Sessions, order: Int64Array, *, keep_last: bool) -> Sessions:
    """Return the entries in an order, runs of one item in one session reduced to one entry."""
    numbers, rows = sessions.session_of()[order], sessions.rows[order]
    changes = (numbers[1:] != numbers[:-1]) | (rows[1:] != rows[:-1])
    keep = np.concatenate([changes, [True]] if keep_last else [[True], changes])[: len(order)]
    lengths = np.bincount(numbers[keep], minlength=sessions.n_sessions)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Sessions(rows[keep], offsets, sessions.times[order][keep], sessions.n_items)


def session_support(sessions: Sessions) -> Int64Array:
    """Return, for each item, how many sessions hold it; shape (n_items,)."""
    once = distinct_items(sessions)
    return np.bincount(once.rows, minlength=sessions.n_items).astype(np.int64)


def count_pairs(
    sessions: Sessions, *, is_directed: bool, window: int | None, evidence: PairEvidence
) -> Pairs:
    """Return every pair of different items that stand at most ``window`` apart in a session.

    Directed pairs run from the earlier to the later item, and two of one time are none: neither
    followed the other. Undirected ones run from the smaller to the larger row. ``window=None``
    pairs all items of a session.
    """
    total: Pairs | None = None
    for chunk in _chunks(sessions, window):
        part = _pairs_of(chunk, is_directed=is_directed, window=window, evidence=evidence)
        total = part if total is None else _added(total, part, sessions.n_items)
    return total or _no_pairs()


@dataclass(frozen=True)
class PairEvidence:
    """What one sighting of a pair is worth, before it is added to the others.

    ``distance_decay ** (distance - 1)``, times ``0.5 ** (age / half life)`` where the age runs from
    the later item of the pair to ``now``, divided by the session's number of items if so chosen.
    """

    distance_decay: float = 1.0
    half_life_ms: float | None = None
    divide_by_session_length: bool = False
    now: int = 0  # ms since 1970: the last time in the data

    def worth(self, distance: int, times: Int64Array, lengths: Int64Array) -> Float64Array:
        """Return the evidence of pairs ``distance`` apart; shapes (n_pairs,)."""
        worth = np.full(len(times), self.distance_decay ** (distance - 1))
        if self.half_life_ms is not None:
            worth *= 0.5 ** ((self.now - times) / self.half_life_ms)
        return worth / lengths if self.divide_by_session_length else worth


def _chunks(sessions: Sessions, window: int | None) -> list[Sessions]:
    """Cut the sessions into runs with a bounded number of pairs each."""
    lengths = sessions.lengths()
    reach = lengths if window is None else np.minimum(lengths, window)
    chunk = np.cumsum(lengths * reach) // PAIRS_AT_ONCE
    return [select_sessions(sessions, chunk == number) for number in np.unique(chunk)]


def _pairs_of(
    sessions: Sessions, *, is_directed: bool, window: int | None, evidence: PairEvidence
) -> Pairs:
    lengths, numbers = sessions.lengths(), sessions.session_of()
    ends = sessions.offsets[1:][numbers]
    longest = int(lengths.max(initial=0))
    parts: list[tuple[Int64Array, Int64Array, Float64Array, Int64Array]] = []
    entries = np.arange(len(numbers))
    for distance in range(1, min(longest - 1, window or longest) + 1):
        entries = entries[entries + distance < ends[entries]]
        is_pair = sessions.rows[entries] != sessions.rows[entries + distance]
        if is_directed:
            is_pair &= sessions.times[entries] != sessions.times[entries + distance]
        first = entries[is_pair]
        times = np.maximum(sessions.times[first], sessions.times[first + distance])
        worth = evidence.worth(distance, times, lengths[numbers[first]])
        parts.append((sessions.rows[first], sessions.rows[first + distance], worth, times))
    if not parts:
        return _no_pairs()
    sources, targets, worth, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not is_directed:
        sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
    ones = np.ones(len(sources), np.int64)
    return _summed(sources * sessions.n_items + targets, ones, worth, times, sessions.n_items)


def _no_pairs() -> Pairs:
    none = np.empty(0, np.int64)
    return Pairs(none, none, none, np.empty(0), none)


def _added(one: Pairs, other: Pairs, n_items: int) -> Pairs:
    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(one, name), getattr(other, name)])

    keys = column("sources") * n_items + column("targets")
    return _summed(keys, column("counts"), column("evidence"), column("last_seen"), n_items)


def _summed(
    keys: Int64Array, counts: Int64Array, worth: Float64Array, times: Int64Array, n_items: int
) -> Pairs:
    """Add up what belongs to the same key (source x n_items + target)."""
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    if not len(starts):
        return Pairs(keys, keys, counts, worth, times)
    return Pairs(
        sources=keys[starts] // n_items,
        targets=keys[starts] % n_items,
        counts=np.add.reduceat(counts[order], starts),
        evidence=np.add.reduceat(worth[order], starts),
        last_seen=np.maximum.reduceat(times[order], starts),
    )
