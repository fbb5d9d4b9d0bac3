"""Histories in plain text files, as public benchmarks have them, and lists written the same way.

``lightgcn``: a line is ``user item item …``. ``pairs``: a line is ``user item``, oldest first. Ids
are text without white space. Files may be packed by xz, gzip or bzip2; the content decides.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from recommender.columns import MAX_ID_LENGTH
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.evaluate.split import Split, given_split, natural_protocol
from recommender.graph import Int64Array
from recommender.histories import Histories, build_histories
from recommender.score import TopItems
from recommender.walks.corpus import replacing

HistoryFormat = Literal["lightgcn", "pairs"]
HISTORY_FORMATS: tuple[HistoryFormat, ...] = get_args(HistoryFormat)

_UNPACK: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\xfd7zXZ\x00": ("xz", lzma.decompress),
    b"\x1f\x8b": ("gzip", gzip.decompress),
    b"BZh": ("bzip2", bz2.decompress),
}
# In a user's line of lists, ids are told apart by these (what bytes.split() splits at).
_WHITE_SPACE = " \t\n\r\x0b\x0c"


def read_histories(path: Path, file_format: HistoryFormat) -> Histories:
    """Return the histories of a file.

    Users come in the order of the file, items by number if all ids are whole numbers, else as
    text. A user may stand on several lines: the items add up, repeated ones stay.

    Parameters
    ----------
    path : Path
        A text file in UTF-8, plain or packed by xz, gzip or bzip2.
    file_format : {"lightgcn", "pairs"}
        ``lightgcn``: the place in a line tells nothing about time. ``pairs``: lines of a user are
        in the order of time.

    Raises
    ------
    InvalidDataError
        If the file cannot be read, is damaged, not UTF-8, holds no interaction, or a line is not
        of the format.
    """
    return _join([_read(path, file_format)], file_format)[0]


def read_split(train: Path, test: Path, file_format: HistoryFormat) -> Split:
    """Return the split of two files, both parts over the users and items of either.

    Its protocol, by which a validation part is to be cut from the training part, is ``random`` for
    ``lightgcn``; for ``pairs`` ``last-item``, or ``user-time`` where histories are long.

    Raises
    ------
    InvalidDataError
        As :func:`read_histories`; or if nobody has something in both parts.
    """
    parts = _join([_read(train, file_format), _read(test, file_format)], file_format)
    protocol = natural_protocol(parts[0])
    split = given_split(parts[0], parts[1], protocol, f"the files {train.name} and {test.name}")
    if not len(split.judged_users()):
        raise InvalidDataError(
            f"No user has items in '{train}' and others in '{test}'. Give two parts of the same "
            "users' histories."
        )
    return split


def read_test(test: Path, file_format: HistoryFormat, train: Histories) -> Split:
    """Return the split of histories that are there already and a file of what came after them.

    Items and users that only the file has come after those of ``train``.

    Raises
    ------
    InvalidDataError
        As :func:`read_histories`; or if nobody has something in both parts.
    """
    later = read_histories(test, file_format)
    user_ids = tuple(dict.fromkeys((*train.user_ids, *later.user_ids)))
    item_ids = tuple(dict.fromkeys((*train.item_ids, *later.item_ids)))
    parts = [part.among(user_ids).over(item_ids) for part in (train, later)]
    split = given_split(parts[0], parts[1], natural_protocol(train), f"the file {test.name}")
    if not len(split.judged_users()):
        raise InvalidDataError(
            f"No user of '{test}' has items in the database. Load the training part first, with "
            "the same user and item ids."
        )
    return split


def write_lists(path: Path, histories: Histories, top: TopItems) -> None:
    """Write a line ``user item item …``, best first, for each user, in the order of the users.

    A user whose list is empty has a line with nothing but the user. The file appears whole or not
    at all.

    Raises
    ------
    InvalidDataError
        If an id holds white space, or the file cannot be written.
    """
    for item_id in histories.item_ids + histories.user_ids:
        if not item_id or any(mark in item_id for mark in _WHITE_SPACE):
            raise InvalidDataError(
                f"Id '{item_id}' is empty or holds white space, which parts the ids of a line in "
                f"'{path}'. Use ids without it."
            )
    ids = histories.item_ids
    with replacing(path) as file:
        for user_id, rows in zip(histories.user_ids, top.rows.tolist(), strict=True):
            line = " ".join([user_id, *(ids[row] for row in rows if row >= 0)])
            file.write(line.encode("utf-8") + b"\n")


@dataclass(frozen=True)
class _Interactions:
    """Users and items of one file, numbered by first appearance."""

    user_ids: list[bytes]
    item_ids: list[bytes]
    users: Int64Array  # (n_interactions,)
    items: Int64Array  # (n_interactions,)


def _read(path: Path, file_format: HistoryFormat) -> _Interactions:
    if file_format not in HISTORY_FORMATS:
        raise InvalidParameterError(
            f"Format '{file_format}' is not one of {', '.join(HISTORY_FORMATS)}."
        )
    text = _text(path)
    lines = [line.split() for line in text.splitlines()]
    if file_format == "pairs":
        _refuse_other_than_pairs(path, lines)
    users: dict[bytes, int] = {}
    items: dict[bytes, int] = {}
    numbers = [users.setdefault(line[0], len(users)) for line in lines if line]
    n_items = [len(line) - 1 for line in lines if line]
    rows = [items.setdefault(item, len(items)) for line in lines for item in line[1:]]
    if not rows:
        raise InvalidDataError(
            f"'{path}' holds no interaction. A line needs a user and "
            f"{'items' if file_format == 'lightgcn' else 'an item'}, parted by white space."
        )
    for ids in (users, items):
        _refuse_long_ids(path, lines, ids)
    return _Interactions(list(users), list(items), np.repeat(numbers, n_items), np.array(rows))


def _text(path: Path) -> bytes:
    """Return the content of a file, unpacked and known to be UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidDataError(f"'{path}' cannot be read: {error.strerror}.") from error
    for mark, (name, unpack) in _UNPACK.items():
        if content.startswith(mark) and (mark != b"BZh" or content[4:10] == b"1AY&SY"):
            try:
                content = unpack(content)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
                raise InvalidDataError(
                    f"'{path}' is a damaged {name} file ({error}). Fetch or make it again."
                ) from error
            break
    _refuse_other_than_utf8(path, content)
    return content.removeprefix(b"\xef\xbb\xbf")


