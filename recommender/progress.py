"""How long work tells how far it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Called now and then with the units done so far and their total (0: not known)."""

    def __call__(self, done: int, total: int) -> None:
        """Take note of the progress."""


def no_progress(done: int, total: int) -> None:
    """Ignore the progress."""
