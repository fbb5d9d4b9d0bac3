"""Databases to measure on: Footpath's own Neo4j in homes below the cache folder."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
from pyarrow import csv

from bench.speed.graphs import Graph
from graphdb import Database, apply_migrations, connect
from graphdb.connection import Row
from graphdb.embedded import (
    EmbeddedSettings,
    ImportFiles,
    import_draft,
    import_offline,
    server_status,
    start_server,
    stop_server,
)
from graphdb.queries import parse_query

QUERIES = Path(__file__).parent / "queries"
LAST_SEEN_MS = 1_700_000_000_000


@dataclass
class Spent:
    """What the runs of one way took."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)  # of server and client together


def new_home(folder: Path) -> EmbeddedSettings:
    """Return a home with an empty database whose server runs; what was there is removed."""
    settings = EmbeddedSettings(folder)
    stop_server(settings)
    shutil.rmtree(folder, ignore_errors=True)
    with running(settings):
        return settings


@contextmanager
def running(settings: EmbeddedSettings, *, stop: bool = False) -> Iterator[Database]:
    """Give the database of a home, started if it does not run, its schema up to date."""
    try:
        with connect(start_server(settings, os.environ)) as database:
            apply_migrations(database)
            yield database
    finally:
        if stop:
            stop_server(settings)


def run_query(database: Database, name: str, **parameters: object) -> list[Row]:
    """Return the rows of a query of this folder."""
    text = parse_query(name, (QUERIES / f"{name}.cypher").read_text(encoding="utf-8")).text
    return database.run_text(name, text, parameters)


def timed(settings: EmbeddedSettings, spent: Spent, work: Callable[[], object]) -> None:
    """Add what some work takes, on the wall and of CPU time in the server and in this process."""
    server = psutil.Process(server_status(settings).pid)
    before, client, started = server.cpu_times(), time.process_time(), time.perf_counter()
    work()
    spent.wall_s.append(time.perf_counter() - started)
    after = server.cpu_times()
    in_server = after.user + after.system - before.user - before.system
    spent.cpu_s.append(in_server + time.process_time() - client)


def item_ids(n_items: int) -> list[str]:
    """Return the ids of the items, ascending."""
    return [f"item-{row:07}" for row in range(n_items)]


def import_graph(settings: EmbeddedSettings, graph: Graph) -> None:
    """Fill the empty database of a home with a graph, by the offline importer."""
    with import_draft(settings) as folder:
        nodes = {":ID": np.arange(graph.n_items), "id:string": item_ids(graph.n_items)}
        csv.write_csv(pa.table(nodes), folder / "items.csv")
        sources, targets, weights = graph.relationships()
        n_relationships = len(sources)
        relationships = {
            ":START_ID": sources,
            ":END_ID": targets,
            "count:long": np.full(n_relationships, 3),
            "weight:double": weights.astype(np.float64),
            "last_seen:datetime": ["2023-11-14T22:13:20Z"] * n_relationships,
        }
        csv.write_csv(pa.table(relationships), folder / "together.csv")
        files = ImportFiles({"Item": folder / "items.csv"}, {"TOGETHER": folder / "together.csv"})
        import_offline(settings, os.environ, files)
