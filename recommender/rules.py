"""Business rules: boost, bury, hide, pin and cap items, as data kept on ``:Rule`` nodes.

What they do to lists is in ``recommender.serve.rules``; docs/decisions/0022 says why it is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from graphdb import Database
from recommender.directives import (
    ROUTES,
    Directive,
    FilterText,
    Name,
    Route,
    Text,
    check_names,
    checked_rows,
    refuse_unless,
)

RuleKind = Literal["boost", "bury", "hide", "pin", "cap"]
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
MOST_RULES = 200
MOST_FACTOR = 1000.0
LAST_PLACE = 1000

# What each kind has of its own; the first of each are needed.
_NEEDED: dict[RuleKind, tuple[str, ...]] = {
    "boost": ("filter", "factor"),
    "bury": ("filter", "factor"),
    "hide": ("filter",),
    "pin": ("item_id", "place"),
    "cap": ("at_most",),
}
_ALLOWED: dict[RuleKind, tuple[str, ...]] = {**_NEEDED, "cap": ("at_most", "filter", "each")}
_OWN = ("filter", "factor", "item_id", "place", "at_most", "each")


class RuleBody(Directive):
    """All of a rule but its name."""

    kind: RuleKind = Field(description="What it does to the items it is about.")
    filter: FilterText | None = Field(
        None, description="Which items it is about (all kinds but pin), in the filters' language."
    )
    factor: float | None = Field(
        None,
        gt=0,
        le=MOST_FACTOR,
        allow_inf_nan=False,
        description="Of boost (above 1) and bury (below 1): scores are multiplied by it.",
    )
    item_id: Text | None = Field(None, min_length=1, max_length=512, description="Of pin.")
    place: int | None = Field(None, ge=1, le=LAST_PLACE, description="Of pin: from 1.")
    at_most: int | None = Field(
        None, ge=1, le=LAST_PLACE, description="Of cap: how many a list may have."
    )
    each: Text | None = Field(
        None,
        min_length=1,
        max_length=512,
        description="Of cap: a property; items of each of its values are counted by themselves.",
    )
    routes: list[Route] = Field(
        list(ROUTES), min_length=1, max_length=len(ROUTES), description="Where it holds."
    )
    beside: FilterText | None = Field(
        None,
        description="Only where the item that is asked about, or the latest of a history, passes.",
    )
    priority: int = Field(
        0, ge=-1000, le=1000, description="Of two pins of one place the higher has it."
    )

    @model_validator(mode="after")
    def _is_of_its_kind(self) -> RuleBody:
        given = {name for name in _OWN if getattr(self, name) is not None}
        missing = [name for name in _NEEDED[self.kind] if name not in given]
        refuse_unless(not missing, f"a {self.kind} needs {' and '.join(missing)}")
        foreign = sorted(given - set(_ALLOWED[self.kind]))
        refuse_unless(not foreign, f"a {self.kind} has no {' or '.join(foreign)}")
        if self.kind == "boost":
            refuse_unless((self.factor or 0) > 1, "the factor of a boost is above 1")
        if self.kind == "bury":
            refuse_unless((self.factor or 0) < 1, "the factor of a bury is below 1")
        if self.kind == "cap":
            refuse_unless(bool(given - {"at_most"}), "a cap needs filter or each, or both")
        return self


class Rule(RuleBody):
    """A business rule."""

    name: Name

    def properties(self) -> dict[str, Any]:
        """Return what its node holds."""
        return self.model_dump(exclude_none=True)


def list_rules(
    database: Database, *, deadline_s: float | None = None
) -> tuple[list[Rule], dict[str, str]]:
    """Return the rules by name, and what is wrong with those that cannot be understood."""
    rows = database.read("rules/list_rules", deadline_s=deadline_s)
    return checked_rows(Rule, [row["properties"] for row in rows])


def put_rules(
    database: Database, rules: Sequence[Rule], *, deadline_s: float | None = None
) -> None:
    """Keep rules, all or none; one of the same name is replaced.

    Raises
    ------
    InvalidParameterError
        If two of them have one name, or there would be more than 200.
    """
    kept = database.read("rules/list_rules", deadline_s=deadline_s)
    kept_names = [row["properties"]["name"] for row in kept]
    check_names([rule.name for rule in rules], kept_names, MOST_RULES, "rules")
    rows = [rule.properties() for rule in rules]
    database.write("rules/put_rules", rules=rows, deadline_s=deadline_s)


def delete_rule(database: Database, name: str, *, deadline_s: float | None = None) -> bool:
    """Delete a rule and return whether there was one."""
    return bool(database.write("rules/delete_rule", name=name, deadline_s=deadline_s))
