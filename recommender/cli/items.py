"""``footpath items``: hide, show and delete items of the catalogue."""

from __future__ import annotations

import click

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.errors import InvalidParameterError, UnknownItemError
from recommender.items import ItemWrite, Operation, hidden_items, write_items

_DONE: dict[Operation, str] = {"hide": "hidden", "show": "shown again", "delete": "deleted"}


@click.group("items")
def command() -> None:
    r"""Hide, show and delete items of the catalogue.

    Servers that are running leave hidden and deleted items out within about a second; over HTTP
    (PATCH and DELETE /v1/items/ID) at once. Properties are loaded by `footpath load --items`.

    \b
    Examples:
      footpath items hide 85123A 22469
      footpath items hidden
      footpath items show 85123A
      footpath items delete 22469 --yes
    """


@command.command("hide")
@click.argument("item_ids", nargs=-1, required=True)
def hide(item_ids: tuple[str, ...]) -> None:
    """Never recommend these items; they stay in the graph, and walks go over them."""
    _write("hide", item_ids)


@command.command("show")
@click.argument("item_ids", nargs=-1, required=True)
def show(item_ids: tuple[str, ...]) -> None:
    """Recommend hidden items again."""
    _write("show", item_ids)


@command.command("delete")
@click.argument("item_ids", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(item_ids: tuple[str, ...], yes: bool) -> None:
    """Delete items, with their relationships and all that visitors did with them."""
    if not yes and not click.confirm(f"Delete {len(item_ids)} items for good?", err=True):
        raise InvalidParameterError("Nothing was deleted.")
    _write("delete", item_ids)


@command.command("hidden")
@json_option
def hidden(as_json: bool) -> None:
    """List the items that are hidden."""
    with open_for_command() as database:
        _, found = hidden_items(database)
    if as_json:
        print_json({"items": sorted(found)})
        return
    for item_id in sorted(found):
        click.echo(item_id)


def _write(operation: Operation, item_ids: tuple[str, ...]) -> None:
    with open_for_command() as database:
        wanted = list(dict.fromkeys(item_ids))
        done = write_items(database, [ItemWrite(operation, item_id) for item_id in wanted])
    missing = [item_id for item_id in wanted if item_id not in done.done]
    stdout.print(f"{len(wanted) - len(missing)} items are {_DONE[operation]}.")
    if missing:
        names = ", ".join(f"'{item_id[:80]}'" for item_id in missing[:10])
        raise UnknownItemError(f"There is no item {names}.")
