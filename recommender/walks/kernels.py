"""What runs compiled: alias tables, the two walkers, and walks as text. Only this file uses numba.

Random numbers are SplitMix64 (Steele, Lea and Flood 2014). Walk ``n`` of seed ``s`` starts its own
stream at a place that is a function of ``(s, n)`` alone, and for one ``s`` no two walks start at
the same place. So walks do not depend on threads or blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

# One stored neighbour: where to go, the chance (of 2**32) to go there rather than to the alias.
ALIAS_RECORD = np.dtype([("threshold", np.uint32), ("neighbour", np.int32), ("alias", np.int32)])

N_LANES = 32  # walks advanced in turn, so that their memory reads overlap
MAX_TRIALS = 16  # rejected proposals before a step is drawn from all neighbours at once

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LOW_32 = np.uint64(0xFFFFFFFF)
_S11, _S27, _S30, _S31, _S32 = (np.uint64(shift) for shift in (11, 27, 30, 31, 32))
_TWO_POW_32 = 4294967296.0
_TWO_POW_MINUS_53 = 1.0 / 9007199254740992.0


def _compiled(function: Function, **options: Any) -> Function:
    """Compile at the first call, without the interpreter lock, kept on disk where possible."""
    options = {"nogil": True, "error_model": "numpy", **options}
    try:
        result: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package folder nor the user's cache can be written
        result = numba.njit(**options)(function)
    return cast(Function, result)


def _inlined(function: Function) -> Function:
    """Compile into its callers: a call that passes arrays costs more than these do."""
    return _compiled(function, forceinline=True)


@_inlined
def _mix(z: Any) -> Any:
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@_inlined
def _stream_start(seed: Any, number: Any) -> Any:
    return _mix(_mix(np.uint64(seed) + _GOLDEN) + _mix(np.uint64(number) + _GOLDEN))


@_inlined
def _draw(states: Any, lane: Any) -> Any:
    states[lane] += _GOLDEN
    return _mix(states[lane])


@_inlined
def _draw_unit(states: Any, lane: Any) -> Any:
    return np.float64(_draw(states, lane) >> _S11) * _TWO_POW_MINUS_53


@_compiled
def build_alias_records(offsets: Any, neighbours: Any, weights: Any, records: Any) -> None:
    """Fill ``records`` with Vose's alias table of every row, worked out in float64."""
    widest = 0
    for row in range(len(offsets) - 1):
        widest = max(widest, offsets[row + 1] - offsets[row])
    scaled = np.empty(widest, dtype=np.float64)
    stack = np.empty(widest, dtype=np.int64)  # small from the left, large from the right
    for row in range(len(offsets) - 1):
        start, degree = offsets[row], offsets[row + 1] - offsets[row]
        _fill_row(start, degree, neighbours, weights, records, scaled, stack)


@_compiled
def _fill_row(
    start: Any, degree: Any, neighbours: Any, weights: Any, records: Any, scaled: Any, stack: Any
) -> None:
    total = 0.0
    for k in range(degree):
        total += np.float64(weights[start + k])
    n_small, first_large = 0, degree
    for k in range(degree):
        scaled[k] = np.float64(weights[start + k]) * degree / total
        records[start + k].threshold = np.uint32(_LOW_32)
        records[start + k].neighbour = neighbours[start + k]
        records[start + k].alias = neighbours[start + k]
        if scaled[k] < 1.0:
            stack[n_small] = k
            n_small += 1
        else:
            first_large -= 1
            stack[first_large] = k
    while n_small > 0 and first_large < degree:
        n_small -= 1
        small, large = stack[n_small], stack[first_large]
        records[start + small].threshold = np.uint32(
            min(np.float64(_LOW_32), scaled[small] * _TWO_POW_32)
        )
        records[start + small].alias = neighbours[start + large]
        scaled[large] -= 1.0 - scaled[small]
        if scaled[large] < 1.0:
            first_large += 1
            stack[n_small] = large
            n_small += 1


