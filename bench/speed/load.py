r"""Load: relationships a second into Neo4j, beside UNWIND and MERGE of row lists over Bolt.

Item relationships as `footpath relate` writes them, beside the usual way with the same rows, 10,000
a transaction, on a server that has warmed up; and a first load of all relationships by Neo4j's
offline importer, from arrays to a database, and to a server that answers. Whole loads of a file:
`load-files`.

\b
python -m bench load                     100k items, 2 M relationships, 100,000 of them over Bolt
python -m bench load --size 10k --runs 3 --rows 20000 --json
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import click
import numpy as np

from bench.speed.databases import (
    LAST_SEEN_MS,
    Spent,
    import_graph,
    item_ids,
    new_home,
    run_query,
    running,
    timed,
)
from bench.speed.graphs import SIZES, Graph, graph_file, read_graph
from bench.speed.tables import Options, Table, ratio, significant
from graphdb import Database
from graphdb.embedded import EmbeddedSettings, stop_server
from graphdb.projection import read_items
from recommender.relate_writer import Relationships, write_relationships

BATCH = 10_000
RELATE, MERGE = "Footpath relate", "UNWIND, MERGE of item relationships"
IMPORT = "offline importer, with its start"
ANSWERING = "offline importer, until a server with the schema answers"


@click.option("--rows", type=click.IntRange(1), default=100_000, help="Written over Bolt.")
def measure(options: Options, rows: int) -> Table:
    """Return the table of loads."""
    table = Table("Load: thousand relationships a second into Neo4j")
    for size in options.sizes or ("100k",):
        graph = read_graph(graph_file(options.cache, size, options.seed))
        settings = new_home(options.cache / "neo4j-of-load")
        spent = _over_bolt(settings, graph, rows, options)
        n_rows = min(rows, SIZES[size][1])
        _add(table, size, spent, n_rows)
        imported = [_import(options, graph) for _ in range(options.runs)]
        merged = [seconds / n_rows for seconds in spent[MERGE].wall_s]
        for way, took in zip((IMPORT, ANSWERING), zip(*imported, strict=True), strict=True):
            per_row = [seconds / SIZES[size][1] for seconds in took]
            table.rows.append(
                {
                    "items": SIZES[size][0],
                    "relationships": SIZES[size][1],
                    "way": way,
                    "thousand/s": significant(1 / median(per_row) / 1000),
                }
            )
            table.ratios[f"{size}: {way} / {MERGE}, wall"] = ratio(merged, per_row)
    table.notes.append(
        "CPU time is of server and client together. Over Bolt the server runs already. The "
        "importer's time holds writing its files and putting the new database in place; the other "
        "one the server's start and the schema as well."
    )
    return table


def _over_bolt(
    settings: EmbeddedSettings, graph: Graph, n_rows: int, options: Options
) -> dict[str, Spent]:
    """Return what each way over Bolt took; all is deleted before each."""
    with running(settings, stop=True) as database:
        database.write("load/merge_items", ids=item_ids(graph.n_items))
        ways = _ways(database, graph, n_rows)
        spent = {name: Spent() for name in ways}
        for run in range(-1, options.runs):  # the first warms the server up
            for name, way in ways.items():
                options.say(f"  run {run + 1} of {options.runs}: {name}")
                database.run_alone("admin/wipe_relationships")
                timed(settings, spent[name] if run >= 0 else Spent(), way)
    return spent


def _ways(database: Database, graph: Graph, n_rows: int) -> dict[str, Callable[[], object]]:
    sources, targets, weights = (part[:n_rows] for part in graph.relationships())
    n_rows = len(sources)
    counts, times = np.full(n_rows, 3), np.full(n_rows, LAST_SEEN_MS)
    found = Relationships(
        sources.astype(np.int64), targets.astype(np.int64), counts, weights.astype(float), times
    )
    support = np.zeros(graph.n_items, np.int64)
    ids = item_ids(graph.n_items)
    rows = [
        [ids[source], ids[target], 3, weight, LAST_SEEN_MS]
        for source, target, weight in zip(sources, targets, weights.tolist(), strict=True)
    ]

    def relate() -> None:
        write_relationships(
            database, "TOGETHER", read_items(database), found, support, settings="{}"
        )

    def merge() -> None:
        for first in range(0, n_rows, BATCH):
            run_query(database, "merge_relationships", rows=rows[first : first + BATCH])

    return {RELATE: relate, MERGE: merge}


def _import(options: Options, graph: Graph) -> tuple[float, float]:
    """Return the seconds from arrays to a database, and to a server with its schema."""
    options.say(f"  {IMPORT}")
    settings = new_home(options.cache / "neo4j-of-load")
    started = time.perf_counter()
    import_graph(settings, graph)
    imported_s = time.perf_counter() - started
    with running(settings):
        answering_s = time.perf_counter() - started
    stop_server(settings)
    return imported_s, answering_s


def _add(table: Table, size: str, spent: dict[str, Spent], n_rows: int) -> None:
    for name, took in spent.items():
        table.rows.append(
            {
                "items": SIZES[size][0],
                "relationships": n_rows,
                "way": name,
                "thousand/s": significant(n_rows / median(took.wall_s) / 1000),
                "thousand/CPU-s": significant(n_rows / median(took.cpu_s) / 1000),
            }
        )
    mine, other = spent[RELATE], spent[MERGE]
    table.ratios[f"{size}: {RELATE} / {MERGE}, wall"] = ratio(other.wall_s, mine.wall_s)
    table.ratios[f"{size}: {RELATE} / {MERGE}, CPU"] = ratio(other.cpu_s, mine.cpu_s)
