"""Unchecked batches -> checked columns, with every bad value named.

Each check takes the values of one column and returns them clean (None where missing), with what is
wrong by position. The common case, a column of good text, is checked as a whole; only a column
with something in it is looked at value by value.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import repeat
from typing import Any

from recommender.columns import (
    CATEGORY,
    DEFAULT_TYPE,
    ITEM,
    MAX_ID_LENGTH,
    SESSION,
    TIME,
    TITLE,
    TYPE,
    USER,
    VALUE,
)
from recommender.load.batches import BadRow, Batch, Instant, NumberText, shown
from recommender.load.options import LoadOptions
from recommender.load.quick_checks import (
    EPOCH,
    FIRST,
    LAST,
    quick_numbers,
    quick_times,
)

MAX_INTEGER = 2**63 - 1
MAX_EXACT_FLOAT = 2**53  # up to here an integer of a column can turn out a float
_ISO = re.compile(r"\d{4}-?\d\d-?\d\d([Tt ]\d.*)?", re.ASCII | re.DOTALL)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_INTEGER = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_DECIMAL = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TO_MICROSECONDS = {
    "s": Decimal(10**6),
    "ms": Decimal(1000),
    "us": Decimal(1),
    "ns": Decimal("0.001"),
}


class _ProblemError(ValueError):
    """What is wrong with one value, and what besides mending it would help."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


@dataclass(frozen=True)
class Checked:
    """The clean values of a column and its bad ones, by position."""

    values: list[Any]
    problems: dict[int, _ProblemError] = field(default_factory=dict)


Check = Callable[[Sequence[Any]], Checked]


@dataclass(frozen=True)
class CheckedRows:
    """The good rows of a batch, column by column, and the bad ones."""

    columns: dict[str, list[Any]]  # by role for interactions (user_id, item_id, …)
    n_rows: int
    bad: tuple[BadRow, ...]


def check_ids(values: Sequence[Any]) -> Checked:
    """Return ids as exact text; an empty one is None."""
    if _is_good_text(values, MAX_ID_LENGTH) and all(values):
        return Checked(list(map(str, values)))
    return _one_by_one(values, _id)


def check_types(values: Sequence[Any]) -> Checked:
    """Return the types of interactions; an empty one is the default type."""
    checked = check_ids(values)
    return Checked([DEFAULT_TYPE if v is None else v for v in checked.values], checked.problems)


def check_numbers(values: Sequence[Any]) -> Checked:
    """Return finite floats; an empty one is None."""
    quick = quick_numbers(values)
    return Checked(quick) if quick is not None else _one_by_one(values, _number)


def check_texts(values: Sequence[Any]) -> Checked:
    """Return text of any length; numbers become text, an empty one is None."""
    if _is_good_text(values, None) and all(values):
        return Checked(list(map(str, values)))
    return _one_by_one(values, _text)


def check_properties(values: Sequence[Any]) -> Checked:
    """Return values that a node can hold, of the type they have in the file."""
    return _one_by_one(values, _property)


def time_check(options: LoadOptions) -> Check:
    """Return the check that turns times into whole microseconds since 1970, UTC."""
    parse = _time_parser(options)

    def check(values: Sequence[Any]) -> Checked:
        quick = quick_times(values, options)
        if quick is not None:
            return Checked(quick)
        known: dict[Any, Any] = {}  # times repeat: the lines of an invoice share one

        def one(value: Any) -> Any:
            if value not in known:
                known[value] = _within_years(parse(value), value)
            return known[value]

        return _one_by_one(values, lambda value: one(value) if _is_plain(value) else parse(value))

    return check


def interaction_checks(plan: dict[str, str], options: LoadOptions) -> dict[str, Check]:
    """Return the check of each role that the plan has a column for."""
    checks: dict[str, Check] = {
        USER: check_ids,
        SESSION: check_ids,
        ITEM: check_ids,
        TIME: time_check(options),
        TYPE: check_types,
        VALUE: check_numbers,
    }
    return {role: check for role, check in checks.items() if role in plan}


def property_check(name: str) -> Check:
    """Return the check of an item property of that name."""
    if name == CATEGORY:
        return lambda values: check_ids([_text_or_same(value) for value in values])
    return check_texts if name == TITLE else check_properties


