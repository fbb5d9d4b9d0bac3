"""Files in the forms of public benchmarks are read as they are, or refused by name and line."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.histories import Histories
from recommender.history_files import HistoryFormat, read_histories, read_split, write_lists
from recommender.score import TopItems


def written(folder: Path, content: str | bytes, name: str = "train.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def as_lists(histories: Histories) -> dict[str, list[str]]:
    return {
        user_id: [histories.item_ids[row] for row in histories.items_of(user)]
        for user, user_id in enumerate(histories.user_ids)
    }


def test_a_lightgcn_line_is_a_user_and_the_items(tmp_path: Path) -> None:
    found = read_histories(written(tmp_path, "u1 10 9\nu0\n\nu2\t9  10\r\nu1 8"), "lightgcn")
    assert as_lists(found) == {"u1": ["10", "9", "8"], "u0": [], "u2": ["9", "10"]}
    assert not found.is_ordered


def test_pairs_keep_the_order_of_a_user_s_lines(tmp_path: Path) -> None:
    found = read_histories(written(tmp_path, "b 2\na 5\nb 1\nb 2\n"), "pairs")
    assert as_lists(found) == {"b": ["2", "1", "2"], "a": ["5"]}
    assert found.is_ordered


@pytest.mark.parametrize(
    ("ids", "expected"),
    [("10 9 007 7", ("007", "7", "9", "10")), ("10 9 x", ("10", "9", "x")), ("é z", ("z", "é"))],
    ids=["whole numbers", "text", "beyond ASCII"],
)
def test_items_are_sorted_by_number_or_else_as_text(
    tmp_path: Path, ids: str, expected: tuple[str, ...]
) -> None:
    assert read_histories(written(tmp_path, f"u {ids}\n"), "lightgcn").item_ids == expected


@pytest.mark.parametrize("pack", [lzma.compress, gzip.compress, bz2.compress])
def test_packed_files_are_read_whatever_their_name(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    found = read_histories(written(tmp_path, pack(b"0 1 2\n")), "lightgcn")
    assert as_lists(found) == {"0": ["1", "2"]}


def test_a_byte_order_mark_is_not_part_of_the_first_user(tmp_path: Path) -> None:
    assert as_lists(read_histories(written(tmp_path, "\ufeffu 1"), "pairs")) == {"u": ["1"]}


def test_a_user_called_like_a_packed_file_is_text(tmp_path: Path) -> None:
    assert as_lists(read_histories(written(tmp_path, "BZh91 1"), "pairs")) == {"BZh91": ["1"]}


def test_both_parts_of_a_split_have_the_users_and_items_of_either(tmp_path: Path) -> None:
    train = written(tmp_path, "0 2 3\n1 3\n")
    split = read_split(train, written(tmp_path, "2 1\n0 1 2\n", "test.txt"), "lightgcn")
    assert split.train.item_ids == split.test.item_ids == ("1", "2", "3")
    assert as_lists(split.train) == {"0": ["2", "3"], "1": ["3"], "2": []}
    # Item 2 is dropped: user 0 had it in training.
    assert as_lists(split.test) == {"0": ["1"], "1": [], "2": ["1"]}
    assert split.protocol == "random"
    assert split.judged_users().tolist() == [0]
    assert "train.txt" in split.description
    assert "test.txt" in split.description


def test_validation_of_pairs_is_the_last_item(tmp_path: Path) -> None:
    train = written(tmp_path, "0 1\n0 2\n")
    split = read_split(train, written(tmp_path, "0 3\n", "test.txt"), "pairs")
    assert split.protocol == "last-item"
    assert split.train.is_ordered


def test_a_split_that_leaves_nobody_to_judge_is_refused(tmp_path: Path) -> None:
    train = written(tmp_path, "0 1\n")
    with pytest.raises(InvalidDataError, match=r"No user has items in .*train\.txt"):
        read_split(train, written(tmp_path, "1 1\n", "test.txt"), "lightgcn")


@pytest.mark.parametrize(
    ("content", "file_format", "message"),
    [
        (b"", "lightgcn", "holds no interaction"),
        (b"0\n1\n", "lightgcn", "holds no interaction"),
        (b"0 1\n1 \xff\n", "lightgcn", r"Line 2 of .*train\.txt': byte 0xff is not UTF-8"),
        ("0 1\n".encode("utf-16-le"), "pairs", "Line 1 of .* byte 0x00 is not UTF-8"),
        (b"0 1\n\n0 1 2\n", "pairs", "Line 3 of .*'0 1 2' has 3 fields"),
        (b"0\n", "pairs", "Line 1 of .*'0' has 1 fields"),
        (b"0 1\n0 " + b"9" * 513, "pairs", "Line 2 of .* has 513 characters; 512 at most"),
        (lzma.compress(b"0 1\n" * 99)[:-9], "pairs", "damaged xz file"),
        (gzip.compress(b"0 1\n" * 99)[:-9], "pairs", "damaged gzip file"),
        (bz2.compress(b"0 1\n" * 99)[:-9], "pairs", "damaged bzip2 file"),
    ],
    ids=[
        "empty", "users alone", "Latin-1", "UTF-16", "three fields", "one field", "long id",
        "xz", "gzip", "bzip2",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_the_place(
    tmp_path: Path, content: bytes, file_format: HistoryFormat, message: str
) -> None:
    with pytest.raises(InvalidDataError, match=message):
        read_histories(written(tmp_path, content), file_format)


def test_512_characters_of_two_bytes_are_an_id(tmp_path: Path) -> None:
    found = read_histories(written(tmp_path, "u " + "é" * 512), "pairs")
    assert found.item_ids == ("é" * 512,)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"absent\.txt' cannot be read"):
        read_histories(tmp_path / "absent.txt", "pairs")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="lightgcn, pairs"):
        read_histories(written(tmp_path, "0 1"), "csv")  # type: ignore[arg-type]


def test_lists_are_written_best_first_and_end_where_the_list_ended(tmp_path: Path) -> None:
    histories = read_histories(written(tmp_path, "u1 5\nu0 6 7\n"), "lightgcn")
    rows = np.array([[2, 0], [1, -1]], np.int32)
    write_lists(tmp_path / "lists.txt", histories, TopItems(rows, np.ones((2, 2), np.float32)))
    assert (tmp_path / "lists.txt").read_text() == "u1 7 5\nu0 6\n"


def test_ids_that_a_line_cannot_hold_are_refused(tmp_path: Path) -> None:
    histories = Histories(("u",), ("a b",), np.array([0, 1]), np.array([0], np.int32))
    top = TopItems(np.array([[0]], np.int32), np.ones((1, 1), np.float32))
    with pytest.raises(InvalidDataError, match="'a b'"):
        write_lists(tmp_path / "lists.txt", histories, top)
    assert not (tmp_path / "lists.txt").exists()
