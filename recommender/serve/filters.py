"""Filters over item properties, such as ``price < 20 AND NOT category IN ('bags', 'mugs')``.

A filter is parsed here and answered by columns in memory; no part of it ever gets into Cypher. What
it costs is bounded by its length, its nesting and its number of comparisons.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput
from lark.exceptions import UnexpectedToken, VisitError

from recommender.errors import InvalidParameterError
from recommender.graph import Int64Array
from recommender.serve.item_columns import Column, Mask, Order, Part, TextColumn, Value

MAX_LENGTH = 1000  # characters
MAX_DEPTH = 20  # of NOT and parentheses
MAX_COMPARISONS = 32
KEPT_BYTES = 16 * 2**20  # of masks of one model version
FEW = 8  # fewer than one item in so many
NAMES_SHOWN = 40

Columns = Mapping[str, Column]

GRAMMAR = r"""
start: disjunction
?disjunction: conjunction (_OR conjunction)* -> any_of
?conjunction: term (_AND term)* -> all_of
?term: NOT term -> negation
    | LPAR disjunction RPAR -> inner
    | comparison
comparison: name ORDER value -> ordered
    | name IN LPAR value ("," value)* RPAR -> one_of
    | name NOT IN LPAR value ("," value)* RPAR -> none_of
    | name CONTAINS STRING -> contains
    | name STARTS WITH STRING -> starts
    | name ENDS WITH STRING -> ends
    | name IS NULL -> missing
    | name IS NOT NULL -> known
name: NAME | QUOTED
value: STRING | NUMBER | TRUE | FALSE

