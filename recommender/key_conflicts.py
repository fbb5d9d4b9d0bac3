"""Writes of unique keys that others may write at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from graphdb import QueryError

Result = TypeVar("Result")


def again_after_conflicts(write: Callable[[], Result], max_tries: int) -> Result:
    """Return what a write gives; it is tried again if another has written one of its keys.

    The write looks for its keys and creates what is missing, so the next try finds the other's.

    Raises
    ------
    QueryError
        If the last try met a conflict too, or a try failed otherwise.
    """
    for _ in range(max_tries - 1):
        try:
            return write()
        except QueryError as error:
            raise_unless_conflict(error)
    return write()


def raise_unless_conflict(error: QueryError) -> None:
    """Raise the error unless it says that a unique key is there already."""
    if not error.code.endswith("ConstraintValidationFailed"):
        raise error
