"""Properties of items as typed columns in memory: what filters compare and answers show."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]  # (n_items,)
Order = Literal["=", "!=", "<", "<=", ">", ">="]
Part = Literal["CONTAINS", "STARTS WITH", "ENDS WITH"]
Value = str | bool | int | float

_ORDERS: dict[Order, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PARTS: dict[Part, Callable[[str, str], bool]] = {
    "CONTAINS": operator.contains,
    "STARTS WITH": str.startswith,
    "ENDS WITH": str.endswith,
}


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, whole or not."""

    values: NDArray[Any]  # (n_items,), int64 or float64; 0 where missing
    known: Mask
    kind = "number"

    def takes(self, value: Value) -> bool:
        """Whether a value can be compared with this column's."""
        return isinstance(value, int | float) and not isinstance(value, bool)

    def compare(self, order: Order, value: Any) -> Mask:
        """Return where a comparison holds; never where the value is missing."""
        return np.asarray(_ORDERS[order](self.values, value) & self.known, np.bool_)

    def value(self, row: int) -> Value | None:
        """Return one item's value, None where missing."""
        found: Value = self.values[row].item()
        return found if self.known[row] and np.isfinite(found) else None

    def content(self) -> bytes:
        """Return all values as bytes, to tell two columns apart."""
        return self.values.dtype.str.encode() + self.values.tobytes() + self.known.tobytes()


@dataclass(frozen=True)
class TruthColumn:
    """Values that are true or false."""

    values: Mask  # False where missing
    known: Mask
    kind = "true or false"

    def takes(self, value: Value) -> bool:
        """Whether a value can be compared with this column's."""
        return isinstance(value, bool)

    def compare(self, order: Order, value: Any) -> Mask:
        """Return where a comparison holds; never where the value is missing."""
        return np.asarray(_ORDERS[order](self.values, value) & self.known, np.bool_)

    def value(self, row: int) -> Value | None:
        """Return one item's value, None where missing."""
        return bool(self.values[row]) if self.known[row] else None

    def content(self) -> bytes:
        """Return all values as bytes, to tell two columns apart."""
        return self.values.tobytes() + self.known.tobytes()


@dataclass(frozen=True)
class TextColumn:
    """Texts, each different one kept once; in the order of their code points."""

    texts: tuple[str, ...]  # distinct, sorted
    codes: NDArray[np.int32]  # (n_items,), place in ``texts``, -1 where missing
    kind = "text"

    def takes(self, value: Value) -> bool:
        """Whether a value can be compared with this column's."""
        return isinstance(value, str)

    @property
    def known(self) -> Mask:
        """Where there is a value."""
        return np.asarray(self.codes >= 0, np.bool_)

    def compare(self, order: Order, value: Any) -> Mask:
        """Return where a comparison holds; never where the value is missing."""
        first, after = bisect_left(self.texts, value), bisect_right(self.texts, value)
        below, up_to = self.codes < first, self.codes < after
        holds = {
            "=": up_to & ~below,
            "!=": below | ~up_to,
            "<": below,
            "<=": up_to,
            ">": ~up_to,
            ">=": ~below,
        }[order]
        return np.asarray(holds & self.known, np.bool_)

    def has_part(self, part: Part, wanted: str) -> Mask:
        """Return where the text has another in it, upper and lower case alike."""
        test, folded = _PARTS[part], wanted.casefold()
        holds = [test(text, folded) for text in self._folded]
        holds.append(False)  # code -1 reads the last
        return np.array(holds, np.bool_)[self.codes]

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(text.casefold() for text in self.texts)

    def value(self, row: int) -> Value | None:
        """Return one item's value, None where missing."""
        code = int(self.codes[row])
        return self.texts[code] if code >= 0 else None

    def content(self) -> bytes:
        """Return all values as bytes, to tell two columns apart."""
        return "\0".join(self.texts).encode("utf-8", "surrogatepass") + self.codes.tobytes()


Column = NumberColumn | TruthColumn | TextColumn


def text_column(values: Sequence[str | None]) -> TextColumn:
    """Return texts as a column."""
    texts = sorted({value for value in values if value is not None})
    code_of: dict[str | None, int] = {text: code for code, text in enumerate(texts)}
    code_of[None] = -1
    return TextColumn(tuple(texts), np.array([code_of[value] for value in values], np.int32))


def item_columns(
    item_ids: Sequence[str],
    titles: Sequence[str | None],
    categories: Sequence[str | None],
    support: NDArray[np.int64],
    properties: Mapping[str, Column],
) -> dict[str, Column]:
    """Return all columns of a catalogue by name: what every item has, and its properties."""
    return {
        **properties,
        "item_id": text_column(item_ids),
        "title": text_column(titles),
        "category": text_column(categories),
        "support": NumberColumn(support, np.ones(len(item_ids), np.bool_)),
    }


def typed_column(values: Sequence[Any]) -> Column | None:
    """Return values of one type as a column; None where types are mixed or not plain.

    Texts, true and false, and numbers are plain; None is a missing value.
    """
    types = {type(value) for value in values if value is not None}
    known = np.array([value is not None for value in values], np.bool_)
    if types == {str}:
        return text_column(values)
    if types == {bool}:
        return TruthColumn(np.array([bool(value) for value in values], np.bool_), known)
    if types and types <= {int, float}:
        dtype = np.int64 if types == {int} else np.float64
        return NumberColumn(np.array([value or 0 for value in values], dtype), known)
    return None
