"""Texts as slices of one, so that to read some of them is to write to none.

Python counts the references to an object inside the object. Workers share the memory of a process
that they were forked from until somebody writes to it; so each text of a tuple that is put into an
answer costs the worker a page of its own.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

Text = TypeVar("Text", str, str | None)


class Texts(Generic[Text]):
    """The texts of a sequence, each a new object whenever it is asked for."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._whole = "".join(text or "" for text in texts)
        lengths = (0 if text is None else len(text) for text in texts)
        self._ends = array("q", accumulate(lengths, initial=0))
        self._is_missing = bytes(text is None for text in texts)

    def some(self, rows: Sequence[int]) -> list[Text]:
        """Return the texts of some rows."""
        whole, ends, is_missing = self._whole, self._ends, self._is_missing
        return [None if is_missing[row] else whole[ends[row] : ends[row + 1]] for row in rows]  # type: ignore[misc]
