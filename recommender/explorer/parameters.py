"""What the explorer's page asks for, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from recommender.errors import InvalidParameterError, UnknownItemError
from recommender.ids import is_id

RelationName = Literal["next", "together"]

MAX_STEPS = 8_000  # of all walks of one question; a second or so in Cypher
LEAST_PARAMETER, MOST_PARAMETER = 0.01, 100.0  # of p and q


class WalkAsked(NamedTuple):
    """How to walk."""

    p: float
    q: float
    length: int
    n_walks: int


def item_asked(given: Mapping[str, str], name: str = "item") -> str:
    """Return the id of an item that is asked for.

    Raises
    ------
    InvalidParameterError
        If none is named.
    UnknownItemError
        If it cannot be the id of an item.
    """
    item_id = given.get(name, "")
    if not item_id:
        raise InvalidParameterError(f"Name an item: ?{name}=…")
    if not is_id(item_id):
        raise UnknownItemError(f"There is no item '{item_id[:80]}'.")
    return item_id


def whole_asked(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a whole number from 1 to ``most``."""
    text = given.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise InvalidParameterError(f"'{name}' must be a whole number from 1 to {most}.")
    return int(text)


def number_asked(
    given: Mapping[str, str], name: str, default: float, least: float, most: float
) -> float:
    """Return a number from ``least`` to ``most``."""
    text = given.get(name, "")
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise InvalidParameterError(f"'{name}' must be a number from {least:g} to {most:g}.")
    return number


def relation_asked(given: Mapping[str, str]) -> RelationName | None:
    """Return the relation that is asked for, or None."""
    text = given.get("relation", "")
    if text == "next" or text == "together":
        return text  # type: ignore[return-value]  # one of the two
    if text:
        raise InvalidParameterError("'relation' must be next or together.")
    return None


def walk_asked(given: Mapping[str, str]) -> WalkAsked:
    """Return how to walk; all walks together have at most ``MAX_STEPS`` steps."""
    asked = WalkAsked(
        number_asked(given, "p", 1.0, LEAST_PARAMETER, MOST_PARAMETER),
        number_asked(given, "q", 1.0, LEAST_PARAMETER, MOST_PARAMETER),
        max(whole_asked(given, "length", 10, 50), 2),
        whole_asked(given, "walks", 100, 1_000),
    )
    if asked.length * asked.n_walks > MAX_STEPS:
        raise InvalidParameterError(
            f"{asked.n_walks} walks of {asked.length} items are more than {MAX_STEPS} steps. "
            "Ask for fewer or shorter ones."
        )
    return asked
