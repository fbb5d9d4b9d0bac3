"""What runs compiled in training: skip-gram with negative samples, for each pair or shared.

The inner loops take arrays and row numbers, never views of rows, and handle six or three rows at
once: a row that is read serves all of them, and the compiler makes wide instructions of it. Sums
may be taken in any order, so last bits differ between kinds of processors, never between runs on
one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from recommender.walks.kernels import lean, mix, prefetch_at

Function = TypeVar("Function", bound=Callable[..., Any])

# What sums need to be taken in any order; infinities and NaN keep their meaning.
_FAST = {"reassoc", "contract", "nsz", "arcp"}
_OF_POOLS = np.uint64(0xD1B54A32D192ED03)  # sets their draws apart from those of walks
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LOW_32 = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)
_TWO_POW_MINUS_32 = 1.0 / 4294967296.0

# word2vec's table of the logistic function: 1,000 places from -6 to 6; flat outside.
GREATEST_LOGIT = 6.0
N_LOGISTIC = 1000
_LIMIT = np.float32(GREATEST_LOGIT)
_PLACES_A_UNIT = np.float32(N_LOGISTIC / (2 * GREATEST_LOGIT))
FLOATS_A_LINE = 16  # of the processor's cache
CACHED_FLOATS = 500_000  # of vectors that stay near by themselves: two megabytes
_ZERO, _ONE = np.float32(0), np.float32(1)


def _lean(function: Function) -> Function:
    """Compile without counting references to the arrays it was given."""
    return lean(function, fastmath=_FAST)


def _inlined(function: Function) -> Function:
    """Compile into its callers, without counting references to the arrays it was given."""
    return lean(function, forceinline=True, fastmath=_FAST)


# -- random numbers: SplitMix64 (Steele, Lea and Flood 2014), a stream for each walk and epoch -----


@_inlined
def _stream_start(seed: Any, epoch: Any, number: Any) -> Any:
    start = mix(np.uint64(seed) + _GOLDEN)
    start = mix(start + np.uint64(epoch) + _GOLDEN)
    return mix(start + np.uint64(number) + _GOLDEN)


@_inlined
def _draw(states: Any) -> Any:
    states[0] += _GOLDEN
    return mix(states[0])


@_inlined
def _draw_below(states: Any, limit: Any) -> Any:
    """Return a whole number from 0 to ``limit`` - 1."""
    return np.int64(((_draw(states) >> _S32) * np.uint64(limit)) >> _S32)


# -- one centre ------------------------------------------------------------------------------------


@_inlined
def _thin(walks: Any, walk: Any, kept: Any, states: Any, tokens: Any) -> Any:
    """Copy what is kept of a walk to ``tokens``; return its number, and the walk's length."""
    n_kept, n_visited = 0, 0
    for step in range(walks.shape[1]):
        row = walks[walk, step]
        if row < 0:
            break
        n_visited += 1
        share = kept[row] if len(kept) else np.float32(1)
        if share < 1.0 and np.float64(_draw(states) >> _S32) * _TWO_POW_MINUS_32 >= share:
            continue
        tokens[n_kept] = row
        n_kept += 1
    return n_kept, n_visited


@_inlined
def _context(tokens: Any, n_tokens: Any, centre: Any, width: Any, inputs: Any) -> Any:
    """Put the rows up to ``width`` places from the centre into ``inputs``; return how many."""
    n_inputs = 0
    for place in range(max(0, centre - width), min(n_tokens, centre + width + 1)):
        if place != centre:
            inputs[n_inputs] = tokens[place]
            n_inputs += 1
    return n_inputs


@_inlined
def _negative(negatives: Any, states: Any) -> Any:
    """Draw a row by the law of negatives."""
    bits = _draw(states)
    record = negatives[np.int64(((bits >> _S32) * np.uint64(len(negatives))) >> _S32)]
    return record.neighbour if (bits & _LOW_32) < np.uint64(record.threshold) else record.alias


@_inlined
def _ask_for_rows(vectors: Any, rows: Any, n_rows: Any) -> None:
    """Have some rows brought near, and go on without waiting for them."""
    for at in range(n_rows):
        for k in range(0, vectors.shape[1], FLOATS_A_LINE):
            prefetch_at(vectors, rows[at], k)


