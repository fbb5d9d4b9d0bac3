"""``footpath recommend``: the items for a user or a session, as a table a person can judge."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape

from recommender.cli.console import json_option, print_json, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.cli.similar import found_item, list_table
from recommender.errors import UnknownUserError
from recommender.fit import is_loaded_graph
from recommender.serve import METHODS, Had, Method, load_serving_model, match_item, read_history

SHOWN_HISTORY = 5


@click.command("recommend")
@click.option("--user", "user_id", help="A user who has had something.")
@click.option(
    "--item",
    "items",
    multiple=True,
    help="What somebody unknown had, an id or a title; once for each, oldest first.",
)
@click.option("-k", "k", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default="hybrid",
    show_default=True,
    help="What scores: graph (walks from the history), embedding (vectors), hybrid (both).",
)
@click.option("--include-seen", is_flag=True, help="Also recommend what was had already.")
@click.option("--model", "version", help="A model version; the active one by default.")
@json_option
def command(
    user_id: str | None,
    items: tuple[str, ...],
    k: int,
    method: Method,
    include_seen: bool,
    version: str | None,
    as_json: bool,
) -> None:
    r"""Print the best items for a user, or for somebody of whom only a few items are known.

    The scores are those that `footpath evaluate` judges and `footpath serve` answers with.

    \b
    Examples:
      footpath recommend --user 17850
      footpath recommend --item 85123A --item "red woolly hottie white heart."
      footpath recommend --user 17850 --method graph -k 20 --json
    """
    if (user_id is None) == (not items):
        raise click.UsageError("Give either --user, or --item once or more.")
    with open_for_command() as database:
        if user_id is not None:
            history = read_history(database, user_id)
            if not history:
                hint = ""
                if is_loaded_graph(database):
                    hint = " In a graph loaded as relationships people are items: ask by --item."
                raise UnknownUserError(
                    f"There is no user '{user_id[:80]}' with any interactions.{hint}"
                )
        else:
            found = [found_item(item, match_item(database, item)) for item in items]
            history = [Had(item.item_id, None) for item in found]
        model = load_serving_model(database, version)
    answer = model.for_history(history, k, method, exclude_seen=not include_seen)
    if as_json:
        print_json(
            {
                "user_id": user_id,
                "history": [had.item_id for had in history],
                "items": [asdict(entry) for entry in answer],
                "model_version": model.version,
            }
        )
        return
    titles = dict(zip(model.item_ids, model.titles, strict=True))
    latest = [titles.get(had.item_id) or had.item_id for had in history[-SHOWN_HISTORY:]]
    what = "Latest of" if len(history) > SHOWN_HISTORY else "Of"
    stderr.print(f"{what} {len(history)}: {', '.join(latest)}", markup=False)
    title = f"For user {escape(user_id)}" if user_id is not None else "For this session"
    stdout.print(list_table(title, answer, model.version))
