"""``footpath models``: list, show, activate, roll back and prune."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.table import Table

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.publish import (
    KEEP_VERSIONS,
    ModelVersion,
    activate_model,
    find_model,
    list_models,
    prune_models,
    rollback_model,
)


@click.group("models")
def command() -> None:
    r"""List, show, activate, roll back and prune model versions.

    \b
    Examples:
      footpath models list
      footpath models rollback                 back to what the active version replaced
      footpath models activate 20260101T000000Z-ab12
      footpath models prune --keep 1
    """


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List every version, the newest first."""
    with open_for_command() as database:
        models = list_models(database)
    if as_json:
        print_json({"models": [asdict(model) for model in models]})
        return
    if not models:
        stdout.print("No model versions yet. Run `footpath fit`.")
        return
    table = Table("version", "status", "relation", "items", "dimension", "published", box=None)
    for model in models:
        published = (model.published_at or "")[:19]
        numbers = (f"{model.n_items:,}", str(model.dimension))
        table.add_row(model.version, _status(model), model.relation, *numbers, published)
    stdout.print(table)


def _status(model: ModelVersion) -> str:
    if model.is_active:
        return "active"
    return "abandoned" if model.is_abandoned else model.status


@command.command("show")
@click.argument("version", required=False)
def show(version: str | None) -> None:
    """Show all that is known of one version (default: the active one), as JSON."""
    with open_for_command() as database:
        print_json(asdict(find_model(database, version)))


@command.command("activate")
@click.argument("version")
@json_option
def activate(version: str, as_json: bool) -> None:
    """Make a ready version the one that answers; running servers follow within seconds."""
    with open_for_command() as database:
        activate_model(database, version)
    _tell(as_json, {"active": version}, f"{version} is active.")


@command.command("rollback")
@json_option
def rollback(as_json: bool) -> None:
    """Go back to the version that the active one replaced."""
    with open_for_command() as database:
        version = rollback_model(database)
    _tell(as_json, {"active": version}, f"Rolled back: {version} is active.")


@command.command("prune")
@click.option("--keep", type=click.IntRange(min=1), default=KEEP_VERSIONS, show_default=True)
@json_option
def prune(keep: int, as_json: bool) -> None:
    """Delete leftovers of crashed runs, and the oldest versions until --keep remain."""
    with open_for_command() as database:
        gone = prune_models(database, keep=keep)
    _tell(as_json, {"pruned": gone}, f"Pruned: {', '.join(gone) or 'nothing to prune'}.")


def _tell(as_json: bool, value: dict[str, object], text: str) -> None:
    if as_json:
        print_json(value)
    else:
        stdout.print(text)
