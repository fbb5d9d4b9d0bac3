r"""The server while its database is away: killed and started again, or stopped and resumed.

A real server with one worker and a real Neo4j; eight clients go on asking all the while, half of
them for similar items (memory), half for what only the graph knows. Times are wall seconds, as the
callers see them.

\b
python -m bench outage                 a minute of each
python -m bench outage --seconds 10
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import psutil

from bench.speed.databases import new_home
from bench.speed.tables import Options, Row, Table, significant
from graphdb import connect
from graphdb.embedded import EmbeddedSettings, server_status, start_server, stop_server
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.serve.shop import fill_shop, wipe

MEMORY = ("/v1/items/bag/similar?k=5", "/v1/items/mug/similar?k=5&method=embedding")
GRAPH = ("/v1/items/bag", "/v1/items/bag/explanation?to=mug", "/v1/items?query=red")
N_CLIENTS = 4  # of each kind
PAUSE_S = 0.02  # of a client between two questions
BEFORE_S = 1.0
RECOVERY_S = 30.0  # longest that is waited for


@dataclass(frozen=True)
class Asked:
    """One question and how it ended."""

    begun: float  # as time.monotonic() tells it
    took_s: float
    status: int  # 0: no answer
    has_retry_after: bool
    is_marked: bool  # as made while the database is away


@dataclass(frozen=True)
class Outage:
    """What clients saw from the loss of the database on, until it was back."""

    memory: list[Asked]
    graph: list[Asked]
    recovery_s: float  # from the database's own answer to the graph's first

    def broken(self) -> list[Asked]:
        """Return the answers from memory that are none."""
        return [asked for asked in self.memory if asked.status != 200]

    def refused(self) -> list[Asked]:
        """Return the answers of the graph's routes that are 503."""
        return [asked for asked in self.graph if asked.status == 503]

    def wrong(self) -> list[Asked]:
        """Return the answers of the graph's routes that are neither 200 nor a proper 503."""
        return [
            asked
            for asked in self.graph
            if asked.status != 200 and not (asked.status == 503 and asked.has_retry_after)
        ]


@contextmanager
def killed(settings: EmbeddedSettings) -> Iterator[None]:
    """Kill the database of a home; afterwards start it again, until it answers."""
    java = psutil.Process(server_status(settings).pid)
    java.kill()
    java.wait(30)
    yield
    start_server(settings, os.environ)


@contextmanager
def stopped(settings: EmbeddedSettings) -> Iterator[None]:
    """Stop the database of a home, whose connections stay open and are silent; then resume it."""
    java = psutil.Process(server_status(settings).pid)
    java.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        java.send_signal(signal.SIGCONT)


def watch_outage(
    server: ServerProcess, lose: Callable[[], AbstractContextManager[None]], seconds: float
) -> Outage:
    """Return what clients saw while the database was away for so many seconds and came back."""
    done = threading.Event()
    memory: list[Asked] = []
    graph: list[Asked] = []
    clients = [
        threading.Thread(target=_ask, args=(server, paths, at, seen, done))
        for paths, seen in ((MEMORY, memory), (GRAPH, graph))
        for at in range(N_CLIENTS)
    ]
    for client in clients:
        client.start()
    try:
        time.sleep(BEFORE_S)
        lost_at = time.monotonic()
        with lose():
            time.sleep(seconds)
        back_at = time.monotonic()
        recovered_at = _await_recovery(server)
    finally:
        done.set()
        for client in clients:
            client.join()
    return Outage(
        [asked for asked in memory if asked.begun >= lost_at],
        [asked for asked in graph if asked.begun >= lost_at],
        recovered_at - back_at,
    )


def _await_recovery(server: ServerProcess) -> float:
    give_up = time.monotonic() + RECOVERY_S
    paths = (*GRAPH, "/v1/health/ready")
    while time.monotonic() < give_up:
        if all(server.get(path).status == 200 for path in paths):
            return time.monotonic()
        time.sleep(0.05)
    return float("inf")


def _ask(
    server: ServerProcess,
    paths: tuple[str, ...],
    at: int,
    seen: list[Asked],
    done: threading.Event,
) -> None:
    while not done.wait(PAUSE_S):
        at += 1
        begun = time.monotonic()
        try:
            answer = server.get(paths[at % len(paths)])
            status, headers = answer.status, answer.headers
        except OSError:
            status, headers = 0, {}
        took_s = time.monotonic() - begun
        is_marked = headers.get("x-database-away") == "true"
        seen.append(Asked(begun, took_s, status, "retry-after" in headers, is_marked))


@click.option("--seconds", default=60.0, show_default=True, help="How long it is away.")
def measure(options: Options, seconds: float) -> Table:
    """Return the table of what clients saw."""
    table = Table("The server while its database is away")
    settings = new_home(options.cache / "neo4j-of-outage")
    log = options.cache / "outage" / "log"
    shutil.rmtree(log.parent, ignore_errors=True)
    log.parent.mkdir(parents=True)
    try:
        for name, lose in (("killed, started again", killed), ("stopped, resumed", stopped)):
            options.say(f"{name}: {seconds:g} s")
            table.rows += _rows(name, _outage(settings, log, lose, seconds), table)
    finally:
        stop_server(settings)
    table.notes.append(
        f"Neo4j away for {seconds:g} s (killed: and for its start). {N_CLIENTS} clients ask for "
        f"similar items, {N_CLIENTS} for what needs the graph, each {1 / PAUSE_S:g} times a second "
        "at most, over a new connection each. Marked: `X-Database-Away: true`."
    )
    return table


def _outage(
    settings: EmbeddedSettings,
    log: Path,
    lose: Callable[[EmbeddedSettings], AbstractContextManager[None]],
    seconds: float,
) -> Outage:
    neo4j = start_server(settings, os.environ)
    with connect(neo4j) as database:
        wipe(database)
        fill_shop(database)
    with ServerProcess(neo4j, log) as server:
        return watch_outage(server, lambda: lose(settings), seconds)


def _rows(name: str, outage: Outage, table: Table) -> list[Row]:
    table.ratios[f"{name}: seconds to recover after the database"] = significant(
        max(outage.recovery_s, 0.0)
    )
    refused = outage.refused()
    return [
        {
            "database": name,
            "asked for": "similar items",
            **_times(outage.memory),
            "200": len(outage.memory) - len(outage.broken()),
            "503": 0,
            "other": len(outage.broken()),
            "marked": sum(asked.is_marked for asked in outage.memory),
        },
        {
            "database": name,
            "asked for": "the graph, refused",
            **_times(refused),
            "200": sum(asked.status == 200 for asked in outage.graph),
            "503": len(refused),
            "other": len(outage.wrong()),
        },
    ]


def _times(some: list[Asked]) -> Row:
    took = np.array([asked.took_s for asked in some] or [float("nan")])
    return {
        "answers": len(some),
        "p50 ms": significant(1e3 * float(np.quantile(took, 0.5))),
        "p99 ms": significant(1e3 * float(np.quantile(took, 0.99))),
        "longest ms": significant(1e3 * float(took.max())),
    }
