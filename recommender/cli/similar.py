"""``footpath similar``: the items most similar to one, as a table a person can judge."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.errors import UnknownItemError
from recommender.serve import (
    METHODS,
    CatalogueItem,
    ItemMatch,
    Method,
    SimilarItem,
    load_serving_model,
    match_item,
)


@click.command("similar")
@click.argument("item")
@click.option(
    "-k", "k", default=10, show_default=True, type=click.IntRange(1, 1000), help="List length."
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="hybrid",
    show_default=True,
    help="What scores: embedding (cosine), graph (relationship weight), hybrid (both).",
)
@click.option(
    "--min-support",
    type=click.IntRange(min=0),
    help="Leave out items in fewer sessions than this; by default what the model says.",
)
@click.option("--model", "version", help="A model version; the active one by default.")
@json_option
def command(
    item: str, k: int, method: Method, min_support: int | None, version: str | None, as_json: bool
) -> None:
    r"""Print the items most similar to ITEM, an id or a title.

    An id is tried first, then a whole title, then the words of a title.

    \b
    Examples:
      footpath similar 85123A
      footpath similar "white hanging heart t-light holder" -k 20
      footpath similar "lunch bag black skull." --method graph --json
    """
    with open_for_command() as database:
        match = match_item(database, item)
        found = found_item(item, match)
        model = load_serving_model(database, version, with_histories=False)
    if found.item_id in model.row_of:
        answer = model.similar(found.item_id, k, method, min_support=min_support)
    else:
        answer = model.similar_to_new(found.category, k, min_support=min_support)
    if as_json:
        print_json(
            {
                "item_id": found.item_id,
                "title": found.title,
                "items": [asdict(entry) for entry in answer],
                "model_version": model.version,
            }
        )
        return
    if not match.is_exact:
        stderr.print(f"Taking “{escape(item)}” for: {_name(found)}")
    stdout.print(similar_table(found, answer, model.version))


def similar_table(item: CatalogueItem, answer: list[SimilarItem], version: str) -> Table:
    """Return the table of one item's list."""
    return list_table(f"Similar to {_name(item)}", answer, version)


def list_table(title: str, answer: list[SimilarItem], version: str) -> Table:
    """Return the table of a list of recommendations; the title is markup."""
    table = Table(title=title, caption=f"model {version}", title_justify="left")
    table.add_column("rank", justify="right")
    table.add_column("item")
    table.add_column("title", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("source")
    for entry in answer:
        table.add_row(
            str(entry.rank),
            escape(entry.item_id),
            escape(entry.title or ""),
            _shown(entry.score),
            entry.source,
        )
    return table


def _shown(score: float) -> str:
    return f"{score:.3f}" if abs(score) >= 0.01 else f"{score:.3g}"


def found_item(text: str, match: ItemMatch) -> CatalogueItem:
    """Return the item that a text means.

    Raises
    ------
    UnknownItemError
        If it means none, or several; the message names those it may mean.
    """
    if match.item is not None:
        return match.item
    said = text[:80].encode("utf-8", "replace").decode()  # an argument need not be UTF-8
    if not match.candidates:
        raise UnknownItemError(f"There is no item with the id or title '{said}'.")
    names = "".join(f"\n  {item.item_id}  {item.title or ''}" for item in match.candidates)
    raise UnknownItemError(f"There is no item with the id or title '{said}'. Did you mean:{names}")


def _name(item: CatalogueItem) -> str:
    return escape(f"{item.title} ({item.item_id})" if item.title else item.item_id)
