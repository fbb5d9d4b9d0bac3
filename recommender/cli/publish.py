"""``footpath publish``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.database import open_for_command
from recommender.cli.map_option import map_option
from recommender.embedding_files import load_embeddings
from recommender.item_map import MapMethod
from recommender.publish import KEEP_VERSIONS, publish_embeddings


@click.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--no-activate", is_flag=True, help="Write and check the version; do not switch to it."
)
@click.option(
    "--keep",
    type=click.IntRange(1, 3),
    default=KEEP_VERSIONS,
    show_default=True,
    help="Ready versions that remain; the oldest go first.",
)
@map_option
@json_option
def command(
    file: Path, no_activate: bool, keep: int, map_method: MapMethod | None, as_json: bool
) -> None:
    r"""Write the embeddings of FILE (.npz) onto the nodes as a new model version.

    The vectors are written, indexed and checked first; one transaction then makes the version
    active. Until then, and if anything goes wrong, the old version serves.

    \b
    Examples:
      footpath publish model.npz
      footpath publish model.npz --no-activate
    """
    embeddings = load_embeddings(file)
    with open_for_command() as database, progress_bar("publish", "items") as report:
        version = publish_embeddings(
            database,
            embeddings,
            activate=not no_activate,
            keep=keep,
            map_method=map_method,
            progress=report,
        )
    if as_json:
        print_json({"version": version, "active": not no_activate})
    else:
        stdout.print(f"Published {version}{'' if no_activate else ', now active'}.")
