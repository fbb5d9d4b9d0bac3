"""``footpath load``: interactions and items into the graph."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from graphdb import ServerInUseError
from graphdb.embedded import EmbeddedSettings, is_importable, is_untouched, refuse_if_in_use
from graphdb.embedded.artifacts import fetch_jars, load_jar_list
from recommender.cli.console import json_option, print_json, progress_bar, stderr, stdout
from recommender.cli.database import jar_progress, open_for_command
from recommender.load import LoadOptions, LoadReport, load_interactions
from recommender.load.bulk import NotForImporterError, load_in_bulk
from recommender.load.options import FILE_FORMATS, TIME_UNITS

# From about this much text on, a first load with Neo4j's importer is the quicker one, although the
# server has to be stopped and started: docs/decisions/0016.
BULK_FROM_MB = 50.0
PACKING = 5.0  # how much smaller gzip and Parquet usually are

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("load")
@click.argument("files", nargs=-1, type=_FILE, metavar="FILE...")
@click.option("--user-column", metavar="NAME", help="Who; may be empty.  [default: user_id]")
@click.option("--item-column", metavar="NAME", help="Which item.  [default: item_id]")
@click.option("--time-column", metavar="NAME", help="When.  [default: timestamp]")
@click.option("--value-column", metavar="NAME", help="Quantity or rating.  [default: weight]")
@click.option("--session-column", metavar="NAME", help="In which visit.  [default: session_id]")
@click.option("--type-column", metavar="NAME", help="View, cart, purchase ….  [default: type]")
@click.option("--items", type=_FILE, multiple=True, help="File of items: id, title, category, ….")
@click.option(
    "--item-property",
    "item_properties",
    multiple=True,
    metavar="NAME",
    help="A column of FILE that describes the item; may be given again.",
)
@click.option(
    "--time-format",
    default="iso",
    show_default=True,
    metavar="iso|unix|FORMAT",
    help="How times are written; FORMAT as in '%d/%m/%Y %H:%M'. Without an offset they are UTC.",
)
@click.option(
    "--time-unit", type=click.Choice(TIME_UNITS), default="s", show_default=True, help="Of unix."
)
@click.option(
    "--format", "file_format", type=click.Choice(FILE_FORMATS), help="[default: by the file's name]"
)
@click.option("--delimiter", metavar="CHAR", help="Between CSV fields.  [default: comma; .tsv tab]")
@click.option(
    "--bulk/--no-bulk",
    default=None,
    help="Write a first load with Neo4j's offline importer, or over Bolt.  [default: the importer "
    "for large files into Footpath's own, empty Neo4j]",
)
@click.option("--skip-bad-rows", is_flag=True, help="Count bad rows and leave them out.")
@json_option
def command(
    files: tuple[Path, ...],
    items: tuple[Path, ...],
    bulk: bool | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Put interactions and items into the graph. Loading the same again changes nothing.

    FILE is CSV, JSON Lines or Parquet, plain or gzip. Each row is one interaction: an item, and a
    user, a session or both. Every row is checked before anything is written.

    \b
    Examples:
      footpath load sales.csv
      footpath load sales.csv --user-column customer --item-column sku --time-column sold_at
      footpath load ratings.csv --time-format unix --value-column rating --items movies.csv
      footpath load clicks-*.jsonl.gz --session-column visit --skip-bad-rows
      footpath load --items catalogue.parquet
      footpath load year.parquet --bulk
    """  # noqa: D301 (click needs the character itself)
    options = LoadOptions(**{**choices, "delimiter": _delimiter(choices["delimiter"])})
    if not files and not items:
        raise click.UsageError("Name a FILE, or pass --items FILE.")
    report = None if bulk is False else _load_in_bulk(files, items, options, is_asked=bool(bulk))
    if report is None:
        with open_for_command() as database, progress_bar("Loading", "rows") as progress:
            report = load_interactions(database, files, options, items=items, progress=progress)
    if as_json:
        print_json(asdict(report) | {"rows_per_s": report.rows_per_s})
    else:
        _print_report(report)


def _load_in_bulk(
    files: tuple[Path, ...], items: tuple[Path, ...], options: LoadOptions, *, is_asked: bool
) -> LoadReport | None:
    """Return what the importer has loaded, or None if this load goes over Bolt."""
    if os.environ.get("NEO4J_URI"):
        if is_asked:
            raise click.UsageError("--bulk is for Footpath's own Neo4j, but NEO4J_URI is set.")
        return None
    megabytes = sum(map(_text_megabytes, (*files, *items)))
    if not is_asked and megabytes < BULK_FROM_MB:
        return None
    own = EmbeddedSettings.from_environment(os.environ)
    if not is_untouched(own) and not _is_empty():
        if is_asked:
            raise click.UsageError("--bulk is for an empty database, and this one is not.")
        return None
    try:
        # Asked now and, as somebody may come meanwhile, before the server is stopped.
        refuse_if_in_use(own)
        with jar_progress() as report_jars:
            fetch_jars(load_jar_list(own.version), os.environ, progress=report_jars)
        stderr.print(
            f"A first load of some {megabytes:.0f} MB of text: Neo4j's importer writes it while "
            "the server is stopped for a moment (--no-bulk: over Bolt)."
        )
        with progress_bar("Checking", "rows") as progress:
            report = load_in_bulk(
                own, os.environ, files, options, items=items, progress=progress, say=stderr.print
            )
    except (NotForImporterError, ServerInUseError) as error:
        if isinstance(error, ServerInUseError) and is_asked:
            raise
        stderr.print(f"Loading over Bolt instead: {str(error).rstrip('.')}.")
        return None
    open_for_command().close()
    return report


def _is_empty() -> bool:
    with open_for_command() as database:
        settings = database.settings
    return is_importable(settings)


def _text_megabytes(path: Path) -> float:
    is_packed = path.suffix in (".gz", ".parquet")
    return path.stat().st_size / 1e6 * (PACKING if is_packed else 1.0)


def _delimiter(text: str | None) -> str | None:
    return "\t" if text == r"\t" else text


def _print_report(report: LoadReport) -> None:
    stdout.print(
        f"{report.n_rows + report.n_item_rows:,} rows in {report.seconds:.1f} s "
        f"({report.rows_per_s:,.0f} rows/s)"
    )
    for number, words in (
        (report.n_interactions_new, "new interactions"),
        (report.n_repeated, "repeated or already there"),
        (report.n_users_new, "new users"),
        (report.n_sessions_new, "new sessions without a user"),
        (report.n_items_new, "new items"),
        (report.n_bad_rows, "bad rows left out"),
    ):
        stdout.print(f"{number:>12,} {words}")
    for message in report.bad_rows:
        stderr.print(message, markup=False, soft_wrap=True)
    if report.n_bad_rows > len(report.bad_rows):
        stderr.print(f"… and {report.n_bad_rows - len(report.bad_rows):,} more bad rows.")
