"""Files that are wrong, one way each: the message names file, row, column, value and remedy."""

import gzip
import os
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from graphdb import Database
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.load import LoadOptions, load_interactions
from recommender.load.loader import check_all
from recommender.load.plan import plan_interactions, plan_items
from recommender.load.readers import open_source

HEADER = b"user_id,item_id,timestamp,weight\n"


class NoDatabase:
    """Fails the test if anything at all is asked of the database."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the database was asked to {name}")


def refusal(data: Any, options: LoadOptions | None = None, items: Any = ()) -> str:
    with pytest.raises(InvalidDataError) as caught:
        load_interactions(cast(Database, NoDatabase()), data, options, items=items)
    return str(caught.value)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def rows_of(path: Any, options: LoadOptions | None = None, is_items: bool = False) -> Any:
    options = options or LoadOptions()
    plan = plan_items if is_items else plan_interactions
    part = plan(open_source(path, options), options)
    return part, check_all([part], options, lambda done, total: None)


CSV_CASES = {
    "bad time": (
        HEADER + b"u,i,2024-01-01,1\nu,i,31/02,1\n",
        ["Row 2 of", "column timestamp", "'31/02'", "--time-format", "--skip-bad-rows"],
    ),
    "empty item": (HEADER + b"u,,2024-01-01,1\n", ["Row 1 of", "column item_id", "empty"]),
    "neither user nor session": (
        HEADER + b",i,2024-01-01,1\n",
        ["Row 1 of", "user_id", "neither user nor session"],
    ),
    "infinite value": (HEADER + b"u,i,2024-01-01,inf\n", ["column weight", "'inf'", "finite"]),
    "not a number": (HEADER + b"u,i,2024-01-01,many\n", ["column weight", "'many'"]),
    "ragged, short": (
        HEADER + b"u,i,2024-01-01,1\n\nu,i\n",
        ["Row 2 of", "2 fields", "header has 4", "line 4"],
    ),
    "ragged, long": (HEADER + b"u,i,2024-01-01,1,5\n", ["Row 1 of", "5 fields"]),
    "text after a quote": (HEADER + b'"u"x,i,2024-01-01,1\n', ["Row 1 of", "not CSV", "line 2"]),
    "unclosed quote": (
        HEADER + b'"u,i,2024-01-01,1\nu,i,2024-01-01,1\n',
        ["Row 1 of", "does not end", "quote"],
    ),
    "huge field": (HEADER + b"u," + b"x" * 200_000 + b",2024-01-01,1\n", ["Row 1 of", "131,072"]),
    "long id": (
        HEADER + b"u," + b"x" * 513 + b",2024-01-01,1\n",
        ["Row 1", "column item_id", "512", "513 characters"],
    ),
    "invalid UTF-8": (HEADER + b"u,Z\xfcrich,2024-01-01,1\n", ["Row 1", "column item_id", "UTF-8"]),
    "NUL": (HEADER + b"u,a\0b,2024-01-01,1\n", ["Row 1", "column item_id", "NUL"]),
    "UTF-16": ("user_id,item_id\nu,i\n".encode("utf-16"), ["UTF-8"]),
    "duplicate header": (
        b"user_id,item_id,item_id\nu,i,j\n",
        ["several columns named 'item_id'", "Rename"],
    ),
    "no item column": (
        b"user_id,product\nu,i\n",
        ["no column 'item_id'", "'product'", "--item-column"],
    ),
    "no user or session": (
        b"item_id,price\ni,1\n",
        ["neither a column user_id nor session_id", "--user-column"],
    ),
    "another delimiter": (b"user_id;item_id\nu;i\n", ["no column 'item_id'", "--delimiter ';'"]),
    "empty file": (b"", ["is empty", "header"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), CSV_CASES.values(), ids=CSV_CASES.keys())
def test_a_bad_csv_is_refused_before_the_database_is_touched(
    tmp_path: Path, content: bytes, words: list[str]
) -> None:
    message = refusal(write(tmp_path / "sales.csv", content))
    assert "sales.csv" in message
    assert [word for word in words if word not in message] == []


JSON_CASES = {
    "not JSON": (b'{"user_id": "u", "item_id": "i"}\n{"user_id": \n', ["Row 2", "is not JSON"]),
    "not an object": (b'{"user_id": "u", "item_id": "i"}\n5\n', ["Row 2", "not a JSON object"]),
    "an array": (b'[{"user_id": "u", "item_id": "i"}]', ["JSON array", "jq"]),
    "true as id": (b'{"user_id": "u", "item_id": true}', ["Row 1", "column item_id", "'True'"]),
    "list as id": (b'{"user_id": "u", "item_id": ["i"]}', ["Row 1", "column item_id"]),
    "null id": (b'{"user_id": "u", "item_id": null}', ["Row 1", "column item_id", "empty"]),
    "NaN value": (b'{"user_id": "u", "item_id": "i", "weight": NaN}', ["column weight", "finite"]),
    "number as ISO time": (
        b'{"user_id": "u", "item_id": "i", "timestamp": 5}',
        ["column timestamp", "--time-format"],
    ),
    "lone surrogate": (b'{"user_id": "u", "item_id": "\\ud800"}', ["column item_id", "UTF-8"]),
    "escaped NUL": (b'{"user_id": "u", "item_id": "a\\u0000"}', ["column item_id", "NUL"]),
    "invalid UTF-8": (b'{"user_id": "u", "item_id": "i"}\n{"user_id": "\xff"}', ["Row 2", "UTF-8"]),
    "deep nesting": (b'{"user_id": "u", "item_id": "i"}\n' + b"[" * 100_000, ["Row 2", "not JSON"]),
    "UTF-16": ('{"user_id": "u"}'.encode("utf-16"), ["UTF-8"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), JSON_CASES.values(), ids=JSON_CASES.keys())
def test_bad_json_lines_are_refused(tmp_path: Path, content: bytes, words: list[str]) -> None:
    message = refusal(write(tmp_path / "sales.jsonl", content))
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([1.0, 2.0], ["type double", "Store it as text"]),
        ([1, None], ["type double", "missing values"]),
        ([True, False], ["type bool"]),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), ["type timestamp"]),
        ([b"x", b"y"], ["type binary"]),
    ],
    ids=["floats", "whole numbers with a gap", "bools", "times", "bytes"],
)
def test_column_types_that_cannot_hold_ids_are_refused(
    tmp_path: Path, ids: Any, words: list[str]
) -> None:
    frame = pd.DataFrame({"user_id": ["u", "v"], "item_id": ids})
    frame.to_parquet(tmp_path / "sales.parquet")
    for data in (frame, tmp_path / "sales.parquet"):
        message = refusal(data, LoadOptions(skip_bad_rows=True))
        assert [word for word in ["Column item_id", *words] if word not in message] == []


def test_a_data_frame_of_mixed_ids_is_refused() -> None:
    frame = pd.DataFrame({"user_id": ["u", "v"], "item_id": pd.Series([1, "a"], dtype=object)})
    assert "several types" in refusal(frame)


def test_a_named_column_that_is_missing_is_an_error_which_lists_the_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "sales.csv", b"user_id,item_id,when\nu,i,2024-01-01\n")
    message = refusal(path, LoadOptions(time_column="sold_at"))
    assert "no column 'sold_at'" in message
    assert "'user_id', 'item_id', 'when'" in message
    assert "--time-column" in message


@pytest.mark.parametrize(
    "name", ["id", "support", "embedding_a", "out_embedding_b", "my price", "1st"]
)
def test_item_columns_that_cannot_be_properties_are_refused(tmp_path: Path, name: str) -> None:
    items = write(tmp_path / "items.csv", f"item_id,{name}\ni,1\n".encode())
    assert "Rename the column" in refusal((), items=items)


def test_nothing_to_load_is_an_error() -> None:
    with pytest.raises(InvalidParameterError, match="nothing to load"):
        load_interactions(cast(Database, NoDatabase()), [])


@pytest.mark.parametrize("name", ["sales", "sales.xlsx"])
def test_a_name_that_does_not_tell_the_format_is_refused(tmp_path: Path, name: str) -> None:
    assert "--format" in refusal(write(tmp_path / name, HEADER))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(HEADER + b"u,i,2024-01-01,1\n" * 5000)
    assert "damaged gzip" in refusal(write(tmp_path / "sales.csv.gz", packed[:-20]))


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    assert "not a Parquet file" in refusal(write(tmp_path / "sales.parquet", b"PAR1 nonsense"))


def test_a_pipe_is_refused_since_it_cannot_be_read_twice(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in refusal(tmp_path / "pipe.csv")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_line_ends_and_byte_order_marks_do_not_reach_the_values(
    tmp_path: Path, ending: bytes, mark: bytes
) -> None:
    content = mark + ending.join([b"user_id,item_id", b'u,"a, ""b"""', b"", b"u,i2"])
    part, _ = rows_of(write(tmp_path / "sales.csv", content))
    (batch,) = part.source.batches(("user_id", "item_id"), 100)
    assert list(batch.columns["item_id"]) == ['a, "b"', "i2"]


