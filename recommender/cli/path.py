"""``footpath path``."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.cli.relation_option import relation_option
from recommender.cli.similar import found_item
from recommender.errors import InvalidDataError
from recommender.graph import Relation, finished_relation, read_item_graph
from recommender.items import read_titles
from recommender.paths import MAX_PATHS, ItemPath, likeliest_paths
from recommender.serve import match_item


@click.command("path")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option(
    "-k", "k", default=3, show_default=True, type=click.IntRange(1, MAX_PATHS), help="Ways."
)
@relation_option("Along which relationships.  [default: the latest]")
@json_option
def command(source: str, target: str, k: int, relation: Relation | None, as_json: bool) -> None:
    r"""Print the likeliest ways from one item or person to another, by id or title.

    A way's probability is the product of the probabilities of its steps: the chance that a random
    walk from FROM, which steps by weight, goes just this way. The way back has another one.

    \b
    Examples:
      footpath path Javert Cosette
      footpath path 85123A 21733 -k 5 --json
    """
    with open_for_command() as database:
        ends = [found_item(text, match_item(database, text)) for text in (source, target)]
        written = finished_relation(database, relation)
        graph = read_item_graph(database, written.name)
        rows = [graph.row_of[end.item_id] for end in ends]
        paths = likeliest_paths(graph, rows[0], rows[1], k)
        names = read_titles(database, (name for path in paths for name in path.item_ids))
    if not paths:
        raise InvalidDataError(
            f"There is no way from '{ends[0].item_id}' to '{ends[1].item_id}' by :{written.name}."
        )
    if as_json:
        found = [asdict(each) | {"probability": each.probability} for each in paths]
        print_json({"relation": written.name, "paths": found})
    else:
        stdout.print(_table(paths, names))


def _table(paths: list[ItemPath], names: dict[str, str]) -> Table:
    table = Table()
    table.add_column("probability", justify="right")
    table.add_column("steps", justify="right")
    table.add_column("way", overflow="fold")
    for path in paths:
        way = escape(names[path.item_ids[0]])
        steps = zip(path.item_ids[1:], path.probabilities, strict=True)
        way += "".join(f" -{chance:.3g}-> {escape(names[item])}" for item, chance in steps)
        table.add_row(f"{path.probability:.3g}", str(len(path.probabilities)), way)
    return table
