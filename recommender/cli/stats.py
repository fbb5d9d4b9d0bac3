"""``footpath stats``."""

from __future__ import annotations

import click

from graphdb.contents import count_graph
from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.publish import list_models


@click.command("stats")
@json_option
def command(as_json: bool) -> None:
    r"""Count what is in the graph: users, items, interactions, relationships, versions.

    \b
    Examples:
      footpath stats
      footpath stats --json
    """
    with open_for_command() as database:
        counts = dict(count_graph(database))
        active = [model for model in list_models(database) if model.is_active]
    counts["relationships"] = counts["next"] + counts["together"]
    counts["walks"] = active[0].parameters.get("n_walks", 0) if active else 0
    if as_json:
        print_json({**counts, "active_version": active[0].version if active else None})
        return
    notes = {
        "sessions": "visits of nobody known",
        "next": "ordered item relationships",
        "together": "unordered item relationships",
        "relationships": "item relationships, both kinds",
        "walks": "walks behind the active version",
    }
    for name, count in counts.items():
        stdout.print(f"{name:<14} {count:>12,}  {notes.get(name, '')}", highlight=False)
    stdout.print(f"active version {active[0].version if active else 'none: run `footpath fit`'}")