@_inlined
def _fill_pool(
    negatives: Any, seed: Any, epoch: Any, number: Any, states: Any, out_vectors: Any, pool: Any
) -> None:
    """Draw the pool of a number: a function of seed, epoch and number, as the draws of a walk."""
    states[0] = _stream_start(np.uint64(seed) ^ _OF_POOLS, epoch, number)
    for place in range(len(pool)):
        pool[place] = _negative(negatives, states)
        for k in range(0, out_vectors.shape[1], FLOATS_A_LINE):
            prefetch_at(out_vectors, pool[place], k)


@_inlined
def _targets(
    centre_row: Any, negatives: Any, pool: Any, n_negatives: Any, states: Any, outputs: Any
) -> Any:
    """Put the centre, then its negatives, into ``outputs``; return how many.

    A negative that is the centre itself is dropped, as in word2vec.
    """
    outputs[0] = centre_row
    n_outputs = 1
    for _ in range(n_negatives):
        row = pool[_draw_below(states, len(pool))] if len(pool) else _negative(negatives, states)
        if row != centre_row:
            outputs[n_outputs] = row
            n_outputs += 1
    return n_outputs


@_inlined
def _dot_1(a: Any, row: Any, b: Any, rows: Any, at: Any, result: Any) -> None:
    r0 = rows[at]
    s0 = _ZERO
    for k in range(a.shape[1]):
        s0 += a[row, k] * b[r0, k]
    result[at] = s0


@_inlined
def _dot_3(a: Any, row: Any, b: Any, rows: Any, at: Any, result: Any) -> None:
    r0, r1, r2 = rows[at], rows[at + 1], rows[at + 2]
    s0, s1, s2 = _ZERO, _ZERO, _ZERO
    for k in range(a.shape[1]):
        x = a[row, k]
        s0 += x * b[r0, k]
        s1 += x * b[r1, k]
        s2 += x * b[r2, k]
    result[at], result[at + 1], result[at + 2] = s0, s1, s2


@_inlined
def _dot_6(a: Any, row: Any, b: Any, rows: Any, at: Any, result: Any) -> None:
    r0, r1, r2 = rows[at], rows[at + 1], rows[at + 2]
    r3, r4, r5 = rows[at + 3], rows[at + 4], rows[at + 5]
    s0, s1, s2, s3, s4, s5 = _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    for k in range(a.shape[1]):
        x = a[row, k]
        s0 += x * b[r0, k]
        s1 += x * b[r1, k]
        s2 += x * b[r2, k]
        s3 += x * b[r3, k]
        s4 += x * b[r4, k]
        s5 += x * b[r5, k]
    result[at], result[at + 1], result[at + 2] = s0, s1, s2
    result[at + 3], result[at + 4], result[at + 5] = s3, s4, s5


@_inlined
def _dots(a: Any, row: Any, b: Any, rows: Any, n_rows: Any, result: Any) -> None:
    """Put the products of a row of ``a`` with some rows of ``b`` into ``result``."""
    at = 0
    while at + 6 <= n_rows:
        _dot_6(a, row, b, rows, at, result)
        at += 6
    while at + 3 <= n_rows:
        _dot_3(a, row, b, rows, at, result)
        at += 3
    while at < n_rows:
        _dot_1(a, row, b, rows, at, result)
        at += 1


@_inlined
def _add_1(y: Any, row: Any, x: Any, rows: Any, factors: Any, at: Any) -> None:
    r0, f0 = rows[at], factors[at]
    for k in range(y.shape[1]):
        y[row, k] += f0 * x[r0, k]


@_inlined
def _add_3(y: Any, row: Any, x: Any, rows: Any, factors: Any, at: Any) -> None:
    r0, r1, r2 = rows[at], rows[at + 1], rows[at + 2]
    f0, f1, f2 = factors[at], factors[at + 1], factors[at + 2]
    for k in range(y.shape[1]):
        y[row, k] += f0 * x[r0, k] + f1 * x[r1, k] + f2 * x[r2, k]


