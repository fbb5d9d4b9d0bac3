"""Files and data frames -> batches of unchecked rows, never more than one batch in memory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import shutil
import stat
import tempfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recommender.errors import InvalidDataError
from recommender.load.batches import BadRow, Batch, Instant, NumberText, Source, shown
from recommender.load.options import LoadOptions

_LINE_END = re.compile("\r\n|\r|\n")
MAX_LINE_BYTES = 16 * 1024 * 1024
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def open_source(data: Path | str | pd.DataFrame, options: LoadOptions) -> Source:
    """Return the reader for a file, by its name or the chosen format, or for a data frame.

    Raises
    ------
    InvalidDataError
        If there is no such file, or its name does not tell its format.
    """
    if isinstance(data, pd.DataFrame):
        return FrameSource(data)
    path = Path(data)
    file = InputFile(path)
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes else ""
    file_format = options.file_format or _SUFFIXES.get(suffix)
    if file_format == "csv":
        return CsvSource(file, options.delimiter or ("\t" if suffix == ".tsv" else ","))
    if file_format == "jsonl":
        return JsonLinesSource(file)
    if file_format == "parquet":
        return ParquetSource(file)
    raise InvalidDataError(
        f"The name of {path} does not tell its format. Pass --format csv, jsonl or parquet."
    )


class InputFile:
    """A file that is read several times and must stay the same in between."""

    def __init__(self, path: Path):
        self.path = path
        self.name = str(path)
        self._identity = self._stat()
        with self.reading(), path.open("rb") as stream:
            self.is_gzip = stream.read(2) == b"\x1f\x8b"

    def _stat(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise InvalidDataError(f"{self.path} cannot be read: {error.strerror}.") from error
        if not stat.S_ISREG(found.st_mode):
            raise InvalidDataError(
                f"{self.path} is not a regular file. It is read twice, so write it to a file first."
            )
        return found.st_ino, found.st_size, found.st_mtime_ns

    def check_unchanged(self) -> None:
        """Raise InvalidDataError if the file is not the one that was opened."""
        if self._stat() != self._identity:
            raise InvalidDataError(
                f"{self.path} changed while it was being loaded. Load it again once it is complete."
            )

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Give the file's bytes, unpacked if it is gzip."""
        with self.reading():
            packed = self.path.open("rb")
            with packed, gzip.GzipFile(fileobj=packed) as unpacked:
                yield unpacked if self.is_gzip else packed  # type: ignore[misc]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what can go wrong in reading bytes into InvalidDataError."""
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidDataError(
                f"{self.path} is a damaged gzip file ({error}). Fetch or make it again."
            ) from error
        except OSError as error:
            raise InvalidDataError(
                f"{self.path} cannot be read: {error.strerror or error}."
            ) from error


