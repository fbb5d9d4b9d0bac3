"""The ``footpath`` command: its sub-commands, logging and exit codes.

Exit codes: 0 done, 1 expected failure (one line on standard error; the traceback with ``-v``),
2 usage, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click
from rich.console import Console
from rich.logging import RichHandler

from graphdb import GraphDbError
from recommender import __version__
from recommender.errors import RecommenderError

# In the order of a first use; each is the module recommender.cli.<name> with a `command`.
COMMANDS = {
    "demo": "Real shop data, from files to recommendations, in one go.",
    "doctor": "Check the settings, the database and what is published.",
    "db": "Start, stop and look at Footpath's own Neo4j.",
    "migrate": "Bring the database's schema up to date.",
    "load": "Put interactions and items into the graph.",
    "load-graph": "Put a network, such as friendships, into the graph.",
    "relate": "Turn sessions into weighted item relationships.",
    "walk": "Make random walks over the item graph.",
    "train": "Train embeddings on walks.",
    "publish": "Write embeddings onto the nodes as a new model version.",
    "fit": "From loaded interactions to a served model: relate, walk, train, publish.",
    "communities": "Find communities and put them on the items.",
    "map": "Make the 2-D map of a published version anew.",
    "models": "List, show, activate, roll back and prune model versions.",
    "similar": "Print the items most similar to one.",
    "path": "Print the likeliest ways from one item to another.",
    "recommend": "Print the items for a user or a session.",
    "recommend-all": "Write a list for every user of a file.",
    "serve": "Answer over HTTP.",
    "keys": "Create, list and revoke keys of the API.",
    "items": "Hide, show and delete items.",
    "rules": "Boost, bury, hide, pin and cap items in lists.",
    "experiments": "Compare ways to answer: who gets which variant.",
    "tune": "Search for better settings, for as long as you like.",
    "evaluate": "Judge the lists of every method on a hidden part.",
    "export": "Write embeddings to files that other tools read.",
    "shell": "Explore the graph from Python, with data frames.",
    "stats": "Count what is in the graph.",
    "wipe": "Delete everything Footpath has put into the database.",
}


class LazyGroup(click.Group):
    """Imports a command only when it is used, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a first use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(
            f"recommender.cli.{cmd_name.replace('-', '_')}"
        ).command
        return _as_written(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _as_written(command: click.Command) -> click.Command:
    r"""Have click leave the lines after ``\b`` as they are, in the help of a command and its own.

    It looks for the backspace character; in a raw docstring there are a backslash and a b.
    """
    if command.help:
        command.help = command.help.replace("\\b\n", "\b\n")
    if isinstance(command, click.Group) and not isinstance(command, LazyGroup):
        for inner in command.commands.values():
            _as_written(inner)
    return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footpath")
@click.option("-v", "--verbose", count=True, help="Log more (-vv: all detail), show tracebacks.")
def footpath(verbose: int) -> None:
    r"""Learn which items belong together from the paths people take through them, inside Neo4j.

    \b
    First steps:
      footpath demo                    see it work on a real shop's sales
      footpath load sales.csv          your own interactions
      footpath fit                     relate, walk, train and publish
      footpath similar "<id or title>" look at the answer
      footpath serve                   answer over HTTP

    Without NEO4J_URI, Footpath runs a Neo4j of its own. With it (and NEO4J_USERNAME,
    NEO4J_PASSWORD, NEO4J_DATABASE) it uses yours.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    handler = RichHandler(console=Console(stderr=True), show_path=False, markup=False)
    logging.basicConfig(level=level, format="%(message)s", handlers=[handler])
    for noisy in ("gensim", "numba", "smart_open", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # The driver warns of each retry, which is its business; what it cannot mend, it raises.
    logging.getLogger("neo4j").setLevel(logging.ERROR)


_as_written(footpath)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = footpath.main(arguments, prog_name="footpath", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (RecommenderError, GraphDbError) as error:
        if _is_verbose(arguments):
            logging.getLogger(__name__).exception("Failed")
        click.echo(f"Error: {error}", err=True)
        return 1


def _is_verbose(arguments: list[str]) -> bool:
    return any(word == "--verbose" or word.strip("v") == "-" != word for word in arguments[:1])
