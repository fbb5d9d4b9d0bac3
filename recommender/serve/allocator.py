"""Have the C library give memory back that is free, where it is glibc; elsewhere nothing is done.

To load a model takes some hundred MiB more than the model, mostly on threads. For each thread glibc
keeps an area of its own, whose free end it does not give back.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_M_ARENA_MAX = -8  # of mallopt(3)


@contextmanager
def _glibc() -> Iterator[ctypes.CDLL]:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # musl, macOS, Windows
        yield ctypes.CDLL(None)


def use_one_arena() -> None:
    """Have all threads that begin after this take memory from the same area."""
    with _glibc() as library:
        library.mallopt(_M_ARENA_MAX, 1)


def give_back_free_memory() -> None:
    """Give back what is free; takes some milliseconds."""
    with _glibc() as library:
        library.malloc_trim(0)
