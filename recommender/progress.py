"""How long work tells how far it is, without knowing who listens."""

from collections.abc import Callable
from typing import Protocol

# Told each decision of long work in a sentence.
Say = Callable[[str], None]


class Progress(Protocol):
    """Called now and then with the units done so far and their total (0: not known)."""

    def __call__(self, done: int, total: int) -> None:
        """Take note of the progress."""


def no_progress(done: int, total: int) -> None:
    """Ignore the progress."""


def say_nothing(line: str) -> None:
    """Ignore what is said."""