@_inlined
def _add_6(y: Any, row: Any, x: Any, rows: Any, factors: Any, at: Any) -> None:
    r0, r1, r2 = rows[at], rows[at + 1], rows[at + 2]
    r3, r4, r5 = rows[at + 3], rows[at + 4], rows[at + 5]
    f0, f1, f2 = factors[at], factors[at + 1], factors[at + 2]
    f3, f4, f5 = factors[at + 3], factors[at + 4], factors[at + 5]
    for k in range(y.shape[1]):
        y[row, k] += (
            f0 * x[r0, k] + f1 * x[r1, k] + f2 * x[r2, k]
            + f3 * x[r3, k] + f4 * x[r4, k] + f5 * x[r5, k]
        )  # fmt: skip


@_inlined
def _add_rows(y: Any, row: Any, x: Any, rows: Any, factors: Any, n_rows: Any) -> None:
    """Add some rows of ``x``, each times its factor, to one row of ``y``, another array."""
    at = 0
    while at + 6 <= n_rows:
        _add_6(y, row, x, rows, factors, at)
        at += 6
    while at + 3 <= n_rows:
        _add_3(y, row, x, rows, factors, at)
        at += 3
    while at < n_rows:
        _add_1(y, row, x, rows, factors, at)
        at += 1


@_inlined
def _add_to_1(y: Any, rows: Any, x: Any, factors: Any, at: Any) -> None:
    r0, f0 = rows[at], factors[at]
    for k in range(y.shape[1]):
        y[r0, k] += f0 * x[k]


@_inlined
def _add_to_3(y: Any, rows: Any, x: Any, factors: Any, at: Any) -> None:
    r0, r1, r2 = rows[at], rows[at + 1], rows[at + 2]
    f0, f1, f2 = factors[at], factors[at + 1], factors[at + 2]
    for k in range(y.shape[1]):
        v = x[k]
        y[r0, k] += f0 * v
        y[r1, k] += f1 * v
        y[r2, k] += f2 * v


@_inlined
def _add_to_rows(y: Any, rows: Any, x: Any, factors: Any, n_rows: Any) -> None:
    """Add ``x``, times each row's factor, to some rows of ``y``; a row may come twice."""
    at = 0
    while at + 3 <= n_rows:
        _add_to_3(y, rows, x, factors, at)
        at += 3
    while at < n_rows:
        _add_to_1(y, rows, x, factors, at)
        at += 1


@_inlined
def _gain(score: Any, logistic: Any, is_centre: Any, rate: Any) -> Any:
    """Return rate x (label - logistic(score)), by the table."""
    bounded = min(max(score, -_LIMIT), _LIMIT)
    place: Any = np.int64((bounded + _LIMIT) * _PLACES_A_UNIT)
    place = min(max(place, 0), N_LOGISTIC - 1)  # NaN too must not read elsewhere
    label = _ONE if is_centre else _ZERO
    return (label - logistic[place]) * rate


@_inlined
def _train_centre(
    tokens: Any, n_tokens: Any, centre: Any, in_vectors: Any, out_vectors: Any, negatives: Any,
    pool: Any, logistic: Any, rate: Any, window: Any, n_negatives: Any, n_sharing: Any,
    is_large: Any, inputs: Any, outputs: Any, next_outputs: Any, x: Any, gains: Any, states: Any,
) -> None:  # fmt: skip
    """Move the vectors of a centre's context, of the centre and of its negatives."""
    width = 1 + _draw_below(states, window)
    n_inputs = _context(tokens, n_tokens, centre, width, inputs)
    row_of_centre = tokens[centre]
    n_outputs, n_next = 0, 0
    if n_inputs:
        n_next = _targets(row_of_centre, negatives, pool, n_negatives, states, next_outputs)
    for i in range(n_inputs):
        if i % n_sharing == 0:
            outputs, next_outputs = next_outputs, outputs
            n_outputs = n_next
            if i + n_sharing < n_inputs:
                n_next = _targets(row_of_centre, negatives, pool, n_negatives, states, next_outputs)
                if is_large:
                    _ask_for_rows(out_vectors, next_outputs, n_next)
        row = inputs[i]
        _dots(in_vectors, row, out_vectors, outputs, n_outputs, gains)
        for o in range(n_outputs):
            gains[o] = _gain(gains[o], logistic, o == 0, rate)
        for k in range(len(x)):
            x[k] = in_vectors[row, k]
        _add_rows(in_vectors, row, out_vectors, outputs, gains, n_outputs)
        _add_to_rows(out_vectors, outputs, x, gains, n_outputs)