def test_json_ids_keep_the_literal_text_of_their_number(tmp_path: Path) -> None:
    content = (
        b'{"item_id": 1.10, "user_id": 7}\n\n{"user_id": "007", "item_id": 12345678901234567890}'
    )
    part, _ = rows_of(write(tmp_path / "sales.jsonl", content))
    (batch,) = part.source.batches(("user_id", "item_id"), 100)
    assert batch.columns == {"user_id": ["7", "007"], "item_id": ["1.10", "12345678901234567890"]}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_bad_rows_are_counted_whatever_the_batch_size(tmp_path: Path, size: int) -> None:
    # Bad: row 2 (ragged), row 3 (no item), row 5 (not CSV). The blank line is no row.
    content = b'user_id,item_id\nu,i\nu\nu,\n\nu,j\n"u"x,i\nu,k\n'
    options = LoadOptions(skip_bad_rows=True, batch_size=size)
    _, found = rows_of(write(tmp_path / "sales.csv", content), options)
    assert (found.n_rows, found.n_bad) == (6, 3)
    assert [message.split(" of ")[0] for message in found.bad_rows] == ["Row 2", "Row 3", "Row 5"]


def test_an_unclosed_quote_is_fatal_even_when_bad_rows_are_skipped(tmp_path: Path) -> None:
    # What it has swallowed are good rows: to skip them would lose them without a word.
    path = write(tmp_path / "sales.csv", b'user_id,item_id\nu,"i\nu,j\nu,k\n')
    assert "does not end" in refusal(path, LoadOptions(skip_bad_rows=True))


def test_invalid_bytes_in_a_column_that_is_not_used_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path / "sales.csv", b"user_id,item_id,note\nu,i,Z\xfcrich\n")
    assert rows_of(path)[1].n_bad == 0
