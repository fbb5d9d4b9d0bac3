"""``footpath load-graph``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from recommender.cli.console import json_option, print_json, progress_bar, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.load.edges import GraphOptions
from recommender.load.graph_loader import GraphReport, load_graph
from recommender.load.options import FILE_FORMATS

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DEFAULTS = GraphOptions()


@click.command("load-graph")
@click.argument("files", nargs=-1, type=_FILE, metavar="FILE...", required=True)
@click.option(
    "--directed/--undirected",
    "is_directed",
    default=False,
    show_default=True,
    help="Directed edges become :NEXT, undirected ones :TOGETHER.",
)
@click.option("--source-column", default=DEFAULTS.source_column, show_default=True)
@click.option("--target-column", default=DEFAULTS.target_column, show_default=True)
@click.option(
    "--weight-column",
    help="A number above zero.  [default: weight, if there is one; else every edge weighs 1]",
)
@click.option("--nodes", type=_FILE, help="File of nodes: id, title, category, ….")
@click.option(
    "--id-column", default=DEFAULTS.id_column, show_default=True, help="Of the file of nodes."
)
@click.option(
    "--format", "file_format", type=click.Choice(FILE_FORMATS), help="[default: by the file's name]"
)
@click.option("--delimiter", metavar="CHAR", help="Between CSV fields.  [default: comma; .tsv tab]")
@click.option("--skip-bad-rows", is_flag=True, help="Count bad rows and leave them out.")
@json_option
def command(
    files: tuple[Path, ...],
    nodes: Path | None,
    delimiter: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    r"""Put a graph that is one already, such as friendships, into items and their relationships.

    FILE is CSV, JSON Lines or Parquet, plain or gzip; each row is an edge between two ids. The
    edges take the place of all relationships of their type, so loading the same again changes
    nothing. Edges of the same two nodes add up their weights; those from a node to itself are left
    out. Every row is checked before anything is written. `footpath fit` needs no relating then.

    \b
    Examples:
      footpath load-graph friends.csv
      footpath load-graph friends.csv --weight-column calls --nodes people.csv
      footpath load-graph follows.tsv --directed --source-column from --target-column to
      footpath load-graph edges.txt --delimiter " "
    """
    options = GraphOptions(**choices, delimiter="\t" if delimiter == r"\t" else delimiter)
    with open_for_command() as database, progress_bar("Loading", "edges") as progress:
        report = load_graph(database, list(files), options, nodes=nodes, progress=progress)
    if as_json:
        print_json(asdict(report))
    else:
        _print_report(report)


def _print_report(report: GraphReport) -> None:
    stdout.print(
        f"{report.n_rows:,} edges: {report.n_relationships:,} :{report.relation} relationships "
        f"between {report.n_nodes:,} nodes ({report.seconds:.1f} s)"
    )
    for number, words in (
        (report.n_nodes_new, "new nodes"),
        (report.n_node_rows, "rows of the file of nodes"),
        (report.n_repeated, "edges of the same two nodes, added up"),
        (report.n_loops, "edges from a node to itself, left out"),
        (report.n_bad_rows, "bad rows left out"),
    ):
        if number:
            stdout.print(f"{number:>12,} {words}")
    for message in report.bad_rows:
        stderr.print(message, markup=False, soft_wrap=True)
    if report.n_bad_rows > len(report.bad_rows):
        stderr.print(f"… and {report.n_bad_rows - len(report.bad_rows):,} more bad rows.")
    stdout.print("Now try `footpath fit`, then `footpath similar NODE`.")
