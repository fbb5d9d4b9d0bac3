"""``--map``: how the positions on the map are made, shared by the commands that publish."""

from __future__ import annotations

import click

from recommender.item_map import MAP_METHODS, MapMethod
from recommender.publish import MAP_METHOD


def _or_none(context: click.Context, parameter: click.Parameter, value: str) -> MapMethod | None:
    return next((method for method in MAP_METHODS if method == value), None)


map_option = click.option(
    "--map",
    "map_method",
    type=click.Choice([*MAP_METHODS, "none"]),
    callback=_or_none,
    default=MAP_METHOD,
    show_default=True,
    help="How items are placed on the 2-D map: umap shows groups best and takes 10 s or more (it "
    "can be made later, by footpath map); pca is made at once.",
)
