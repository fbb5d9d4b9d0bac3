"""Which column of a source plays which role, and which become item properties."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recommender.columns import ITEM, SESSION, TIME, TYPE, USER, VALUE
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.load.batches import Source, shown
from recommender.load.checks import (
    Check,
    check_ids,
    check_texts,
    interaction_checks,
    property_check,
)
from recommender.load.options import LoadOptions

PROPERTY_PREFIX = "item."  # keeps a property named like a role apart from it
_PROPERTY_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RESERVED_NAME = re.compile(
    r"id|support|community|map_[a-d]|n_interactions|is_new|(out_)?embedding(_.*)?"
)


@dataclass
class Part:
    """One source of a load, its columns by role, and what the first pass learns of them."""

    source: Source
    is_items: bool
    plan: dict[str, str]  # role -> column; item properties as "item.<name>"
    checks: dict[str, Check]
    property_types: dict[str, type] = field(default_factory=dict)  # CSV only

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read, each once."""
        return tuple(dict.fromkeys(self.plan.values()))

    @property
    def properties(self) -> tuple[str, ...]:
        """The item properties in this source."""
        return tuple(
            role.removeprefix(PROPERTY_PREFIX)
            for role in self.plan
            if role.startswith(PROPERTY_PREFIX)
        )


def plan_interactions(source: Source, options: LoadOptions) -> Part:
    """Return how to read a source of interactions.

    Raises
    ------
    InvalidDataError
        If a column that is needed or named is missing, or has a type that cannot hold ids.
    """
    chosen = {
        USER: options.user_column,
        SESSION: options.session_column,
        ITEM: options.item_column or ITEM,
        TIME: options.time_column,
        VALUE: options.value_column,
        TYPE: options.type_column,
    }
    there = source.columns()
    plan = {role: name or role for role, name in chosen.items() if name or role in there}
    for name in options.item_properties:
        plan[PROPERTY_PREFIX + _property_name(name, source)] = name
    for role, name in plan.items():
        _require(source, name, role)
    if USER not in plan and SESSION not in plan:
        raise InvalidDataError(
            f"{source.name} has neither a column {USER} nor {SESSION}. Its columns: "
            f"{listed(there)}. Pass --user-column or --session-column."
        )
    source.refuse_id_types([plan[role] for role in (USER, SESSION, ITEM) if role in plan])
    checks = interaction_checks(plan, options) | _property_checks(plan, source)
    return Part(source, False, plan, checks, _property_types(plan, source))


def plan_items(source: Source, options: LoadOptions) -> Part:
    """Return how to read a source of items: every further column is a property."""
    item_column = options.item_column or ITEM
    _require(source, item_column, ITEM)
    plan = {ITEM: item_column}
    for name in source.columns():
        if name and name != item_column:
            plan[PROPERTY_PREFIX + _property_name(name, source)] = name
    source.refuse_id_types([item_column])
    checks: dict[str, Check] = {ITEM: check_ids}
    checks |= _property_checks(plan, source)
    return Part(source, True, plan, checks, _property_types(plan, source))


def _property_checks(plan: dict[str, str], source: Source) -> dict[str, Check]:
    names = {role: role.removeprefix(PROPERTY_PREFIX) for role in plan if _is_property(role)}
    checks = {role: property_check(name) for role, name in names.items()}
    if source.is_untyped:
        typed = set(_property_types(plan, source))
        checks |= {role: check_texts for role, name in names.items() if name in typed}
    return checks


def _property_types(plan: dict[str, str], source: Source) -> dict[str, type]:
    """Return the narrowest type of each CSV property, before any value is seen."""
    names = [role.removeprefix(PROPERTY_PREFIX) for role in plan if _is_property(role)]
    texts = ("title", "category")
    return {name: int for name in names if name not in texts} if source.is_untyped else {}


def _is_property(role: str) -> bool:
    return role.startswith(PROPERTY_PREFIX)


def _property_name(name: str, source: Source) -> str:
    if _PROPERTY_NAME.fullmatch(name) is None:
        raise InvalidDataError(
            f"Column {shown(name)} of {source.name} cannot name an item property: use letters, "
            "digits and _, not a digit first. Rename the column."
        )
    if _RESERVED_NAME.fullmatch(name):
        raise InvalidDataError(
            f"Column {name} of {source.name} has a name that Footpath uses itself for items. "
            "Rename the column, or name it with --item-column if it is the item id."
        )
    return name


def _require(source: Source, column: str, role: str) -> None:
    if column not in source.columns():
        option = {VALUE: "value", TIME: "time"}.get(role, role.removesuffix("_id"))
        hint = "--item-property" if _is_property(role) else f"--{option}-column"
        raise InvalidDataError(
            f"{source.name} has no column {shown(column)}. Its columns: "
            f"{listed(source.columns())}. Name the right one with {hint}{_delimiter_hint(source)}."
        )


def _delimiter_hint(source: Source) -> str:
    names = source.columns()
    if source.is_untyped and len(names) == 1:
        found = [d for d in (";", "\t", "|", ",") if d in names[0]]
        if found:
            return f", or pass --delimiter {found[0]!r}"
    return ""


def listed(names: tuple[str, ...], most: int = 40) -> str:
    """Return some column names as a message shows them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(map(shown, names[:most])) or "none") + more


def require_something(n_sources: int) -> None:
    """Raise InvalidParameterError if there is nothing to load."""
    if not n_sources:
        raise InvalidParameterError("There is nothing to load. Name a file, or pass --items FILE.")
