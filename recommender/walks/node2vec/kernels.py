"""Second-order walks (node2vec) by rejection sampling, exact for any weights, p and q.

A neighbour is proposed by its weight and kept with probability bias / greatest bias. What makes
that fast: 64 walks are advanced in turn, and each asks for its next place in memory before the
others are looked at; most candidates need no look at the previous item's row, and a Bloom filter of
all edges answers most of the rest; a large 1/p is drawn apart (the outlier of KnightKing, SOSP
2019). What keeps it bounded: when a step was rejected as often as the shorter of its two rows is
long, it is drawn from that row's share of the law at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from recommender.walks.kernels import (
    N_LANES,
    alias_place,
    alias_side,
    compiled,
    draw,
    draw_unit,
    inlined,
    lean,
    mix,
    prefetch,
    stream_start,
)

# Where a row begins, its length, and the greatest share of its weight that one neighbour has.
ROW = np.dtype([("start", np.int64), ("degree", np.int32), ("heaviest", np.float32)])
FILTER_EDGES_A_WORD = 8
LEAST_TRIALS = 8  # before a step may be drawn at once; most are settled sooner
LEAST_AWAY_SHARE = 1 / 16  # of a row's weight, for drawing by proposals what is away

LANE = np.dtype([
    ("state", np.uint64),
    ("number", np.int64),  # of the walk, within its block
    ("step", np.int64),
    ("place", np.int64),  # of the proposed record
    ("word", np.int64),  # of the filter
    ("work", np.int64),  # proposals and items looked at
    ("bits", np.uint64),  # of that word
    ("height", np.float64),  # a proposal is kept if this is below its bias
    ("low", np.uint32),
    ("trials", np.int32),
    ("previous", np.int32),
    ("current", np.int32),
    ("candidate", np.int32),
    ("verdict", np.int32),
])  # fmt: skip
_KEPT, _REJECTED, _ASKING, _DEAD_END = 0, 1, 2, 3

_S6, _S32 = np.uint64(6), np.uint64(32)
_LOW_6 = np.uint64(63)
_ONE = np.uint64(1)


class Tables(NamedTuple):
    """What second-order steps read; arrays as in ``ItemGraph`` and beside it."""

    rows: Any  # (n_items,) of ROW
    neighbours: Any  # (n_edges,)
    weights: Any  # (n_edges,)
    records: Any  # (n_edges,) of ALIAS_RECORD
    totals: Any  # (n_items,) float64, the sum of a row's weights
    filter: Any  # uint64 words, a Bloom filter of the edges


class Biases(NamedTuple):
    """What a weight is multiplied by, 1 for joined; and the least and greatest of 1 and away."""

    back: float
    away: float
    least: float
    upper: float


def new_biases(p: float, q: float) -> Biases:
    """Return the biases of a return and an in-out parameter."""
    away = 1.0 / q
    return Biases(1.0 / p, away, min(1.0, away), max(1.0, away))


@compiled
def fill_rows(offsets: Any, weights: Any, rows: Any, totals: Any) -> None:
    """Fill ``rows`` and ``totals``, summed row by row in float64."""
    for row in range(len(rows)):
        total, heaviest = 0.0, 0.0
        for place in range(offsets[row], offsets[row + 1]):
            weight = np.float64(weights[place])
            total += weight
            heaviest = max(heaviest, weight)
        rows[row].start = offsets[row]
        rows[row].degree = offsets[row + 1] - offsets[row]
        # Rounded up: this is only ever a bound.
        rows[row].heaviest = np.float32(min(1.0, heaviest / total * 1.000001 if total else 1.0))
        totals[row] = total


@inlined
def _hash(source: Any, target: Any) -> Any:
    return mix((np.uint64(source) << _S32) | np.uint64(target))


@inlined
def _word(hashed: Any, words: Any) -> Any:
    return np.int64(((hashed >> _S32) * np.uint64(len(words))) >> _S32)


@inlined
def _bits(hashed: Any) -> Any:
    return (_ONE << (hashed & _LOW_6)) | (_ONE << ((hashed >> _S6) & _LOW_6))


@compiled
def fill_filter(offsets: Any, neighbours: Any, words: Any) -> None:
    """Set two bits of one word for each edge."""
    for row in range(len(offsets) - 1):
        for place in range(offsets[row], offsets[row + 1]):
            hashed = _hash(row, neighbours[place])
            words[_word(hashed, words)] |= _bits(hashed)


@inlined
def _find_edge(tables: Any, source: Any, target: Any) -> Any:
    """Return the place of the edge among all edges, or -1 if there is none."""
    low, count = tables.rows[source].start, np.int64(tables.rows[source].degree)
    end = low + count
    while count > 0:
        half = count >> 1
        is_right = tables.neighbours[low + half] < target
        low = low + half + 1 if is_right else low
        count = count - half - 1 if is_right else half
    if low < end and tables.neighbours[low] == target:
        return low
    return np.int64(-1)


@inlined
def _is_joined(tables: Any, previous: Any, candidate: Any, is_symmetric: Any) -> Any:
    """Return whether the previous item links to the candidate; by the shorter row if it may."""
    if is_symmetric and tables.rows[candidate].degree < tables.rows[previous].degree:
        return _find_edge(tables, candidate, previous) >= 0
    return _find_edge(tables, previous, candidate) >= 0


@inlined
def _return_share(tables: Any, biases: Any, previous: Any, current: Any) -> Any:
    """Return the share of what is drawn from that is the part of 1/p above all other biases."""
    place = _find_edge(tables, current, previous)
    if place < 0:
        return 0.0
    extra = (biases.back - biases.upper) * np.float64(tables.weights[place])
    return extra / (extra + biases.upper * tables.totals[current])


@inlined
def _is_return(tables: Any, biases: Any, lane: Any, heaviest: Any) -> Any:
    """Draw whether to go back by the part drawn apart.

    The row's heaviest neighbour bounds the share, so the return edge is seldom looked for.
    """
    unit = draw_unit(lane)
    bound = (biases.back - biases.upper) * np.float64(heaviest)
    if unit * (bound + biases.upper) >= bound:
        return False
    return unit < _return_share(tables, biases, lane.previous, lane.current)


@inlined
def _propose(tables: Any, biases: Any, lane: Any) -> None:
    """Choose a record of the current row and ask for it."""
    row = tables.rows[lane.current]
    lane.work += 1
    if row.degree == 0:
        lane.verdict = _DEAD_END
        return
    if (
        lane.step > 1
        and biases.back > biases.upper
        and _is_return(tables, biases, lane, row.heaviest)
    ):
        lane.verdict = _KEPT
        lane.candidate = lane.previous
        return
    bits = draw(lane)
    lane.verdict = _ASKING
    lane.low = np.uint32(bits)
    lane.place = alias_place(row.start, np.int64(row.degree), bits)
    prefetch(tables.records, lane.place)


@inlined
def _look(tables: Any, biases: Any, lane: Any) -> None:
    """Take the candidate; settle it if its bias need not be known, else ask for the filter."""
    candidate = alias_side(tables.records[lane.place], lane.low)
    lane.candidate = candidate
    prefetch(tables.rows, np.int64(candidate))
    height = draw_unit(lane) * biases.upper
    if lane.step == 1 or (candidate != lane.previous and height < biases.least):
        lane.verdict = _KEPT
    elif candidate == lane.previous:
        lane.verdict = _KEPT if height < biases.back else _REJECTED
    else:
        hashed = _hash(lane.previous, candidate)
        lane.word = _word(hashed, tables.filter)
        lane.bits = _bits(hashed)
        prefetch(tables.filter, lane.word)


@inlined
def _judge(tables: Any, biases: Any, lane: Any, is_symmetric: Any) -> None:
    """Settle a candidate by whether the previous item links to it."""
    is_joined = (tables.filter[lane.word] & lane.bits) == lane.bits
    if is_joined:
        is_joined = _is_joined(tables, lane.previous, lane.candidate, is_symmetric)
    lane.verdict = _KEPT if is_joined == (biases.away < 1.0) else _REJECTED


@inlined
def _share(tables: Any, biases: Any, lane: Any, place: Any) -> Any:
    """Return weight times bias of one neighbour of the current item."""
    candidate = tables.neighbours[place]
    bias = biases.away
    if candidate == lane.previous:
        bias = biases.back
    elif _find_edge(tables, lane.previous, candidate) >= 0:
        bias = 1.0
    return np.float64(tables.weights[place]) * bias


@lean
def _draw_from_row(tables: Any, biases: Any, lane: Any) -> Any:
    """Return the next item, drawn from the whole row at once: a walk along its running sum."""
    start, degree = tables.rows[lane.current].start, tables.rows[lane.current].degree
    lane.work += degree
    total = 0.0
    for place in range(start, start + degree):
        total += _share(tables, biases, lane, place)
    left = draw_unit(lane) * total
    for place in range(start, start + degree):
        left -= _share(tables, biases, lane, place)
        if left < 0.0:
            return tables.neighbours[place]
    return tables.neighbours[start + degree - 1]


@inlined
def _weight(tables: Any, source: Any, target: Any) -> Any:
    place = _find_edge(tables, source, target)
    return np.float64(tables.weights[place]) if place >= 0 else 0.0


@lean
def _draw_by_class(tables: Any, biases: Any, lane: Any) -> Any:
    """Return the next item, or -1 if too little of the row is away from the previous item.

    The previous item's row is the shorter: what both rows hold is found by going through it. The
    rest of the current row, mostly all of it, is drawn by proposals.
    """
    current, total = lane.current, tables.totals[lane.current]
    start, degree = tables.rows[lane.previous].start, tables.rows[lane.previous].degree
    lane.work += degree
    joined = 0.0
    for place in range(start, start + degree):
        joined += _weight(tables, current, tables.neighbours[place])
    back = _weight(tables, current, lane.previous)
    away = total - joined - back
    if away < LEAST_AWAY_SHARE * total:
        return np.int32(-1)
    left = draw_unit(lane) * (back * biases.back + joined + away * biases.away)
    left -= back * biases.back
    if left < 0.0:
        return lane.previous
    for place in range(start, start + degree):
        left -= _weight(tables, current, tables.neighbours[place])
        if left < 0.0:
            return tables.neighbours[place]
    return _draw_away(tables, lane)


@lean
def _draw_away(tables: Any, lane: Any) -> Any:
    """Return a neighbour that the previous item is not and does not link to, by weight."""
    row = tables.rows[lane.current]
    while True:
        lane.work += 1
        bits = draw(lane)
        record = tables.records[alias_place(row.start, np.int64(row.degree), bits)]
        candidate = alias_side(record, np.uint32(bits))
        if candidate != lane.previous and _find_edge(tables, lane.previous, candidate) < 0:
            return candidate


@inlined
def _shorter(tables: Any, lane: Any) -> Any:
    return min(tables.rows[lane.previous].degree, tables.rows[lane.current].degree)


@lean
def _draw_at_once(tables: Any, biases: Any, lane: Any) -> Any:
    """Return the next item by the law itself, at the cost of the shorter row where possible."""
    if tables.rows[lane.previous].degree < tables.rows[lane.current].degree:
        chosen = _draw_by_class(tables, biases, lane)
        if chosen >= 0:
            return chosen
    return _draw_from_row(tables, biases, lane)


@inlined
def _settle(tables: Any, biases: Any, lane: Any, is_symmetric: Any) -> None:
    """Judge a candidate whose bias matters; draw at once what was rejected too often."""
    if lane.verdict == _ASKING:
        _judge(tables, biases, lane, is_symmetric)
    if lane.verdict != _REJECTED:
        return
    lane.trials += 1
    if lane.trials >= LEAST_TRIALS and lane.trials >= _shorter(tables, lane):
        lane.candidate = _draw_at_once(tables, biases, lane)
        lane.verdict = _KEPT


@inlined
def _begin(lane: Any, number: Any, starts: Any, seed: Any, first_number: Any, walks: Any) -> None:
    lane.state = stream_start(seed, first_number + number)
    lane.number, lane.step, lane.trials, lane.work = number, 1, 0, 0
    lane.current = starts[number]
    walks[number, 0] = starts[number]


@inlined
def _step(lane: Any, walks: Any) -> Any:
    """Write what was settled and return whether the walk is at its end."""
    length = walks.shape[1]
    if lane.verdict == _DEAD_END:
        walks[lane.number, lane.step :] = -1
        return True
    walks[lane.number, lane.step] = lane.candidate
    lane.previous, lane.current = lane.current, lane.candidate
    lane.step += 1
    lane.trials = 0
    return lane.step == length


@lean
def walk_second_order(
    tables: Any, biases: Any, is_symmetric: Any, starts: Any, seed: Any, first_number: Any,
    walks: Any, lanes: Any
) -> Any:  # fmt: skip
    """Fill ``walks`` with node2vec walks numbered from ``first_number``; return the work done.

    Work is counted in proposals and, for steps drawn at once, neighbours gone through.
    ``is_symmetric`` says that every edge is stored in both directions; ``lanes`` are scratch.
    """
    n_walks = len(walks)
    n_begun = min(N_LANES, n_walks)
    n_active, work = n_begun, 0
    for k in range(n_begun):
        _begin(lanes[k], k, starts, seed, first_number, walks)
    while n_active > 0:
        for k in range(n_active):
            _propose(tables, biases, lanes[k])
        for k in range(n_active):
            if lanes[k].verdict == _ASKING:
                _look(tables, biases, lanes[k])
        k = 0
        while k < n_active:
            lane = lanes[k]
            _settle(tables, biases, lane, is_symmetric)
            k += 1
            if lane.verdict == _REJECTED or not _step(lane, walks):
                continue
            work += lane.work
            if n_begun < n_walks:
                _begin(lane, n_begun, starts, seed, first_number, walks)
                n_begun += 1
            else:  # the last lane takes the place, and its turn
                k -= 1
                n_active -= 1
                lanes[k] = lanes[n_active]
    return work
