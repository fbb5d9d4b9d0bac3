"""What readers hand to checks: some rows of a source, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MAX_SHOWN = 60


class NumberText(str):
    """The literal text of a number, which JSON tells from a string."""

    __slots__ = ()


class Instant(int):
    """Microseconds since 1970 UTC, from a column that is typed as time."""

    __slots__ = ()


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be loaded, and why."""

    source: str
    row: int  # from 1, the header not counted
    column: str | None
    problem: str
    remedy: str = ""  # what else helps, besides mending or skipping the row

    def __str__(self) -> str:
        """Return what is wrong, where, and what to do."""
        column = f", column {self.column}" if self.column is not None else ""
        choices = ["Fix the row", *([self.remedy] if self.remedy else [])]
        advice = f"{', '.join(choices)}, or pass --skip-bad-rows."
        return f"Row {self.row} of {self.source}{column}: {self.problem}. {advice}"


@dataclass(frozen=True)
class Batch:
    """Some rows as they were read: values by column, still unchecked."""

    rows: Sequence[int]  # row numbers, as long as each column
    columns: Mapping[str, Sequence[Any]]
    bad: tuple[BadRow, ...] = ()  # rows of this stretch that could not even be read


class Source(Protocol):
    """A file or a data frame, which can be read again and again."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def is_untyped(self) -> bool:
        """Whether every value is text (CSV)."""

    def columns(self) -> tuple[str, ...]:
        """Return the names of its columns."""

    def refuse_id_types(self, columns: Sequence[str]) -> None:
        """Raise InvalidDataError if one of these columns has a type that cannot hold ids."""

    def batches(self, columns: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield its rows, these columns only, about ``size`` rows at a time."""


def shown(value: object) -> str:
    """Return a value as a message shows it: in quotes, printable, not too long."""
    text = repr(str(value))
    return (
        text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…' ({len(str(value))} characters)"
    )
