"""The common case of a column, checked and converted as a whole by Arrow.

Each function returns what the slow check in ``checks`` would, or None if some value may need it: an
empty or bad one, or one written in a way that Arrow reads otherwise or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recommender.load.batches import Instant
from recommender.load.options import LoadOptions

_PER_SECOND = {"s": 1, "ms": 1000, "us": 10**6}
# Digits alone: Arrow would take 0x1F too.
_WHOLE_NUMBER = r"^-?\d{1,18}$"
# What Arrow and Python read alike: 2026-11-25 14:03:05.5, with a Z or an offset, or none.
_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_OFFSET = r"(Z|[+-]\d\d:\d\d)$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The years 1 to 9999, in microseconds since 1970.
FIRST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LAST = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def quick_numbers(values: Sequence[Any]) -> list[float] | None:
    """Return finite floats, of text or of numbers."""
    try:
        found = pa.array(values)
        if found.type not in (pa.string(), pa.int64(), pa.float64()):
            return None
        numbers = pc.add(found.cast(pa.float64()), 0.0)  # -0.0 and 0.0 are one value
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError):
        return None
    if numbers.null_count or not pc.all(pc.is_finite(numbers)).as_py():
        return None
    floats: list[float] = numbers.to_pylist()
    return floats


def quick_times(values: Sequence[Any], options: LoadOptions) -> list[int] | None:
    """Return microseconds since 1970 UTC, of the years 1 to 9999."""
    if set(map(type, values)) == {Instant}:
        return list(map(int, values)) if FIRST <= min(values) <= max(values) <= LAST else None
    if options.time_format == "iso":
        return _quick_iso_times(values)
    return _quick_unix_times(values, options.time_unit) if options.time_format == "unix" else None


def _quick_iso_times(values: Sequence[Any]) -> list[int] | None:
    """Return microseconds since 1970 UTC of ISO 8601 times, all with an offset or all without."""
    texts = _texts(values)
    if texts is None:
        return None
    kinds = ((_ISO + _OFFSET, pa.timestamp("us", "UTC")), (_ISO + "$", pa.timestamp("us")))
    for pattern, kind in kinds:
        if pc.all(pc.match_substring_regex(texts, pattern)).as_py():
            return _microseconds(texts, kind, 1)
    return None


def _quick_unix_times(values: Sequence[Any], unit: str) -> list[int] | None:
    """Return microseconds since 1970 UTC of whole numbers of a unit, written as text."""
    texts = _texts(values)
    per_second = _PER_SECOND.get(unit)
    if texts is None or per_second is None:
        return None
    if not pc.all(pc.match_substring_regex(texts, _WHOLE_NUMBER)).as_py():
        return None
    return _microseconds(texts, pa.int64(), 10**6 // per_second)


def _texts(values: Sequence[Any]) -> pa.Array | None:
    try:
        texts = pa.array(values, pa.string())
    except (pa.ArrowException, TypeError, ValueError):
        return None
    return None if texts.null_count else texts


def _microseconds(texts: pa.Array, kind: pa.DataType, factor: int) -> list[int] | None:
    try:
        counts = pc.multiply_checked(texts.cast(kind).cast(pa.int64()), factor)
    except pa.ArrowException:
        return None
    if len(counts) and not FIRST <= pc.min(counts).as_py() <= pc.max(counts).as_py() <= LAST:
        return None
    found: list[int] = counts.to_pylist()
    return found
