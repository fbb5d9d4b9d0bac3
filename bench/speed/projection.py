r"""Projection: relationships a second out of Neo4j, beside the database's own scans.

The fair scan reads what the projection reads, weights and both ends of every relationship of the
type, and sums them instead of sending them. The scan of the same match also looks at the nodes'
labels; the scan by type touches no node at all and is the quickest there is. One row a relationship
is the usual way.

\b
python -m bench projection                   100k items, 2 M relationships
python -m bench projection --size 10k --runs 3 --json
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from bench.speed.databases import Spent, import_graph, new_home, run_query, running, timed
from bench.speed.graphs import SIZES, graph_file, read_graph
from bench.speed.tables import Options, Table, ratio, significant
from graphdb import Database
from graphdb.projection import read_relationships

OURS, SAME, BY_TYPE = "Footpath", "scan of the same match", "scan by type"
FAIR = "scan by type, weights and ends"
ROWS = "one row a relationship"


def measure(options: Options) -> Table:
    """Return the table of projections."""
    table = Table("Projection: thousand relationships a second out of Neo4j")
    for size in options.sizes or ("100k",):
        settings = new_home(options.cache / "neo4j-of-projection")
        options.say(f"{size}: importing")
        import_graph(settings, read_graph(graph_file(options.cache, size, options.seed)))
        with running(settings, stop=True) as database:
            ways = _ways(database)
            spent = {name: Spent() for name in ways}
            for run in range(-1, options.runs):  # the first warms the server up
                for name, way in ways.items():
                    options.say(f"  run {run + 1} of {options.runs}: {name}")
                    timed(settings, spent[name] if run >= 0 else Spent(), way)
        _add(table, size, spent)
    table.notes.append(
        "CPU time is of server and client together. Footpath's reading includes the items, their "
        "ids and the arrays; two readers."
    )
    return table


def _ways(database: Database) -> dict[str, Callable[[], object]]:
    return {
        OURS: lambda: read_relationships(database, "TOGETHER"),
        FAIR: lambda: run_query(database, "sum_ends_by_type"),
        SAME: lambda: run_query(database, "sum_same_match"),
        BY_TYPE: lambda: run_query(database, "sum_by_type"),
        ROWS: lambda: run_query(database, "read_rows"),
    }


def _add(table: Table, size: str, spent: dict[str, Spent]) -> None:
    n_items, n_relationships = SIZES[size]
    for name, took in spent.items():
        table.rows.append(
            {
                "items": n_items,
                "relationships": n_relationships,
                "way": name,
                "thousand/s": significant(n_relationships / median(took.wall_s) / 1000),
                "thousand/CPU-s": significant(n_relationships / median(took.cpu_s) / 1000),
            }
        )
        if name != OURS:
            ours = spent[OURS]
            table.ratios[f"{size}: {OURS} / {name}, wall"] = ratio(took.wall_s, ours.wall_s)
            table.ratios[f"{size}: {OURS} / {name}, CPU"] = ratio(took.cpu_s, ours.cpu_s)
