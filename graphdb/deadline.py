"""One deadline for everything that a piece of work asks of the database, and whose turn it is.

Each query has a deadline of its own; a request that asks several must not take several of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import NamedTuple

from graphdb.errors import CannotConnectError, DeadlineExceededError

TURN_S = 0.1  # longest wait for a turn: whoever waits here keeps a thread from other work
LEAST_S = 0.001  # Neo4j counts milliseconds, and takes none for no bound at all


class Allowance(NamedTuple):
    """How long the work may wait for the database, all its queries together."""

    ends_at: float  # as time.monotonic() tells it
    turns: threading.Semaphore | None = None  # how many may wait for the database at once


_current: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def begin_work(seconds: float, turns: threading.Semaphore | None = None) -> Token[Allowance | None]:
    """Bound what this thread asks the database until :func:`end_work`."""
    return _current.set(Allowance(time.monotonic() + seconds, turns))


def end_work(token: Token[Allowance | None]) -> None:
    """Ask without a bound again."""
    _current.reset(token)


@contextmanager
def turn(name: str, deadline_s: float | None) -> Iterator[float | None]:
    """Give how long a query may take, which is the least of its own deadline and what is left.

    Raises
    ------
    DeadlineExceededError
        If nothing is left.
    CannotConnectError
        If too many wait for the database already.
    """
    allowance = _current.get()
    if allowance is None:
        yield deadline_s
        return
    left_s = allowance.ends_at - time.monotonic()
    if left_s < LEAST_S:
        raise DeadlineExceededError(f"No time is left to ask query '{name}'.")
    allowed_s = left_s if deadline_s is None else min(deadline_s, left_s)
    if allowance.turns is None:
        yield allowed_s
        return
    if not allowance.turns.acquire(timeout=min(TURN_S, allowed_s)):
        raise CannotConnectError(f"Too many requests wait for the database to ask '{name}'.")
    try:
        yield allowed_s
    finally:
        allowance.turns.release()
