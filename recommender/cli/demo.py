"""``footpath demo``: real shop data, from files to recommendations, in one go."""

from __future__ import annotations

import time

import click
from rich.table import Table

from graphdb import Database
from recommender.cli.console import progress_bar, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.cli.db import print_browser
from recommender.cli.fit import print_report
from recommender.cli.serve import print_addresses
from recommender.cli.similar import similar_table
from recommender.errors import InvalidDataError
from recommender.fit import Ending, FitSettings, fit_model
from recommender.load import load_interactions
from recommender.online_retail import CleanSales, read_online_retail
from recommender.relate import RelateSettings
from recommender.serve import find_item, load_serving_model

DATA_NAME = "Online Retail"
SHOWN = ("85123A", "20727", "21731", "22727", "22423")
SETTINGS = FitSettings(relate=RelateSettings(min_count=5), min_support=30)
ENDING = Ending(
    map_method="umap"
)  # ten seconds more, for a map that shows its groups at first sight


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="End after the lists; do not start the API.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the API.")
@click.option("--port", default=8000, show_default=True, help="Port of the API.")
def command(no_serve: bool, host: str, port: int) -> None:
    r"""Load a year of a real gift shop's sales, train, and show what goes with what.

    Needs nothing installed but Footpath: it starts a Neo4j of its own (the first time it fetches
    its files, some 190 MB), cleans and loads 541,909 invoice lines, relates what was bought
    together, walks, trains, publishes, and prints the most similar products of five. Then the API,
    its explorer page and Neo4j Browser stay up until Ctrl-C.

    \b
    Examples:
      footpath demo
      footpath demo --no-serve
    """
    begun = time.perf_counter()
    with open_for_command() as database:
        _refuse_other_data(database)
        sales = read_online_retail()
        _print_cleaning(sales)
        _load(database, sales)
        print_report(fit_model(database, SETTINGS, ending=ENDING, stage=progress_bar))
        _print_lists(database)
    stdout.print(f"{time.perf_counter() - begun:.0f} s from start to recommendations.\n")
    print_browser()
    if no_serve:
        stdout.print(
            "Next: footpath similar ITEM, footpath serve (then /explore), footpath db stop."
        )
        return
    _serve(host, port)


def _refuse_other_data(database: Database) -> None:
    others = {
        row["source"] for row in database.read("load/loads") if DATA_NAME not in row["source"]
    }
    if others:
        raise InvalidDataError(
            f"This graph holds other data already ({', '.join(sorted(others))}), which the demo "
            "would mix with its own. Give the demo a home of its own, for instance with "
            "FOOTPATH_HOME=~/footpath-demo footpath demo, or `footpath wipe --yes` first."
        )


def _print_cleaning(sales: CleanSales) -> None:
    table = Table(box=None, title=f"{DATA_NAME}: cleaning", title_justify="left")
    table.add_column("rows", justify="right")
    table.add_column("")
    table.add_row(f"{sales.n_rows_read:,}", "invoice lines read")
    for rule in sales.rules:
        sign = "-" if rule.is_removal else " "
        table.add_row(f"{sign}{rule.n_rows:,}", rule.name)
    table.add_row(f"{len(sales.interactions):,}", f"sales left, of {len(sales.items):,} products")
    stdout.print(table)


def _load(database: Database, sales: CleanSales) -> None:
    interactions, items = sales.interactions.copy(), sales.items.copy()
    interactions.attrs["name"] = f"{DATA_NAME} sales"
    items.attrs["name"] = f"{DATA_NAME} products"
    with progress_bar("load", "rows") as report:
        loaded = load_interactions(database, interactions, items=items, progress=report)
    stdout.print(
        f"{loaded.n_interactions_new:,} interactions loaded, {loaded.n_repeated:,} there already "
        f"or repeated ({loaded.seconds:.0f} s)"
    )


def _print_lists(database: Database) -> None:
    model = load_serving_model(database)
    for item_id in SHOWN:
        item = find_item(database, item_id)
        if item is not None:
            stdout.print()
            stdout.print(similar_table(item, model.similar(item_id, 8), model.version))
    stdout.print()


def _serve(host: str, port: int) -> None:
    from recommender.api.server import check_address, free_port, run_server
    from recommender.errors import InvalidParameterError

    try:
        check_address(host, port)
    except InvalidParameterError:
        stderr.print(f"Port {port} is taken; the API takes another.")
        port = free_port(host)
    print_addresses(host, port)
    run_server(host, port)