def check_batch(
    source: str, batch: Batch, plan: dict[str, str], checks: dict[str, Check], *, is_items: bool
) -> CheckedRows:
    """Return the good rows of a batch, by role, and the bad ones.

    ``plan`` gives the column of each role, ``checks`` the check of each role.
    """
    checked = {role: check(batch.columns[plan[role]]) for role, check in checks.items()}
    bad = {place: bad for place, bad in _absences(source, batch, plan, checked, is_items)}
    for role in reversed(checked):
        for place, problem in checked[role].problems.items():
            row = batch.rows[place]
            bad[place] = BadRow(source, row, plan[role], str(problem), problem.remedy)
    columns = {role: column.values for role, column in checked.items()}
    if bad:
        good = [place for place in range(len(batch.rows)) if place not in bad]
        columns = {role: [values[place] for place in good] for role, values in columns.items()}
    found = sorted((*batch.bad, *bad.values()), key=lambda each: each.row)
    return CheckedRows(columns, len(batch.rows) - len(bad), tuple(found))


def interaction_keys(columns: dict[str, list[Any]], n_rows: int) -> list[str]:
    """Return the key of each interaction: its second, then a hash of all that identifies it.

    With the time before, what is loaded in the order of time goes to one end of the key's index; a
    key without a time is all hash. No part can hold a NUL and a missing part is empty, so different
    rows have different texts.
    """
    parts = (_key_parts(columns, role, n_rows) for role in (USER, SESSION, ITEM, TIME, TYPE, VALUE))
    blake2b = hashlib.blake2b
    hashes = (
        blake2b(text.encode(), digest_size=16).hexdigest()
        for text in map("\0".join, zip(*parts, strict=True))
    )
    if TIME not in columns:
        return list(hashes)
    return [
        known if at is None else f"{(at - FIRST) // 1_000_000:010x}{known[:22]}"
        for at, known in zip(columns[TIME], hashes, strict=True)
    ]


def _key_parts(columns: dict[str, list[Any]], role: str, n_rows: int) -> Iterable[str]:
    """Return what one column gives to each key, as text; a missing type is the default one."""
    missing = DEFAULT_TYPE if role == TYPE else ""
    if role not in columns:
        return repeat(missing, n_rows)
    if role in (TIME, VALUE):
        return ["" if value is None else str(value) for value in columns[role]]
    return [value or missing for value in columns[role]]


def narrowest_type(values: Sequence[Any], so_far: type) -> type:
    """Return int, float or str: what the text of a CSV column can be read as, without loss."""
    for value in values:
        if value is None:
            continue
        if so_far is int and not _is_integer(value):
            so_far = float
        if so_far is float and not _is_decimal(value):
            return str
    return so_far


