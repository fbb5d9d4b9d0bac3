"""The option --relation: which kind of relationship is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from recommender.graph import Relation

_RELATIONS: dict[str, Relation] = {"together": "TOGETHER", "next": "NEXT"}


def relation_option(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option; it gives TOGETHER, NEXT, or None where it is not given."""

    def chosen(
        _context: click.Context, _parameter: click.Parameter, value: str | None
    ) -> Relation | None:
        return None if value is None else _RELATIONS[value]

    return click.option(
        "--relation", type=click.Choice(list(_RELATIONS)), callback=chosen, help=help_text
    )
