"""``footpath map``."""

from __future__ import annotations

import time

import click

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.database import open_for_command
from recommender.item_map import MAP_METHODS, MapMethod
from recommender.remap import remap_model


@click.command("map")
@click.option("--model", "version", help="A model version; the active one by default.")
@click.option(
    "--method",
    type=click.Choice(MAP_METHODS),
    default="umap",
    show_default=True,
    help="umap keeps neighbours together; pca is made at once.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True)
@json_option
def command(version: str | None, method: MapMethod, seed: int, as_json: bool) -> None:
    r"""Make the 2-D map of a published version's vectors anew.

    The positions are kept on the items (map_a to map_d, as the version's slot); the explorer page
    draws them.

    \b
    Examples:
      footpath map
      footpath map --model 20260101T120000Z-1a2b --method pca
    """
    begun = time.perf_counter()
    with open_for_command() as database, progress_bar("Map", "items") as progress:
        made, used, n_items = remap_model(database, version, method, seed=seed, progress=progress)
    seconds = round(time.perf_counter() - begun, 1)
    if as_json:
        print_json({"version": made, "method": used, "n_items": n_items, "seconds": seconds})
    else:
        stdout.print(f"{n_items:,} items of {made} are on a map by {used} ({seconds} s).")
