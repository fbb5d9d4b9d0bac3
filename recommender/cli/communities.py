"""``footpath communities``."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.database import open_for_command
from recommender.cli.relation_option import relation_option
from recommender.communities import CommunityReport, CommunitySettings, make_communities
from recommender.graph import Relation

DEFAULTS = CommunitySettings()


@click.command("communities")
@relation_option(
    "Of which relationships; next is read without its direction.  [default: the latest]"
)
@click.option(
    "--resolution",
    type=float,
    default=DEFAULTS.resolution,
    show_default=True,
    help="Above 1: more and smaller communities.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    show_default=True,
    help="The same seed and graph give the same communities.",
)
@json_option
def command(relation: Relation | None, resolution: float, seed: int, as_json: bool) -> None:
    r"""Find communities (Leiden, by weight) and put them on the items as `community`.

    0 is the largest. `footpath fit` does this as well; run it to try other resolutions. They are
    removed when the relationships they were made from are replaced.

    \b
    Examples:
      footpath communities
      footpath communities --resolution 2 --json
    """
    settings = CommunitySettings(resolution, seed)
    with open_for_command() as database, progress_bar("Communities", "items") as progress:
        report = make_communities(database, settings, relation, progress=progress)
    if as_json:
        print_json(asdict(report))
    else:
        _print_report(report)


def describe_communities(report: CommunityReport) -> str:
    """Return one line that says what was found."""
    alone = f" ({report.n_alone:,} items without relationships are in none)"
    return (
        f"{report.n_communities:,} communities of :{report.relation}, modularity "
        f"{report.modularity:.3f}, the largest of {report.sizes[0]:,} of {report.n_items:,} items"
        f"{alone if report.n_alone else ''}"
    )


def _print_report(report: CommunityReport) -> None:
    stdout.print(describe_communities(report))
    table = Table(title="the largest", title_justify="left")
    table.add_column("community", justify="right")
    table.add_column("items", justify="right")
    table.add_column("strongest in it", overflow="fold")
    for each in report.largest:
        names = escape("; ".join(each.strongest))
        table.add_row(str(each.community), f"{each.n_items:,}", names)
    stdout.print(table)