@_lean
def train_walks(
    walks: Any, in_vectors: Any, out_vectors: Any, negatives: Any, kept: Any, logistic: Any,
    seed: Any, epoch: Any, first_number: Any, n_before: Any, first_rate: Any, fall: Any,
    last_rate: Any, window: Any, n_negatives: Any, n_sharing: Any, walks_a_pool: Any, pool: Any,
    tokens: Any, inputs: Any, outputs: Any, next_outputs: Any, x: Any, gains: Any, states: Any,
) -> None:  # fmt: skip
    """Train in- and out-vectors on walks numbered from ``first_number``, one centre at a time.

    A centre's context is the inputs; the centre and its negatives, drawn anew for every
    ``n_sharing`` inputs, are the outputs. One input after the other is multiplied with all outputs,
    then both sides move by it. The rate is that of a walk: ``first_rate`` less ``fall`` for each
    token before it, ``n_before`` and those of earlier walks here, but never under ``last_rate``.
    Negatives are drawn by the law of ``negatives``, or out of a pool that was drawn by it for some
    walks: the rows of one stay near the processor. Rows that are not near are asked for ahead.

    Parameters
    ----------
    walks : ndarray of int32, shape (n_walks, length)
        Rows; -1 after the end of a walk.
    in_vectors, out_vectors : ndarray of float32, shape (n_items, dimension)
        Changed in place.
    negatives : ndarray of ALIAS_RECORD
        The law that negatives are drawn by.
    kept : ndarray of float32, shape (n_items,) or (0,)
        Chance that a visit of the item is trained on; from 1 on all are. Empty: all are.
    logistic : ndarray of float32, shape (N_LOGISTIC,)
        The logistic function from -6 to 6.
    walks_a_pool : int
        For how many walks, by their numbers, a pool serves.
    pool, tokens, inputs, outputs, next_outputs, x, gains, states : ndarray
        Room to work in, as :func:`room` makes it: nothing is taken from memory in here.
    """
    has_pool = len(pool) > 0
    is_large = out_vectors.size > CACHED_FLOATS and not has_pool
    pool_number = np.int64(-1)
    for walk in range(walks.shape[0]):
        if has_pool and (first_number + walk) // walks_a_pool != pool_number:
            pool_number = (first_number + walk) // walks_a_pool
            _fill_pool(negatives, seed, epoch, pool_number, states, out_vectors, pool)
        states[0] = _stream_start(seed, epoch, first_number + walk)
        rate = np.float32(max(last_rate, first_rate - fall * n_before))
        n_tokens, n_visited = _thin(walks, walk, kept, states, tokens)
        n_before += n_visited
        if has_pool:
            _ask_for_rows(in_vectors, tokens, n_tokens)
            _ask_for_rows(out_vectors, tokens, n_tokens)
        for centre in range(n_tokens):
            _train_centre(
                tokens, n_tokens, centre, in_vectors, out_vectors, negatives, pool, logistic, rate,
                window, n_negatives, n_sharing, is_large,
                inputs, outputs, next_outputs, x, gains, states,
            )  # fmt: skip


def room(
    length: int, dimension: int, window: int, n_negatives: int, pool_size: int
) -> tuple[Any, ...]:
    """Return what :func:`train_walks` works in, on one thread."""
    return (
        np.empty(pool_size, np.int32),
        np.empty(length, np.int32),
        np.empty(2 * window, np.int64),
        np.empty(n_negatives + 1, np.int64),
        np.empty(n_negatives + 1, np.int64),
        np.empty(dimension, np.float32),
        np.empty(n_negatives + 1, np.float32),
        np.empty(1, np.uint64),
    )
