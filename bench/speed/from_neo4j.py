"""The whole way from a graph in Neo4j to vectors that its index answers from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import neo4j
import psutil

from bench.speed.databases import import_graph, new_home, run_query, running
from bench.speed.graphs import SIZES, graph_file, read_graph
from bench.speed.peers.cypher import statement
from bench.speed.processes import interleave_processes
from bench.speed.tables import Options, Table, ratio, significant
from bench.speed.train import SETTINGS
from bench.speed.workers import Side
from graphdb import Neo4jSettings
from graphdb.embedded import EmbeddedSettings, server_status, stop_server

N_WALKS, LENGTH = 10, 40
OURS, USUAL = "Footpath", "the usual way"


def sides() -> list[Side]:
    """Return who goes from Neo4j to Neo4j; Footpath trains with its default engine."""
    return [
        Side(OURS, "ours/embed_in_neo4j.py"),
        Side(USUAL, "peers/embed_with_pecanpy_in_neo4j.py", "pecanpy"),
    ]


def measure_from_neo4j(options: Options) -> Table:
    """Return the table of the way from Neo4j to Neo4j, on a Neo4j of bench's own."""
    table = Table("From Neo4j to vectors in its index: whole processes and the server, one thread")
    asked = {"n_walks": N_WALKS, "length": LENGTH, **SETTINGS}
    for size in options.sizes or ("100k",):
        table.part = size
        with _server(_filled(options, size)) as (settings, java):
            measured = interleave_processes(
                sides(), asked, options, table, beside=java, after=lambda: _clean(settings)
            )
        for name, result in measured.items():
            row = {
                "items": SIZES[size][0],
                "relationships": SIZES[size][1],
                "done": name,
                "wall s": significant(median(result.all_of("wall_s"))),
                "CPU s": significant(median(result.all_of("cpu_s"))),
                "of it Neo4j's": significant(median(result.all_of("beside_cpu_s"))),
                "peak MiB": round(max(result.all_of("peak_mib"))),
            }
            table.rows.append(row)
            if name != USUAL and USUAL in measured:
                for label, key in (("CPU", "cpu_s"), ("wall", "wall_s")):
                    theirs, ours = measured[USUAL].all_of(key), result.all_of(key)
                    name_of = f"Neo4j to Neo4j {size}, {label}: {USUAL} / {name}"
                    table.ratios[name_of] = ratio(theirs, ours)
    table.notes.append(
        f"{N_WALKS} walks of {LENGTH} items from each item, 128 dimensions, median of "
        f"{options.runs} runs in turn. The usual way: a row for each relationship by the driver, "
        "PecanPy, gensim, a statement for each item's vector (a thousand in a transaction), one "
        "index. Footpath writes out-vectors too, checks what the index answers, and switches to "
        "the new version."
    )
    return table


@contextmanager
def _server(embedded: EmbeddedSettings) -> Iterator[tuple[Neo4jSettings, psutil.Process]]:
    """Give the running Neo4j of a home, which workers find by their environment."""
    with running(embedded) as database:
        settings = database.settings
    before = dict(os.environ)
    os.environ.update(settings.as_environment())
    try:
        pid = server_status(embedded).pid
        assert pid is not None
        yield settings, psutil.Process(pid)
    finally:
        os.environ.clear()
        os.environ.update(before)
        stop_server(embedded)


def _filled(options: Options, size: str) -> EmbeddedSettings:
    """Return a home whose database holds the graph, imported unless it is there."""
    settings = EmbeddedSettings(options.cache / "neo4j" / f"{size}-{options.seed}")
    with running(settings) as database:
        there = run_query(database, "count_graph")[0]
    if (there["n_items"], there["n_relationships"]) != SIZES[size]:
        options.say(f"  importing {SIZES[size][1]:,} relationships")
        new_home(settings.home)
        import_graph(settings, read_graph(graph_file(options.cache, size, options.seed)))
    return settings


def _clean(settings: Neo4jSettings) -> None:
    """Take away what the usual way has written."""
    with _session(settings) as session:
        session.run(statement("drop_index")).consume()
        session.run(statement("remove_vectors")).consume()


@contextmanager
def _session(settings: Neo4jSettings) -> Iterator[Any]:
    sign_in = (settings.username, settings.password)
    with (
        neo4j.GraphDatabase.driver(
            settings.uri, auth=sign_in, notifications_min_severity="OFF"
        ) as driver,
        driver.session() as session,
    ):
        yield session
