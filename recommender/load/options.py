"""What a load is asked to do, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from recommender.errors import InvalidParameterError

FileFormat = Literal["csv", "jsonl", "parquet"]
TimeUnit = Literal["s", "ms", "us", "ns"]

FILE_FORMATS: tuple[FileFormat, ...] = ("csv", "jsonl", "parquet")
TIME_UNITS: tuple[TimeUnit, ...] = ("s", "ms", "us", "ns")


@dataclass(frozen=True)
class LoadOptions:
    """How to read interactions and items.

    A column left at None has its default name (``recommender.columns``) and may be missing from the
    file, apart from the item column; a column that is named must be there.
    """

    user_column: str | None = None
    item_column: str | None = None
    time_column: str | None = None
    value_column: str | None = None
    session_column: str | None = None
    type_column: str | None = None
    item_properties: tuple[str, ...] = ()  # columns of the interactions that belong to the item
    time_format: str = "iso"  # "iso", "unix", or a format of datetime.strptime
    time_unit: TimeUnit = "s"  # of numbers, with time_format="unix"
    file_format: FileFormat | None = None  # None: by the file's name
    delimiter: str | None = None  # None: a tab for .tsv, else a comma
    skip_bad_rows: bool = False
    batch_size: int = 10_000

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        if self.time_format not in ("iso", "unix") and "%" not in self.time_format:
            raise InvalidParameterError(
                f"The time format is '{self.time_format}'. Use iso, unix, or a pattern such as "
                "'%d/%m/%Y %H:%M' (https://docs.python.org/3/library/datetime.html#format-codes)."
            )
        if self.time_unit not in TIME_UNITS:
            raise InvalidParameterError(
                f"The time unit is '{self.time_unit}': use s, ms, us or ns."
            )
        if self.file_format not in (None, *FILE_FORMATS):
            raise InvalidParameterError(
                f"The format is '{self.file_format}': use {', '.join(FILE_FORMATS)}."
            )
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise InvalidParameterError(
                f"The delimiter is {self.delimiter!r}: it must be one character, and neither a "
                "quote nor a line end."
            )
        if self.batch_size < 1:
            raise InvalidParameterError(
                f"The batch size is {self.batch_size}: it must be 1 or more."
            )


@dataclass(frozen=True)
class LoadReport:
    """What a load has found and written."""

    load_id: str
    n_rows: int  # rows of interactions read, bad ones included
    n_interactions_new: int
    n_repeated: int  # good rows whose interaction was there already, or twice in the files
    n_bad_rows: int
    n_users_new: int
    n_sessions_new: int  # sessions without a known user, which are nodes
    n_items_new: int
    n_item_rows: int  # rows of the item file
    seconds: float
    bad_rows: tuple[str, ...] = ()  # the first few, in words

    @property
    def rows_per_s(self) -> float:
        """Rows of both kinds read, checked and written a second."""
        return (self.n_rows + self.n_item_rows) / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class UnfinishedLoad:
    """A load that is being written at this moment, or broke off."""

    id: str
    source: str
    n_rows: int
    started_at: datetime
