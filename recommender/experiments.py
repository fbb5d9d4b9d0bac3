"""A/B tests: who gets which variant, as data kept on ``:Experiment`` nodes.

A unit (a user or a visitor) is put to a variant by a hash of the experiment's name and the unit:
the same one always to the same, without anything being kept, and independently of every other
experiment. Kohavi, Tang and Xu (2020), Trustworthy Online Controlled Experiments, chapter 13.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graphdb import Database
from recommender.directives import (
    Directive,
    Name,
    Route,
    Text,
    check_names,
    checked_rows,
    refuse_unless,
)

MOST_EXPERIMENTS = 50
MOST_VARIANTS = 10


class Changes(BaseModel):
    """What a variant asks with where the question does not say it; empty: as without a test."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    method: Literal["hybrid", "embedding", "graph"] | None = None
    diversity: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    model: Text | None = Field(
        default=None, min_length=1, max_length=512, description="A model version to answer from."
    )
    rules: bool | None = Field(default=None, description="false: business rules do not act.")


class Variant(BaseModel):
    """One of the ways to answer that are compared."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name
    weight: float = Field(
        1.0, gt=0, le=1e6, allow_inf_nan=False, description="Its share over the sum of all."
    )
    changes: Changes = Changes()


class ExperimentBody(Directive):
    """All of an experiment but its name."""

    variants: list[Variant] = Field(min_length=2, max_length=MOST_VARIANTS)
    share: float = Field(
        1.0, gt=0, le=1, allow_inf_nan=False, description="Of the users and visitors who take part."
    )
    routes: list[Route] = Field(
        ["similar", "user", "session"], min_length=1, max_length=4, description="Where it holds."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> ExperimentBody:
        names = [variant.name for variant in self.variants]
        refuse_unless(len(set(names)) == len(names), "each variant needs a name of its own")
        has_method = any(variant.changes.method is not None for variant in self.variants)
        refuse_unless(
            not (has_method and "popular" in self.routes),
            "popular items have no method: leave the route popular out",
        )
        return self


class Experiment(ExperimentBody):
    """An A/B test."""

    name: Name

    def variant_of(self, unit: str) -> Variant | None:
        """Return the variant of a unit, None if it does not take part.

        Whether it takes part is another hash than which variant it gets, so when the share of
        traffic grows, nobody changes sides.
        """
        if _fraction("share", self.name, unit) >= self.share:
            return None
        ends = list(accumulate(variant.weight for variant in self.variants))
        place = _fraction("variant", self.name, unit) * ends[-1]
        chosen = next((n for n, end in enumerate(ends) if place < end), len(ends) - 1)
        return self.variants[chosen]

    def properties(self) -> dict[str, Any]:
        """Return what its node holds; variants as JSON text."""
        values = self.model_dump(exclude_none=True)
        return {**values, "variants": json.dumps(values["variants"])}


class Assignment(NamedTuple):
    """Which variant of which experiment answers."""

    experiment: str
    variant: str


def list_experiments(
    database: Database, *, deadline_s: float | None = None
) -> tuple[list[Experiment], dict[str, str]]:
    """Return the experiments by name, and what is wrong with those that cannot be understood."""
    rows = database.read("experiments/list_experiments", deadline_s=deadline_s)
    return experiments_of([row["properties"] for row in rows])


def experiments_of(
    rows: Iterable[dict[str, Any]],
) -> tuple[list[Experiment], dict[str, str]]:
    """Return the experiments of nodes' properties, and what is wrong with the others by name."""
    return checked_rows(Experiment, [{**row, "variants": _variants(row)} for row in rows])


def _variants(row: dict[str, Any]) -> Any:
    try:
        return json.loads(row["variants"])
    except (KeyError, ValueError, TypeError, RecursionError):
        return row.get("variants")


def put_experiments(
    database: Database, experiments: Sequence[Experiment], *, deadline_s: float | None = None
) -> None:
    """Keep experiments, all or none; one of the same name is replaced.

    Raises
    ------
    InvalidParameterError
        If two of them have one name, or there would be more than 50.
    """
    kept = database.read("experiments/list_experiments", deadline_s=deadline_s)
    kept_names = [row["properties"]["name"] for row in kept]
    names = [experiment.name for experiment in experiments]
    check_names(names, kept_names, MOST_EXPERIMENTS, "experiments")
    rows = [experiment.properties() for experiment in experiments]
    database.write("experiments/put_experiments", experiments=rows, deadline_s=deadline_s)


def delete_experiment(database: Database, name: str, *, deadline_s: float | None = None) -> bool:
    """Delete an experiment and return whether there was one."""
    found = database.write("experiments/delete_experiment", name=name, deadline_s=deadline_s)
    return bool(found)


def _fraction(purpose: str, name: str, unit: str) -> float:
    """Return a number in [0, 1) that looks random and is always the same; 53 bits of a hash."""
    text = "\0".join((purpose, name, unit)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53