class CsvSource:
    """A CSV file with a header line, RFC 4180 quoting, UTF-8 with or without a byte order mark."""

    is_untyped = True

    def __init__(self, file: InputFile, delimiter: str):
        self._file = file
        self._delimiter = delimiter
        self.name = file.name
        self._columns: tuple[str, ...] | None = None

    def columns(self) -> tuple[str, ...]:
        """Return the names in the header line."""
        if self._columns is None:
            with self._reading() as reader:
                self._columns = self._header(reader)
        return self._columns

    def refuse_id_types(self, columns: Sequence[str]) -> None:
        """Do nothing: all is text."""

    def batches(self, columns: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield the rows, these columns only."""
        with self._reading() as reader:
            header = self._header(reader)
            places = [header.index(column) for column in columns]
            first, is_more = 1, True
            while is_more:
                numbers, rows, bad, is_more = self._take(reader, len(header), first, size)
                first += len(rows) + len(bad)
                self._file.check_unchanged()
                values = list(zip(*rows, strict=True)) if rows else [()] * len(header)
                found = {c: values[place] for c, place in zip(columns, places, strict=True)}
                yield Batch(numbers, found, tuple(bad))

    def _take(
        self, reader: Any, n_columns: int, first: int, size: int
    ) -> tuple[list[int], list[list[str]], list[BadRow], bool]:
        """Return the next rows and their numbers, the unreadable, and whether there is more."""
        found: list[list[str]] = []
        error: csv.Error | None = None
        line = reader.line_num
        try:
            found.extend(islice(reader, size))  # what came before an error stays in the list
        except csv.Error as problem:
            error = problem
        is_more = error is not None or len(found) == size
        if error is None and all(len(row) == n_columns for row in found):
            return list(range(first, first + len(found))), found, [], is_more
        rows: dict[int, list[str]] = {}
        bad: list[BadRow] = []
        number = first
        for row in found:
            line += 1 + sum(len(_LINE_END.findall(field)) for field in row)
            if not row:
                continue  # an empty line is not a row
            if len(row) == n_columns:
                rows[number] = row
            else:
                bad.append(self._ragged(len(row), n_columns, number, line))
            number += 1
        if error is not None:
            bad.append(self._unreadable(error, number, reader.line_num))
        return list(rows), list(rows.values()), bad, is_more

    def _ragged(self, n_found: int, n_columns: int, row: int, line: int) -> BadRow:
        problem = f"it has {n_found} fields where the header has {n_columns} (line {line})"
        return BadRow(self.name, row, None, problem)

    def _unreadable(self, error: csv.Error, row: int, line: int) -> BadRow:
        text = str(error)
        if "field larger" in text or "unexpected end" in text:
            # The reader has run on through the rows that follow: there is no row to skip.
            raise InvalidDataError(
                f"Row {row} of {self.name} (read up to line {line}): a field does not end within "
                f"{csv.field_size_limit():,} characters or before the end of the file. "
                "Close its opening quote, or double the quotes inside it."
            ) from error
        return BadRow(self.name, row, None, f"it is not CSV: {text} (line {line})")

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        # Bad bytes become lone surrogates here; the checks find them in the columns that are used.
        how: Any = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""}
        with self._file.open() as stream, io.TextIOWrapper(stream, **how) as text:
            yield csv.reader(text, delimiter=self._delimiter, strict=True)

    def _header(self, reader: Any) -> tuple[str, ...]:
        try:
            header = tuple(next(reader, ()))
        except csv.Error as error:
            raise InvalidDataError(f"The header of {self.name} is not CSV: {error}.") from error
        if not header:
            raise InvalidDataError(f"{self.name} is empty. It needs a header line of column names.")
        if "\0" in "".join(header) or header[0].startswith(("\udcff\udcfe", "\udcfe\udcff")):
            raise InvalidDataError(f"{self.name} is not UTF-8 text (UTF-16?). Save it as UTF-8.")
        _refuse_duplicates(self.name, header)
        return header


class JsonLinesSource:
    """A file with one JSON object a line; numbers keep their literal text."""

    is_untyped = False

    def __init__(self, file: InputFile):
        self._file = file
        self.name = file.name
        self._columns: tuple[str, ...] | None = None
        self._decoder = json.JSONDecoder(
            parse_int=NumberText, parse_float=NumberText, parse_constant=NumberText
        )

    def columns(self) -> tuple[str, ...]:
        """Return every name that some object has, which takes a reading of the whole file."""
        if self._columns is None:
            names: dict[str, None] = {}
            for _, found in self._objects():
                if isinstance(found, dict):
                    names.update(dict.fromkeys(found))
            self._columns = tuple(names)
        return self._columns

    def refuse_id_types(self, columns: Sequence[str]) -> None:
        """Do nothing: types differ from row to row."""

    def batches(self, columns: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield the rows, these columns only; a name that an object lacks is None."""
        numbers: list[int] = []
        objects: list[dict[str, Any]] = []
        bad: list[BadRow] = []

        def batch() -> Batch:
            self._file.check_unchanged()
            found = {column: [each.get(column) for each in objects] for column in columns}
            return Batch(list(numbers), found, tuple(bad))

        for number, found in self._objects():
            if isinstance(found, BadRow):
                bad.append(found)
            else:
                numbers.append(number)
                objects.append(found)
            if len(objects) + len(bad) >= size:
                yield batch()
                for each in (numbers, objects, bad):
                    each.clear()
        yield batch()

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
        number = 0
        with self._file.open() as stream:
            for line in self._lines(stream):
                if line.strip():
                    number += 1
                    yield number, self._parse(line, number)

    def _lines(self, stream: IO[bytes]) -> Iterator[bytes]:
        is_first = True
        while line := stream.readline(MAX_LINE_BYTES):
            if len(line) == MAX_LINE_BYTES:
                raise InvalidDataError(
                    f"{self.name} has a line of {MAX_LINE_BYTES:,} bytes or more. "
                    "JSON Lines has one object a line."
                )
            if is_first:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self._refuse_other_json(line)
                is_first = False
            yield line

    def _refuse_other_json(self, line: bytes) -> None:
        if line.lstrip().startswith(b"["):
            raise InvalidDataError(
                f"{self.name} holds a JSON array. Write one object a line (JSON Lines): "
                "jq -c '.[]' FILE > FILE.jsonl"
            )
        if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line:
            raise InvalidDataError(f"{self.name} is not UTF-8 text (UTF-16?). Save it as UTF-8.")

    def _parse(self, line: bytes, number: int) -> dict[str, Any] | BadRow:
        try:
            found = self._decoder.decode(line.decode("utf-8").strip())
        except UnicodeDecodeError as error:
            return BadRow(self.name, number, None, f"byte {error.start + 1} is not UTF-8")
        except (json.JSONDecodeError, RecursionError) as error:
            return BadRow(self.name, number, None, f"{shown(line.decode())} is not JSON ({error})")
        if not isinstance(found, dict):
            return BadRow(self.name, number, None, f"{shown(found)} is not a JSON object")
        return found


class ArrowSource(ABC):
    """Rows in Arrow's types: the common part of Parquet files and data frames."""

    is_untyped = False
    name: str

    @abstractmethod
    def _schema(self) -> Any: ...

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        names = tuple(self._schema().names)
        _refuse_duplicates(self.name, names)
        return names

    def refuse_id_types(self, columns: Sequence[str]) -> None:
        """Raise InvalidDataError if one of these columns has a type that cannot hold ids."""
        schema = self._schema()
        for column in columns:
            kind = _plain_type(schema.field(column).type)
            if _is_text(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind):
                continue
            reason = (
                "Numbers with a fraction lose the exact text of ids (missing values among whole "
                "numbers make them so). "
                if pa.types.is_floating(kind)
                else ""
            )
            raise InvalidDataError(
                f"Column {column} of {self.name} has type {kind}, which cannot hold ids. {reason}"
                "Store it as text or whole numbers (in pandas: 'string' or 'Int64')."
            )

    def _batch(self, record_batch: Any, first: int) -> Batch:
        columns = {
            name: _python_values(record_batch.column(place))
            for place, name in enumerate(record_batch.schema.names)
        }
        return Batch(range(first, first + record_batch.num_rows), columns)

    def _number(self, record_batches: Iterator[Any]) -> Iterator[Batch]:
        first = 1
        for record_batch in record_batches:
            yield self._batch(record_batch, first)
            first += record_batch.num_rows


class ParquetSource(ArrowSource):
    """A Parquet file; one in gzip is unpacked to a temporary file, to be read from its end."""

    def __init__(self, file: InputFile):
        self._file = file
        self.name = file.name
        self._known_schema: Any = None

    def _schema(self) -> Any:
        if self._known_schema is None:
            with self._open() as parquet:
                self._known_schema = parquet.schema_arrow
        return self._known_schema

    def batches(self, columns: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield the rows, these columns only."""
        with self._open() as parquet:
            found = parquet.iter_batches(batch_size=size, columns=list(columns), use_threads=False)
            for batch in self._number(found):
                self._file.check_unchanged()
                yield batch

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with self._file.reading(), tempfile.TemporaryFile() as unpacked:
            if self._file.is_gzip:
                with gzip.open(self._file.path, "rb") as packed:
                    shutil.copyfileobj(packed, unpacked)
                unpacked.seek(0)
            try:
                handle = unpacked if self._file.is_gzip else os.fspath(self._file.path)
                with pq.ParquetFile(handle) as parquet:
                    yield parquet
            except pa.ArrowException as error:
                raise InvalidDataError(
                    f"{self.name} is not a Parquet file, or a damaged one ({error})."
                ) from error


class FrameSource(ArrowSource):
    """A pandas data frame, called by ``attrs["name"]``; missing values of any kind are None."""

    def __init__(self, frame: pd.DataFrame):
        self._frame = frame
        self.name = str(frame.attrs.get("name", "the data frame"))
        names = tuple(str(name) for name in frame.columns)
        _refuse_duplicates(self.name, names)
        self._places = {name: place for place, name in enumerate(names)}
        self._arrays: dict[str, Any] = {}

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(self._places)

    def refuse_id_types(self, columns: Sequence[str]) -> None:
        """Raise InvalidDataError if one of these columns has a type that cannot hold ids."""
        for column in columns:
            self._array(column)
        super().refuse_id_types(columns)

    def _schema(self) -> Any:
        return pa.schema([(name, array.type) for name, array in self._arrays.items()])

    def _array(self, column: str) -> Any:
        if column not in self._arrays:
            series = self._frame.iloc[:, self._places[column]]
            try:
                array = pa.array(series, from_pandas=True)
            except (pa.ArrowException, TypeError, ValueError) as error:
                raise InvalidDataError(
                    f"Column {column} of {self.name} holds values of several types ({error}). "
                    "Make them one, for instance with .astype('string')."
                ) from error
            chunked = isinstance(array, pa.ChunkedArray)
            self._arrays[column] = array.combine_chunks() if chunked else array
        return self._arrays[column]

    def batches(self, columns: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield the rows, these columns only."""
        table = pa.table([self._array(column) for column in columns], names=list(columns))
        yield from self._number(iter(table.to_batches(max_chunksize=size)))


def _refuse_duplicates(name: str, columns: Sequence[str]) -> None:
    repeated = sorted({c for c in columns if c and columns.count(c) > 1})
    if repeated:
        raise InvalidDataError(
            f"{name} has several columns named {', '.join(map(shown, repeated))}. Rename them."
        )


def _plain_type(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _python_values(array: Any) -> list[Any]:
    """Return an Arrow array as Python values, times as :class:`Instant`."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("ms" if pa.types.is_date64(array.type) else "s"))
    if pa.types.is_timestamp(array.type):
        counts = array.cast(pa.int64()).to_pylist()
        per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[array.type.unit]
        return [None if n is None else Instant(n * 10**6 // per_second) for n in counts]
    if pa.types.is_floating(array.type):
        array = pc.cast(array, pa.float64())
    values: list[Any] = array.to_pylist()
    return values