_AND.2: /and(?!\w)/i
_OR.2: /or(?!\w)/i
NOT.2: /not(?!\w)/i
IN.2: /in(?!\w)/i
IS.2: /is(?!\w)/i
NULL.2: /null(?!\w)/i
CONTAINS.2: /contains(?!\w)/i
STARTS.2: /starts(?!\w)/i
ENDS.2: /ends(?!\w)/i
WITH.2: /with(?!\w)/i
TRUE.2: /true(?!\w)/i
FALSE.2: /false(?!\w)/i
LPAR: "("
RPAR: ")"
ORDER: /<=|>=|<>|!=|==|=|<|>/
NAME: /[^\W\d]\w*/
QUOTED: /`[^`]+`/
STRING: /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/s
NUMBER: /[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?(?![\w.])/i
%ignore /\s+/
"""

_SAID = {
    "_AND": "AND", "_OR": "OR", "LPAR": "(", "RPAR": ")", "COMMA": ",", "ORDER": "= != < <= > >=",
    "NAME": "a property", "QUOTED": "a property in `…`", "STRING": "a text in quotes",
    "NUMBER": "a number", "$END": "the end",
}  # fmt: skip
_ORDERS: dict[str, Order] = {"==": "=", "<>": "!="}


class InvalidFilterError(InvalidParameterError):
    """A filter has no meaning; ``position`` (from 1) says where it ends."""

    def __init__(self, reason: str, position: int, expected: list[str] | None = None) -> None:
        super().__init__(f"The filter, character {position}: {reason}")
        self.reason = reason
        self.position = position
        self.expected = expected or []


@dataclass(frozen=True)
class Filter:
    """A parsed filter."""

    mask: Callable[[Columns], Mask]
    depth: int
    n_comparisons: int


def parse_filter(text: str) -> Filter:
    """Return the filter that a text means.

    Comparisons are ``= != < <= > >=``, ``[NOT] IN (…)``, ``CONTAINS``, ``STARTS WITH``, ``ENDS
    WITH`` and ``IS [NOT] NULL``; they are joined by ``AND``, ``OR``, ``NOT`` and parentheses, AND
    binding tighter than OR. A comparison with a missing value is false.

    Raises
    ------
    InvalidFilterError
        If it is not in that language, or is too long, too deep, or has too many comparisons.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidFilterError(f"longer than {MAX_LENGTH} characters.", MAX_LENGTH + 1)
    try:
        parsed: Filter = _parser().parse(text)  # type: ignore[assignment]
    except VisitError as error:
        if isinstance(error.orig_exc, InvalidFilterError):
            raise error.orig_exc from error
        raise
    except UnexpectedInput as error:
        raise _refusal(text, error) from error
    return parsed


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Build(), maybe_placeholders=False)


def _refusal(text: str, error: UnexpectedInput) -> InvalidFilterError:
    """Return what was found in place of what was expected."""
    if isinstance(error, UnexpectedCharacters):
        at, names = error.pos_in_stream, error.allowed
    elif isinstance(error, UnexpectedToken):
        is_end = error.token.type == "$END"
        at, names = len(text) if is_end else error.token.start_pos, error.accepts
    else:
        at, names = len(text), set(error.expected) if isinstance(error, UnexpectedEOF) else set()
    expected = sorted(_SAID.get(name, name) for name in names or ())
    place = at if at is not None else len(text)
    found = f"'{text[place : place + 20]}'" if text[place:].strip() else "the end"
    reason = f"found {found}, expected {' or '.join(expected) or 'something else'}."
    return InvalidFilterError(reason, place + 1, expected)


class _Build(Transformer[Token, Filter]):
    """Build a filter while it is parsed, from the inside out."""

    def start(self, parts: list[Filter]) -> Filter:
        return parts[0]

    def any_of(self, parts: list[Filter]) -> Filter:
        return _joined(parts, np.logical_or)

    def all_of(self, parts: list[Filter]) -> Filter:
        return _joined(parts, np.logical_and)

    def negation(self, parts: list[Any]) -> Filter:
        inner: Filter = parts[1]
        depth = _deeper(inner, parts[0])
        return Filter(lambda columns: ~inner.mask(columns), depth, inner.n_comparisons)

    def inner(self, parts: list[Any]) -> Filter:
        inner: Filter = parts[1]
        return Filter(inner.mask, _deeper(inner, parts[0]), inner.n_comparisons)

    def name(self, parts: list[Token]) -> Token:
        token = parts[0]
        return token.update(value=token[1:-1]) if token.type == "QUOTED" else token

    def value(self, parts: list[Token]) -> tuple[Value, Token]:
        return _literal(parts[0]), parts[0]

    def ordered(self, parts: list[Any]) -> Filter:
        name, order, (value, token) = parts
        wanted = _ORDERS.get(order, order)
        return _comparison(name, lambda column: _checked(column, name, value, token, wanted))

    def one_of(self, parts: list[Any]) -> Filter:
        name, values = parts[0], parts[3:-1]
        return _comparison(name, lambda column: _is_one_of(column, name, values))

    def none_of(self, parts: list[Any]) -> Filter:
        name, values = parts[0], parts[4:-1]
        return _comparison(name, lambda column: column.known & ~_is_one_of(column, name, values))

    def contains(self, parts: list[Token]) -> Filter:
        return _part(parts, "CONTAINS")

    def starts(self, parts: list[Token]) -> Filter:
        return _part(parts, "STARTS WITH")

    def ends(self, parts: list[Token]) -> Filter:
        return _part(parts, "ENDS WITH")

    def missing(self, parts: list[Token]) -> Filter:
        return _comparison(parts[0], lambda column: ~column.known)

    def known(self, parts: list[Token]) -> Filter:
        return _comparison(parts[0], lambda column: column.known)


def _joined(parts: list[Filter], join: Callable[[Mask, Mask], Mask]) -> Filter:
    if len(parts) == 1:
        return parts[0]
    n_comparisons = sum(part.n_comparisons for part in parts)
    if n_comparisons > MAX_COMPARISONS:
        raise InvalidFilterError(f"more than {MAX_COMPARISONS} comparisons.", 1)

    def mask(columns: Columns) -> Mask:
        found = parts[0].mask(columns)
        for part in parts[1:]:
            found = join(found, part.mask(columns))
        return found

    return Filter(mask, max(part.depth for part in parts), n_comparisons)


def _deeper(inner: Filter, token: Token) -> int:
    if inner.depth >= MAX_DEPTH:
        place = (token.start_pos or 0) + 1
        raise InvalidFilterError(f"nested deeper than {MAX_DEPTH} levels.", place)
    return inner.depth + 1


def _comparison(name: Token, test: Callable[[Column], Mask]) -> Filter:
    return Filter(lambda columns: test(_column(columns, name)), 0, 1)


def _part(parts: list[Token], part: Part) -> Filter:
    name, wanted = parts[0], _unquoted(parts[-1])

    def test(column: Column) -> Mask:
        if not isinstance(column, TextColumn):
            raise _wrong_type(name, column, parts[1])
        return column.has_part(part, wanted)

    return _comparison(name, test)


def _column(columns: Columns, name: Token) -> Column:
    column = columns.get(str(name))
    if column is None:
        known = sorted(columns)
        shown = ", ".join(known[:NAMES_SHOWN]) + (", …" if len(known) > NAMES_SHOWN else "")
        raise InvalidFilterError(
            f"no property '{str(name)[:80]}' to filter by. There are: {shown}.",
            (name.start_pos or 0) + 1,
            known[:NAMES_SHOWN],
        )
    return column


def _checked(column: Column, name: Token, value: Value, token: Token, order: Order) -> Mask:
    if not column.takes(value):
        raise _wrong_type(name, column, token)
    return column.compare(order, value)


def _is_one_of(column: Column, name: Token, values: list[tuple[Value, Token]]) -> Mask:
    found = np.zeros(len(column.known), np.bool_)
    for value, token in values:
        found |= _checked(column, name, value, token, "=")
    return found


def _wrong_type(name: Token, column: Column, token: Token) -> InvalidFilterError:
    return InvalidFilterError(
        f"'{name}' is {column.kind}: {str(token)[:40]} does not go with it.",
        (token.start_pos or 0) + 1,
        [column.kind],
    )


def _literal(token: Token) -> Value:
    if token.type == "STRING":
        return _unquoted(token)
    if token.type in ("TRUE", "FALSE"):
        return token.type == "TRUE"
    number = float(token)
    is_whole = str(token).lstrip("+-").isdigit() and abs(number) < 2**62
    return int(token) if is_whole else number


def _unquoted(token: Token) -> str:
    """Return the text between quotes; a backslash makes the next character an ordinary one."""
    characters = iter(str(token)[1:-1])
    return "".join(next(characters) if each == "\\" else each for each in characters)


class _Passing(NamedTuple):
    """The items that pass: one of the two ways to say so, and a digest."""

    mask: Mask | None  # read-only, shape (n_items,)
    rows: Int64Array | None  # ascending, if they are few
    digest: str


class FilterMasks:
    """Which items pass a filter: the masks of the filters that were asked for lately."""

    def __init__(self, columns: Columns, kept_bytes: int = KEPT_BYTES) -> None:
        self._columns = columns
        self._n_items = len(columns["category"].known)
        self._n_kept = 1 + kept_bytes // max(1, self._n_items)
        self._masks: OrderedDict[tuple[str | None, str | None], _Passing] = OrderedDict()
        self._lock = Lock()

    def mask(self, text: str | None, category: str | None) -> Mask:
        """Return which items pass a filter and are of a category; read-only, shape (n_items,)."""
        passing = self._passing(text, category)
        if passing.mask is not None:
            return passing.mask
        mask = np.zeros(self._n_items, np.bool_)
        mask[passing.rows] = True
        mask.setflags(write=False)
        return mask

    def rows(self, text: str | None, category: str | None) -> Int64Array | None:
        """Return the same as ascending rows; None unless they are few."""
        return self._passing(text, category).rows

    def digest(self, text: str | None, category: str | None) -> str:
        """Return a digest of which items pass: another one means that other items do."""
        return self._passing(text, category).digest

    def _passing(self, text: str | None, category: str | None) -> _Passing:
        key = (text, category)
        with self._lock:
            found = self._masks.get(key)
            if found is not None:
                self._masks.move_to_end(key)
                return found
        mask = self._make(text, category)
        mask.setflags(write=False)
        digest = blake2b(np.packbits(mask).tobytes(), digest_size=8).hexdigest()
        if FEW * np.count_nonzero(mask) < len(mask):
            passing = _Passing(None, np.flatnonzero(mask), digest)
        else:
            passing = _Passing(mask, None, digest)
        with self._lock:
            self._masks[key] = passing
            while len(self._masks) > self._n_kept:
                self._masks.popitem(last=False)
        return passing

    def _make(self, text: str | None, category: str | None) -> Mask:
        made = None if category is None else self._columns["category"].compare("=", category)
        if text is not None:
            passed = parse_filter(text).mask(self._columns)
            made = passed if made is None else made & passed
        if made is None:
            made = self._columns["category"].known | True
        return made.copy()
