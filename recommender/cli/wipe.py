"""``footpath wipe``."""

from __future__ import annotations

import click

from graphdb.contents import wipe_graph
from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command


@click.command("wipe")
@click.option("--yes", is_flag=True, help="Yes, delete everything.")
@json_option
def command(yes: bool, as_json: bool) -> None:
    r"""Delete everything Footpath has put into the database, models included.

    It refuses, and deletes nothing, if the database holds nodes that Footpath did not make.

    \b
    Example:
      footpath wipe --yes
    """
    if not yes:
        raise click.UsageError(
            "This deletes all items, interactions and models. Say so with --yes."
        )
    with open_for_command() as database:
        before = wipe_graph(database)
    if as_json:
        print_json({"deleted": before})
    else:
        stdout.print(f"Deleted {before['items']:,} items, {before['interactions']:,} interactions.")
