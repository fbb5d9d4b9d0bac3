"""``footpath migrate``."""

from __future__ import annotations

import click

from graphdb import apply_migrations, migration_status
from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command


@click.command("migrate")
@click.option("--list", "only_list", is_flag=True, help="Show the migrations; apply none.")
@json_option
def command(only_list: bool, as_json: bool) -> None:
    r"""Bring the database's schema up to date.

    Other commands that write do this by themselves.

    \b
    Examples:
      footpath migrate
      footpath migrate --list
    """
    with open_for_command(migrate=False) as database:
        applied_now = [] if only_list else [m.number for m in apply_migrations(database)]
        statuses = migration_status(database)
    rows = [
        {
            "number": status.migration.number,
            "description": status.migration.description,
            "is_applied": status.is_applied,
            "applied_now": status.migration.number in applied_now,
        }
        for status in statuses
    ]
    if as_json:
        print_json({"migrations": rows})
        return
    for row in rows:
        state = (
            "applied now" if row["applied_now"] else "applied" if row["is_applied"] else "pending"
        )
        stdout.print(f"{row['number']:>4}  {state:<12} {row['description']}", markup=False)
