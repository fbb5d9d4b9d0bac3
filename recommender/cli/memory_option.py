"""``--max-memory``: tell what a run will take of memory, and refuse what is over the bound."""

from __future__ import annotations

from typing import Any

import click

from graphdb import Database
from graphdb.contents import count_graph
from recommender.cli.console import stderr
from recommender.errors import InvalidParameterError
from recommender.graph import Relation, latest_relation
from recommender.memory import MemoryEstimate, estimate_reading, parse_size


class _Size(click.ParamType[int]):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else parse_size(value)
        except InvalidParameterError as error:
            self.fail(str(error), param, ctx)


max_memory_option = click.option(
    "--max-memory",
    type=_Size(),
    default=None,
    help="Refuse to begin what would take more, such as 4G or 500M.  [default: no bound]",
)


def tell_and_check(estimate: MemoryEstimate, bound: int | None) -> None:
    """Print what a run will take on stderr; raise InvalidParameterError if it is over the bound."""
    estimate.check(bound)
    stderr.print(f"Memory of {estimate.step}: about {estimate}", markup=False, soft_wrap=True)


def check_reading(database: Database, relation: Relation | None, bound: int | None) -> None:
    """Raise InvalidParameterError if reading the item graph alone would be over the bound."""
    if bound is None:
        return
    counts = count_graph(database)
    relation = relation or latest_relation(database)
    estimate_reading(counts["items"], counts[relation.lower()]).check(bound)
