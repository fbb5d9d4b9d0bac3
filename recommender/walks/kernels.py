"""What all walks need compiled, first-order walks, and walks as text.

numba is used in files of this name only.

Random numbers are SplitMix64 (Steele, Lea and Flood 2014). Walk ``n`` of seed ``s`` starts its own
stream at a place that is a function of ``(s, n)`` alone, and for one ``s`` no two walks start at
the same place. So walks do not depend on threads or blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])

# One stored neighbour: where to go, the chance (of 2**32) to go there rather than to the alias.
ALIAS_RECORD = np.dtype([("threshold", np.uint32), ("neighbour", np.int32), ("alias", np.int32)])

N_LANES = 64  # walks advanced in turn, so that their memory reads overlap

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_LOW_32 = np.uint64(0xFFFFFFFF)
_S11, _S27, _S30, _S31, _S32 = (np.uint64(shift) for shift in (11, 27, 30, 31, 32))
_TWO_POW_32 = 4294967296.0
_TWO_POW_MINUS_53 = 1.0 / 9007199254740992.0


def compiled(function: Function, **options: Any) -> Function:
    """Compile at the first call, without the interpreter lock, kept on disk where possible."""
    options = {"nogil": True, "error_model": "numpy", **options}
    try:
        result: Any = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the package folder nor the user's cache can be written
        result = numba.njit(**options)(function)
    return cast(Function, result)


def lean(function: Function, **options: Any) -> Function:
    """Compile without counting references: for what only uses arrays that it was given.

    Counting made second-order walks six times slower (331 against 56 ns a step): each array is
    counted up and down again, atomically, wherever an inlined function takes it.
    """
    return compiled(function, _nrt=False, **options)


def inlined(function: Function) -> Function:
    """Compile into its callers."""
    return lean(function, forceinline=True)


def _generate_prefetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    kind = signature.args[0]
    view = context.make_array(kind)(context, builder, arguments[0])
    address = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
        context, builder, kind, view, list(arguments[1:]), wraparound=False
    )
    address = builder.bitcast(address, cgutils.voidptr_t)
    number = ir.IntType(32)
    kinds = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
    function = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kinds)
    # To read; to be kept in all caches; data.
    builder.call(function, [address, number(0), number(3), number(1)])
    return context.get_dummy_value()


def _prefetch(typing_context: Any, array: Any, place: Any) -> Any:
    """Ask for ``array[place]`` to be brought near, and go on without waiting for it.

    The processor alone overlaps the reads of a few lanes; asking for those of all first overlaps
    as many as the memory takes (Chen and others 2007, group prefetching).
    """
    return types.void(array, types.intp), _generate_prefetch


def _prefetch_at(typing_context: Any, array: Any, row: Any, column: Any) -> Any:
    """Ask for ``array[row, column]`` in the same way."""
    return types.void(array, types.intp, types.intp), _generate_prefetch


prefetch_at: Any = intrinsic(_prefetch_at)
prefetch: Any = intrinsic(_prefetch)


@inlined
def mix(z: Any) -> Any:
    """Return 64 bits that hang on each bit of ``z``, each time the same."""
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inlined
def stream_start(seed: Any, number: Any) -> Any:
    """Return where the random stream of a walk starts."""
    return mix(mix(np.uint64(seed) + _GOLDEN) + mix(np.uint64(number) + _GOLDEN))


@inlined
def draw(lane: Any) -> Any:
    """Return the next 64 random bits of a lane, a record with a ``state``."""
    lane.state += _GOLDEN
    return mix(lane.state)


@inlined
def draw_unit(lane: Any) -> Any:
    """Return the next random number of a lane, 0 <= unit < 1."""
    return np.float64(draw(lane) >> _S11) * _TWO_POW_MINUS_53


@compiled
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


@compiled
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


@inlined
def alias_place(start: Any, degree: Any, bits: Any) -> Any:
    """Return the place of a row's record that the high bits choose."""
    return start + np.int64(((bits >> _S32) * np.uint64(degree)) >> _S32)


@inlined
def alias_side(record: Any, low: Any) -> Any:
    """Return the neighbour or the alias, by the low bits."""
    return record.neighbour if low < record.threshold else record.alias


@compiled
def walk_first_order(
    offsets: Any, records: Any, starts: Any, seed: Any, first_number: Any, walks: Any
) -> None:
    """Fill ``walks`` with first-order walks numbered from ``first_number``.

    A step of all lanes is two loops: the first chooses each lane's record and asks for it, the
    second takes the next item from it and asks for that item's row.
    """
    n_walks, length = walks.shape
    states = np.empty(N_LANES, dtype=np.uint64)
    places = np.empty(N_LANES, dtype=np.int64)  # -1: a dead end
    lows = np.empty(N_LANES, dtype=np.uint32)
    for base in range(0, n_walks, N_LANES):
        n_lanes = min(N_LANES, n_walks - base)
        for lane in range(n_lanes):
            states[lane] = stream_start(seed, first_number + base + lane)
            walks[base + lane, 0] = starts[base + lane]
        for step in range(1, length):
            for lane in range(n_lanes):
                places[lane] = -1
                current = walks[base + lane, step - 1]
                if current < 0 or offsets[current] == offsets[current + 1]:
                    continue
                states[lane] += _GOLDEN
                bits = mix(states[lane])
                lows[lane] = np.uint32(bits & _LOW_32)
                start = offsets[current]
                places[lane] = alias_place(start, offsets[current + 1] - start, bits)
                prefetch(records, places[lane])
            for lane in range(n_lanes):
                if places[lane] < 0:
                    walks[base + lane, step] = -1
                    continue
                there = alias_side(records[places[lane]], lows[lane])
                walks[base + lane, step] = there
                prefetch(offsets, np.int64(there))


@compiled
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
