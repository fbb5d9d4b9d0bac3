"""What runs compiled for one answer: a few hundred candidates at most times a few thousand.

Numpy does each step of it in a call of its own, and lets go of the interpreter lock in many of
them: another thread then takes the lock, on the other processor, and the answer waits for its turn
and for its memory to come over. Here the lock is kept; no call takes a tenth of a millisecond.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.walks.kernels import compiled, prefetch_at

_FAST = {"reassoc", "contract", "nsz", "arcp"}  # as in training: sums in any order
_AHEAD = 8  # rows that are asked for before they are needed
_FLOATS_A_LINE = 16  # of the processor's cache
_ONE = np.float32(1)


def _kept(function: Any) -> Any:
    return compiled(function, nogil=False, fastmath=_FAST)


@_kept
def _cosine(vectors: Any, one: Any, other: Any) -> Any:
    """Return the product of two unit vectors, kept within -1 and 1 against rounding."""
    total = np.float32(0)
    for k in range(vectors.shape[1]):
        total += vectors[one, k] * vectors[other, k]
    return min(max(total, -_ONE), _ONE)


@_kept
def _greatest_weight(offsets: Any, weights: Any, row: Any) -> Any:
    greatest = np.float32(0)
    for at in range(offsets[row], offsets[row + 1]):
        greatest = max(greatest, weights[at])
    return greatest


@_kept
def _place_of(neighbours: Any, first: Any, last: Any, row: Any) -> Any:
    """Return where a row is among ascending neighbours, -1 if it is none of them."""
    end = last
    while first < last:
        middle = (first + last) // 2
        if neighbours[middle] < row:
            first = middle + 1
        else:
            last = middle
    return first if first < end and neighbours[first] == row else -1


@_kept
def with_neighbours(
    row: Any, listed: Any, cosines: Any, offsets: Any, neighbours: Any, weights: Any, share: Any,
    vectors: Any, has_vector: Any, rows: Any, scores: Any,
) -> Any:  # fmt: skip
    """Put listed items and neighbours that have a vector into ``rows``, each once; return how many.

    ``scores`` are cosines, for neighbours more by ``share`` times their weight over the greatest.
    """
    first, last = offsets[row], offsets[row + 1]
    n_found = 0
    for place in range(listed.shape[1]):
        other = listed[row, place]
        if has_vector[other] and _place_of(neighbours, first, last, other) >= 0:
            continue
        rows[n_found], scores[n_found] = other, cosines[row, place]
        n_found += 1
    factor = share / _greatest_weight(offsets, weights, row)
    for at in range(first, last):
        other = neighbours[at]
        if has_vector[other]:
            rows[n_found] = other
            scores[n_found] = _cosine(vectors, row, other) + factor * weights[at]
            n_found += 1
    return n_found


@_kept
def score_some(
    row: Any, others: Any, offsets: Any, neighbours: Any, weights: Any, share: Any,
    vectors: Any, has_vector: Any, rows: Any, scores: Any,
) -> Any:  # fmt: skip
    """Put those of some ascending rows that have a vector into ``rows``; return how many.

    ``scores`` as in :func:`with_neighbours`; with a ``share`` of 0 they are cosines.
    """
    place, last = offsets[row], offsets[row + 1]
    factor = np.float32(0)
    if share > 0 and place < last:
        factor = share / _greatest_weight(offsets, weights, row)
    n_found = 0
    for at in range(len(others)):
        if at + _AHEAD < len(others):
            for k in range(0, vectors.shape[1], _FLOATS_A_LINE):
                prefetch_at(vectors, others[at + _AHEAD], k)
        other = others[at]
        if not has_vector[other]:
            continue
        score = _cosine(vectors, row, other)
        while place < last and neighbours[place] < other:
            place += 1
        if place < last and neighbours[place] == other:
            score += factor * weights[place]
        rows[n_found], scores[n_found] = other, score
        n_found += 1
    return n_found


@_kept
def best_of(
    rows: Any, scores: Any, row: Any, above: Any, support: Any, least: Any, shown: Any, hidden: Any,
    best_rows: Any, best_scores: Any,
) -> Any:  # fmt: skip
    """Put the best that may be shown into ``best_rows``, best first; return how many.

    Ties come in the order of the rows. Left out are the item's own ``row``, scores not above
    ``above``, support under ``least``, what is not in the mask ``shown`` and what is in ``hidden``;
    an empty mask says nothing.
    """
    n_found, n_wanted = 0, len(best_rows)
    for at in range(len(rows)):
        other, score = rows[at], scores[at]
        if other == row or not score > above or support[other] < least:
            continue
        if (len(shown) and not shown[other]) or (len(hidden) and hidden[other]):
            continue
        place = n_found
        while place > 0 and (
            best_scores[place - 1] < score
            or (best_scores[place - 1] == score and best_rows[place - 1] > other)
        ):
            place -= 1
        if place == n_wanted:
            continue
        n_found = min(n_found + 1, n_wanted)
        for k in range(n_found - 1, place, -1):
            best_rows[k], best_scores[k] = best_rows[k - 1], best_scores[k - 1]
        best_rows[place], best_scores[place] = other, score
    return n_found


@_kept
def round_to_seven_digits(scores: Any, rounded: Any) -> None:
    """Put scores into ``rounded``, float64, to seven digits, which is what a float32 holds."""
    for at in range(len(scores)):
        score = np.float64(scores[at])
        rounded[at] = score
        if score != 0.0 and np.isfinite(score):
            scale = 10.0 ** (6 - np.floor(np.log10(abs(score))))
            rounded[at] = np.rint(score * scale) / scale