def _is_integer(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and abs(int(text)) <= MAX_EXACT_FLOAT


def _is_decimal(text: str) -> bool:
    # A code such as 007 is no number, and neither are digits that a float cannot hold.
    if _INTEGER.fullmatch(text):
        return _is_integer(text)
    return _DECIMAL.fullmatch(text) is not None and math.isfinite(float(text))


def _absences(
    source: str, batch: Batch, plan: dict[str, str], checked: dict[str, Checked], is_items: bool
) -> list[tuple[int, BadRow]]:
    """Return the rows that lack an item, or both a user and a session."""
    found = []
    items = checked[ITEM].values
    if None in items:
        lacking = [place for place, item in enumerate(items) if item is None]
        found = [
            (place, BadRow(source, batch.rows[place], plan[ITEM], "the item id is empty"))
            for place in lacking
        ]
    if is_items:
        return found
    nothing = [None] * len(items)
    users = checked[USER].values if USER in checked else nothing
    sessions = checked[SESSION].values if SESSION in checked else nothing
    if None in users or not users:
        names = " and ".join(plan[role] for role in (USER, SESSION) if role in plan)
        found += [
            (place, BadRow(source, batch.rows[place], names, "it has neither user nor session"))
            for place, (user, session) in enumerate(zip(users, sessions, strict=True))
            if user is None and session is None
        ]
    return found


def _one_by_one(values: Sequence[Any], clean: Callable[[Any], Any]) -> Checked:
    cleaned: list[Any] = []
    problems: dict[int, _ProblemError] = {}
    for place, value in enumerate(values):
        if value is None or value == "":
            cleaned.append(None)
            continue
        try:
            cleaned.append(clean(value))
        except _ProblemError as problem:
            cleaned.append(None)
            problems[place] = problem
    return Checked(cleaned, problems)


def _is_good_text(values: Sequence[Any], max_length: int | None) -> bool:
    """Whether all values are text of UTF-8 without NUL, none of them too long."""
    try:
        joined = "".join(values)
        joined.encode()
    except (TypeError, UnicodeEncodeError):
        return False
    if "\0" in joined:
        return False
    return max_length is None or max(map(len, values), default=0) <= max_length


def _good_text(value: str, max_length: int | None = None) -> str:
    if "\0" in value:
        raise _ProblemError(f"{shown(value)} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _ProblemError(f"{shown(value)} is not UTF-8", "save the file as UTF-8") from error
    if max_length is not None and len(value) > max_length:
        raise _ProblemError(f"{shown(value)} is longer than {max_length} characters")
    return str(value)


def _id(value: Any) -> str:
    if isinstance(value, str):
        return _good_text(value, MAX_ID_LENGTH)
    if isinstance(value, int) and not isinstance(value, (bool, Instant)):
        return str(value)
    raise _ProblemError(f"{shown(value)} is neither text nor a whole number", "make it text")


def _text(value: Any) -> str:
    text = _text_or_same(value)
    if isinstance(text, str):
        return _good_text(text)
    raise _ProblemError(f"{shown(value)} is not text")


def _text_or_same(value: Any) -> Any:
    is_number = isinstance(value, (int, float)) and not isinstance(value, (bool, Instant))
    return str(value) if is_number else value


def _number(value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        raise _ProblemError(f"{shown(value)} is not a finite number")
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise _ProblemError(f"{shown(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _ProblemError(f"{shown(value)} is not a finite number")
    return number + 0.0  # -0.0 and 0.0 are one value


def _property(value: Any) -> Any:
    if isinstance(value, NumberText):
        value = _json_number(value)
    if isinstance(value, Instant):
        return EPOCH + timedelta(microseconds=_within_years(int(value), value))
    if isinstance(value, str):
        return _good_text(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (bool, int, float)):
        if abs(value) > MAX_INTEGER if isinstance(value, int) else not math.isfinite(value):
            raise _ProblemError(f"{shown(value)} is out of range")
        return value
    raise _ProblemError(f"{shown(value)} is not text, a number, true or false, or a time")


def _json_number(text: str) -> int | float:
    return int(text) if _INTEGER.fullmatch(text) and len(text) < 30 else float(text)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _within_years(microseconds: int, value: Any) -> int:
    if not FIRST <= microseconds <= LAST:
        raise _ProblemError(
            f"{shown(value)} is outside the years 1 to 9999", "pass the right --time-unit"
        )
    return microseconds


def _time_parser(options: LoadOptions) -> Callable[[Any], int]:
    if options.time_format == "iso":
        parse = _parse_iso
    elif options.time_format == "unix":
        per_unit = _TO_MICROSECONDS[options.time_unit]
        parse = lambda value: _parse_unix(value, per_unit)  # noqa: E731 (one of three)
    else:
        parse = lambda value: _parse_pattern(value, options.time_format)  # noqa: E731
    return lambda value: int(value) if isinstance(value, Instant) else parse(value)


def _parse_iso(value: Any) -> int:
    try:
        if not isinstance(value, str) or _ISO.fullmatch(value) is None:
            raise ValueError
        return _microseconds(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        raise _ProblemError(f"{shown(value)} is not ISO 8601", "pass --time-format") from None


def _parse_unix(value: Any, per_unit: Decimal) -> int:
    try:
        if isinstance(value, (bool, list, dict)) or "_" in str(value):
            raise InvalidOperation
        return math.floor(Decimal(str(value)) * per_unit)
    except (InvalidOperation, ValueError, OverflowError):
        raise _ProblemError(f"{shown(value)} is not a Unix time", "pass --time-format") from None


def _parse_pattern(value: Any, pattern: str) -> int:
    try:
        return _microseconds(datetime.strptime(str(value), pattern))
    except (ValueError, OverflowError):
        problem = f"{shown(value)} does not fit '{pattern}'"
        raise _ProblemError(problem, "pass another --time-format") from None


def _microseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1)