def _refuse_other_than_utf8(path: Path, content: bytes) -> None:
    bad = content.find(b"\0")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = error.start
    if bad >= 0:
        line = len(content[: bad + 1].splitlines())
        raise InvalidDataError(
            f"Line {line} of '{path}': byte {content[bad]:#04x} is not UTF-8 text. "
            "Save the file as UTF-8."
        )


def _refuse_other_than_pairs(path: Path, lines: list[list[bytes]]) -> None:
    for number, line in enumerate(lines, start=1):
        if line and len(line) != 2:
            shown = b" ".join(line)[:60].decode("utf-8", "replace")
            raise InvalidDataError(
                f"Line {number} of '{path}': '{shown}' has {len(line)} fields where pairs have "
                "two, a user and an item. Fix the line, or read the file as lightgcn."
            )


def _refuse_long_ids(path: Path, lines: list[list[bytes]], ids: dict[bytes, int]) -> None:
    for each in ids:
        if len(each) > MAX_ID_LENGTH and len(each.decode()) > MAX_ID_LENGTH:
            number = next(number for number, line in enumerate(lines, start=1) if each in line)
            raise InvalidDataError(
                f"Line {number} of '{path}': id '{each.decode()[:40]}…' has "
                f"{len(each.decode())} characters; {MAX_ID_LENGTH} at most. Shorten it, or check "
                "the format."
            )


def _join(files: list[_Interactions], file_format: HistoryFormat) -> list[Histories]:
    """Return the histories of each file over the users and items of all."""
    user_ids = list(dict.fromkeys(each for file in files for each in file.user_ids))
    item_ids = _sorted_ids({each for file in files for each in file.item_ids})
    user_of = {each: number for number, each in enumerate(user_ids)}
    row_of = {each: row for row, each in enumerate(item_ids)}
    return [
        build_histories(
            np.array([user_of[each] for each in file.user_ids])[file.users],
            np.array([row_of[each] for each in file.item_ids])[file.items],
            user_ids=tuple(each.decode() for each in user_ids),
            item_ids=tuple(each.decode() for each in item_ids),
            is_ordered=file_format == "pairs",
        )
        for file in files
    ]


def _sorted_ids(ids: set[bytes]) -> list[bytes]:
    if all(each.isdigit() for each in ids):
        return sorted(ids, key=lambda each: (int(each), each))
    return sorted(ids)  # UTF-8 sorts as its characters do