@_inlined
def _propose(offsets: Any, records: Any, current: Any, bits: Any) -> Any:
    """Return a neighbour by weight: the high bits choose the record, the low bits its side."""
    start = offsets[current]
    degree = np.uint64(offsets[current + 1] - start)
    record = records[start + np.int64(((bits >> _S32) * degree) >> _S32)]
    if (bits & _LOW_32) < np.uint64(record.threshold):
        return record.neighbour
    return record.alias


@_compiled
def walk_first_order(
    offsets: Any, records: Any, starts: Any, seed: Any, first_number: Any, walks: Any
) -> None:
    """Fill ``walks`` with first-order walks numbered from ``first_number``."""
    n_walks, length = walks.shape
    states = np.empty(N_LANES, dtype=np.uint64)
    for base in range(0, n_walks, N_LANES):
        n_lanes = min(N_LANES, n_walks - base)
        for lane in range(n_lanes):
            states[lane] = _stream_start(seed, first_number + base + lane)
            walks[base + lane, 0] = starts[base + lane]
        for step in range(1, length):
            for lane in range(n_lanes):
                current = walks[base + lane, step - 1]
                if current >= 0 and offsets[current + 1] > offsets[current]:
                    bits = _draw(states, lane)
                    walks[base + lane, step] = _propose(offsets, records, current, bits)
                else:
                    walks[base + lane, step] = -1


