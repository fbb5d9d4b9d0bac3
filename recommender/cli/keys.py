"""``footpath keys``: create, list and revoke keys of the API."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.keys import SCOPES, ApiKey, Scope, create_key, list_keys, revoke_key


@click.group("keys")
def command() -> None:
    r"""Create, list and revoke keys of the API.

    As soon as one valid key is there, the API asks for a key at every request, but for its health.
    To change a key: create a new one, give it to the callers, then revoke the old one. Running
    servers notice within five seconds.

    \b
    Examples:
      footpath keys create shop                      may read
      footpath keys create loader --scope events --scope write
      footpath keys list
      footpath keys revoke a1b2c3d4
      curl -H 'X-API-Key: fp_…' http://127.0.0.1:8000/v1/popular
    """


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=("read",),
    show_default="read",
    help="What it may do; may be given several times. read: ask. events: send what people did. "
    "write: change items. admin: models and keys, and all else.",
)
@json_option
def create(name: str, scopes: tuple[Scope, ...], as_json: bool) -> None:
    """Create a key and print it: it is shown once and kept only as a hash."""
    with open_for_command() as database:
        key = create_key(database, name, scopes)
    if as_json:
        print_json({"key": key, "name": name, "scopes": list(scopes)})
        return
    stderr.print(f"A key for {escape(name)} ({', '.join(scopes)}). It is not shown again:")
    click.echo(key)


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List every key, the newest first; never the key itself."""
    with open_for_command() as database:
        keys = list_keys(database)
    if as_json:
        print_json({"keys": [_shown(key) for key in keys]})
        return
    if not keys:
        stdout.print("No keys: the API answers without one, on this machine alone.")
        return
    table = Table("id", "name", "scopes", "created", "status", box=None)
    for key in keys:
        status = "valid" if key.revoked_at is None else f"revoked {key.revoked_at[:19]}"
        table.add_row(key.id, escape(key.name), ", ".join(key.scopes), key.created_at[:19], status)
    stdout.print(table)


@command.command("revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Revoke a key by its id, as `footpath keys list` shows it."""
    with open_for_command() as database:
        name = revoke_key(database, key_id)
        is_last = not any(key.is_valid for key in list_keys(database))
    stdout.print(f"The key of {escape(name)} is revoked.")
    if is_last:
        stdout.print(
            "It was the last valid one: the API now answers nobody until there is another."
        )


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
