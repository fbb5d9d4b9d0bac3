"""``footpath shell``: explore the graph from Python, with data frames."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from graphdb import Database, GraphDbError
from recommender.cli.database import open_for_command
from recommender.errors import RecommenderError
from recommender.serve.method import METHODS, Method

if TYPE_CHECKING:
    import pandas as pd

    from graphdb.exploration import Exploration
    from graphdb.ogm import Item

BANNER = """\
Footpath {version}: the graph at {uri}

  find("lunch bag")             items by words or id
  neighbours({item})         strongest neighbours, with the chance that a walk goes there
  walk({item}, length=10, n_walks=3, q=0.5)
  why({item}, {other})      ways between two items, and sessions that hold both
  similar({item}, k=10)      as `footpath similar`
  frame("MATCH (i:Item) RETURN i.id AS item_id, i.support AS support LIMIT 5")
  ready("strongest_together", k=10)   a query of graphdb/queries/browser

  graph   py2neo's Graph        items   matcher: items.where("_.support > 50").limit(5).all()
  Item, User, Category, Model   py2neo classes: Item.match(graph, {item}).first().strongest()

All but graph, items and the classes give pandas data frames. help(walk) tells more.
"""


@click.command("shell")
@click.option("-c", "--code", help="Run this and end, printing what its last line gives.")
def command(code: str | None) -> None:
    r"""Explore the graph from Python (IPython), with py2neo and data frames.

    Gives graph, items, and the helpers find, neighbours, walk, why, similar, frame and ready.

    \b
    Examples:
      footpath shell
      footpath shell -c 'neighbours("85123A", k=5)'
      footpath shell -c 'walk("85123A", n_walks=100, q=0.5).title.value_counts().head()'
    """
    from graphdb.exploration import open_exploration

    with open_for_command() as database, open_exploration(database.settings) as explore:
        names = shell_names(explore, database)
        status = _run(names, _banner(explore, database) if code is None else "", code)
    if status:
        sys.exit(status)


def shell_names(explore: Exploration, database: Database) -> dict[str, Any]:
    """Return what can be used in the shell, by name."""
    from graphdb.ogm import Category, Item, Model, User

    def similar(
        item: str | Item, k: int = 10, method: Method = "hybrid", version: str | None = None
    ) -> pd.DataFrame:
        """Return the items most similar to one, as `footpath similar` gives them."""
        return _similar(database, item, k, method, version)

    return {
        "graph": explore.graph,
        "items": explore.items,
        "find": explore.find,
        "neighbours": explore.neighbours,
        "walk": explore.walk,
        "why": explore.why,
        "similar": similar,
        "frame": explore.frame,
        "ready": explore.ready,
        "Item": Item,
        "User": User,
        "Category": Category,
        "Model": Model,
    }


def _similar(
    database: Database, item: str | Item, k: int, method: Method, version: str | None
) -> pd.DataFrame:
    import pandas as pd

    from recommender.cli.similar import found_item
    from recommender.serve import load_serving_model, match_item

    if method not in METHODS:
        raise RecommenderError(f"Method '{method}' is not one of {', '.join(METHODS)}.")
    text = item if isinstance(item, str) else str(item.id)
    found = found_item(text, match_item(database, text))
    model = load_serving_model(database, version, with_histories=False)
    if found.item_id in model.row_of:
        answer = model.similar(found.item_id, k, method)
    else:
        answer = model.similar_to_new(found.category, k)
    return pd.DataFrame([asdict(entry) for entry in answer])


def _banner(explore: Exploration, database: Database) -> str:
    from recommender import __version__

    ids = [*explore.find("", k=2)["item_id"], "an id", "another"]
    return BANNER.format(
        version=__version__, uri=database.settings.uri, item=repr(ids[0]), other=repr(ids[1])
    )


def _run(names: dict[str, Any], banner: str, code: str | None) -> int:
    """Run IPython, or one piece of code in it; return the exit code."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.terminal.embed import InteractiveShellEmbed

    if code is not None:
        shell: Any = InteractiveShell.instance(user_ns=names)
        shell.set_custom_exc((RecommenderError, GraphDbError), _one_line)
        shell.displayhook.write_output_prompt = _nothing
        done = shell.run_cell(code, store_history=False)
        InteractiveShell.clear_instance()
        return 0 if done.success else 1
    click.echo(banner)
    terminal: Any = InteractiveShellEmbed.instance(exit_msg="", confirm_exit=False, user_ns=names)
    terminal.set_custom_exc((RecommenderError, GraphDbError), _one_line)
    terminal.mainloop()
    InteractiveShellEmbed.clear_instance()
    return 0


def _nothing() -> None:
    """Write no `Out[1]:` before what a piece of code gives."""


def _one_line(
    shell: Any, kind: type, error: BaseException, trace: Any, tb_offset: Any = None
) -> None:
    """Say what is wrong in a line, as commands do, without a traceback."""
    click.echo(f"Error: {error}", err=True)