@_inlined
def _find_edge(offsets: Any, neighbours: Any, source: Any, target: Any) -> Any:
    """Return the place of the edge among all edges, or -1 if there is none."""
    low, high = offsets[source], offsets[source + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if neighbours[middle] < target:
            low = middle + 1
        else:
            high = middle
    if low < end and neighbours[low] == target:
        return low
    return np.int64(-1)


@_inlined
def _bias(
    offsets: Any, neighbours: Any, previous: Any, candidate: Any, back: Any, away: Any
) -> Any:
    if candidate == previous:
        return back
    if _find_edge(offsets, neighbours, previous, candidate) >= 0:
        return 1.0
    return away


@_compiled
def _draw_from_all(
    offsets: Any, neighbours: Any, weights: Any, previous: Any, current: Any, back: Any, away: Any,
    unit: Any,
) -> Any:  # fmt: skip
    """Return the next item drawn from the whole law at once: a walk along its running sum."""
    total = 0.0
    for place in range(offsets[current], offsets[current + 1]):
        bias = _bias(offsets, neighbours, previous, neighbours[place], back, away)
        total += np.float64(weights[place]) * bias
    left = unit * total
    chosen = neighbours[offsets[current]]
    for place in range(offsets[current], offsets[current + 1]):
        chosen = neighbours[place]
        left -= np.float64(weights[place]) * _bias(
            offsets, neighbours, previous, chosen, back, away
        )
        if left < 0.0:
            break
    return chosen


@_inlined
def _return_share(
    offsets: Any, neighbours: Any, weights: Any, totals: Any, previous: Any, current: Any,
    back: Any, upper: Any,
) -> Any:  # fmt: skip
    """Return the share of the law, of what rejection sampling draws from, that is only return.

    When 1/p is above every other bias, ``upper`` bounds the others and the rest of the return
    edge is a part of its own (the outlier of KnightKing, SOSP 2019), so a small p rejects nothing.
    """
    if back <= upper:
        return 0.0
    place = _find_edge(offsets, neighbours, current, previous)
    if place < 0:
        return 0.0
    extra = (back - upper) * np.float64(weights[place])
    return extra / (extra + upper * totals[current])


@_inlined
def _try_step(
    offsets: Any, neighbours: Any, records: Any, previous: Any, current: Any, back: Any, away: Any,
    share: Any, states: Any, lane: Any,
) -> Any:  # fmt: skip
    """Return the next item, or -1 if the proposal was rejected."""
    if share > 0.0 and _draw_unit(states, lane) < share:
        return previous
    upper = max(1.0, away)
    candidate = _propose(offsets, records, current, _draw(states, lane))
    height = _draw_unit(states, lane) * upper
    if candidate == previous:
        return candidate if height < back else np.int32(-1)
    if height < min(1.0, away):  # below every bias it could have: no need to look
        return candidate
    bias = _bias(offsets, neighbours, previous, candidate, back, away)
    return candidate if height < bias else np.int32(-1)


@_inlined
def _advance(
    offsets: Any, neighbours: Any, weights: Any, records: Any, totals: Any, back: Any, away: Any,
    walks: Any, number: Any, step: Any, trials: Any, shares: Any, states: Any, lane: Any,
) -> Any:  # fmt: skip
    """Return the next item of one walk, -1 for a dead end, or -2 if it has to try again."""
    current = walks[number, step - 1]
    if offsets[current + 1] == offsets[current]:
        return np.int32(-1)
    if step == 1:
        return _propose(offsets, records, current, _draw(states, lane))
    previous = walks[number, step - 2]
    if trials[lane] == 0:
        shares[lane] = _return_share(
            offsets, neighbours, weights, totals, previous, current, back, max(1.0, away)
        )
    elif trials[lane] >= MAX_TRIALS:
        unit = _draw_unit(states, lane)
        return _draw_from_all(offsets, neighbours, weights, previous, current, back, away, unit)
    chosen = _try_step(
        offsets, neighbours, records, previous, current, back, away, shares[lane], states, lane
    )
    return chosen if chosen >= 0 else np.int32(-2)


@_compiled
def walk_second_order(
    offsets: Any, neighbours: Any, weights: Any, records: Any, totals: Any, starts: Any, seed: Any,
    first_number: Any, p: Any, q: Any, walks: Any,
) -> None:  # fmt: skip
    """Fill ``walks`` with node2vec walks numbered from ``first_number``, by rejection sampling.

    A neighbour is proposed by weight and kept with probability bias / greatest bias. After
    ``MAX_TRIALS`` rejections the step is drawn from all neighbours at once. Trials are independent,
    so both ways together still give exactly the law, and no p or q makes a walk hang.
    """
    back, away = 1.0 / p, 1.0 / q
    n_walks, length = walks.shape
    states = np.empty(N_LANES, dtype=np.uint64)
    steps = np.empty(N_LANES, dtype=np.int64)
    trials = np.empty(N_LANES, dtype=np.int64)
    shares = np.empty(N_LANES, dtype=np.float64)
    for base in range(0, n_walks, N_LANES):
        n_lanes = min(N_LANES, n_walks - base)
        for lane in range(n_lanes):
            states[lane] = _stream_start(seed, first_number + base + lane)
            walks[base + lane, 0] = starts[base + lane]
            walks[base + lane, 1:] = -1
            steps[lane], trials[lane] = 1, 0
        n_active = n_lanes
        while n_active > 0:
            for lane in range(n_lanes):
                step = steps[lane]
                if step >= length:
                    continue
                chosen = _advance(
                    offsets, neighbours, weights, records, totals, back, away,
                    walks, base + lane, step, trials, shares, states, lane,
                )  # fmt: skip
                if chosen == -2:
                    trials[lane] += 1
                    continue
                walks[base + lane, step] = chosen
                trials[lane] = 0
                steps[lane] = step + 1 if chosen >= 0 else length
                if steps[lane] >= length:
                    n_active -= 1


@_compiled
def write_lines(walks: Any, buffer: Any) -> Any:
    """Write walks as lines of row numbers into ``buffer`` and return the bytes used.

    The buffer must hold 11 bytes for each place of ``walks`` and one for each walk.
    """
    digits = np.empty(10, dtype=np.uint8)
    used = 0
    for walk in range(walks.shape[0]):
        for step in range(walks.shape[1]):
            row = walks[walk, step]
            if row < 0:
                break
            n_digits = 0
            while n_digits == 0 or row > 0:
                digits[n_digits] = 48 + row % 10
                row //= 10
                n_digits += 1
            for k in range(n_digits):
                buffer[used + k] = digits[n_digits - 1 - k]
            buffer[used + n_digits] = 32
            used += n_digits + 1
        buffer[used] = 10
        used += 1
    return used
