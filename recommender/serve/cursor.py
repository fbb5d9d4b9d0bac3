"""Cursors: where a page ended, as text that the next request brings back.

A cursor holds the model version, the place in its ranking, and up to when a user's history counts:
nothing is kept in the server, and any worker can go on. A hash of the parameters and of the content
finds alterations; it is no secret, and there is none in it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from recommender.errors import InvalidParameterError

MAX_LENGTH = 1024
DIGEST_BYTES = 12


class HistoryMark(NamedTuple):
    """How far a history reaches: what came later does not count."""

    until_ms: int | None  # since 1970; None: no interaction has a time
    n_had: int


@dataclass(frozen=True)
class Place:
    """Where the next page begins."""

    version: str
    catalogue: str  # fingerprint of the catalogue that was ranked
    start: int
    change: int  # of items: what was hidden then has no place
    mark: HistoryMark | None = None  # of users alone
    rules: str = ""  # digest of the rules in force


def write_cursor(place: Place, asked: Sequence[Any]) -> str:
    """Return the cursor of a place; ``asked`` is what was asked for, as plain JSON."""
    values = [
        *(place.version, place.catalogue, place.rules),
        *(place.start, place.change),
        *(place.mark or ()),
    ]
    payload = orjson.dumps(values)
    return base64.urlsafe_b64encode(_digest(payload, asked) + payload).decode().rstrip("=")


def read_cursor(text: str, asked: Sequence[Any]) -> Place:
    """Return the place of a cursor.

    Raises
    ------
    InvalidParameterError
        If it was altered or belongs to other parameters.
    """
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        digest, payload = whole[:DIGEST_BYTES], whole[DIGEST_BYTES:]
        if digest != _digest(payload, asked):
            raise ValueError
        version, catalogue, rules, start, change, *mark = orjson.loads(payload)
        _check((version, catalogue, rules), (start, change), mark)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidParameterError(
            "The cursor was altered, or is of other parameters: give those of the first page "
            "again, or begin without a cursor."
        ) from error
    return Place(version, catalogue, start, change, HistoryMark(*mark) if mark else None, rules)


def _check(texts: tuple[Any, ...], counts: tuple[Any, ...], mark: list[Any]) -> None:
    is_text = all(isinstance(text, str) for text in texts)
    is_place = all(type(count) is int and 0 <= count < 2**53 for count in counts)
    is_mark = not mark or (
        len(mark) == 2
        and (mark[0] is None or (type(mark[0]) is int and abs(mark[0]) < 2**62))
        and type(mark[1]) is int
    )
    if not (is_text and is_place and is_mark):
        raise ValueError


def _digest(payload: bytes, asked: Sequence[Any]) -> bytes:
    known = orjson.dumps(asked)
    return hashlib.blake2b(payload + b"\0" + known, digest_size=DIGEST_BYTES).digest()
