"""The server on loopback, beside a constant of its own and Neo4j's vector index over Bolt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from bench.speed.databases import import_graph, item_ids, new_home, run_query, running
from bench.speed.graphs import graph_file, read_graph
from bench.speed.http_load import HOST, get_all, get_once, in_threads
from bench.speed.tables import Options, Row, Table, ratio, significant
from bench.speed.workers import HERE, ROOT, Side, environment_of
from graphdb import Database, Neo4jSettings, connect
from graphdb.embedded import EmbeddedSettings, server_status, start_server
from recommender.api.server import free_port
from recommender.embeddings import Embeddings
from recommender.publish import (
    activate_model,
    list_models,
    publish_embeddings,
    read_embeddings,
)

K, N_CONNECTIONS, N_REQUESTS, N_QUESTIONS = 20, 8, 16_000, 800
N_WORKERS = 2  # Neo4j, too, has threads for both processors
START_S = 900.0
HYBRID, EMBEDDING, CONSTANT = "similar items, hybrid", "similar items, embedding", "a constant"
FILTERED = "similar items, hybrid, a filter that 1 % pass"
N_SHELVES = 100  # of as many items each
N_ASKED_IN_A_ROW, SWITCH_POLL_S = 50, 0.1  # until one worker at least is at the new version
SETTLE_S = 40.0  # for the other workers
INDEX = "Neo4j's vector index, Bolt"
INDEX_FILTERED = "Neo4j's vector index with that filter, Bolt"
WAYS = (HYBRID, EMBEDDING, FILTERED, CONSTANT, INDEX, INDEX_FILTERED)


@dataclass
class Spent:
    """What the runs of one way took, for each answer."""

    cpu_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)  # of each request, of all runs


@dataclass(frozen=True)
class Server:
    """A running server: its parent process, its port, and how long it took to be ready."""

    process: psutil.Process
    port: int
    start_s: float

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        return [
            child for child in self.process.children() if "resource_tracker" not in _command(child)
        ]

    def cpu_s(self) -> float:
        """Return the CPU seconds of all workers until now."""
        return sum(_cpu_s(worker) for worker in self.workers())


def measure_http(table: Table, options: Options, size: str, trained: Embeddings) -> None:
    """Add what answers over HTTP and over Bolt cost, and what the server takes to start."""
    home = options.cache / "neo4j-of-serve" / f"{size}-{options.seed}"
    disk = options.cache / "serving"
    ids = item_ids(len(trained.item_ids))
    with published(home, options, size, trained) as (settings, java):
        shutil.rmtree(disk, ignore_errors=True)
        options.say(f"{size}: starting the server")
        with serving(settings, disk, 1, body=1) as server:
            cold = server.start_s
            body = len(get_once(server.port, path_of(ids[0], "hybrid")))
        with serving(settings, disk, 1, body=body) as server:
            warm = server.start_s
        with serving(settings, disk, N_WORKERS, body=body) as server, connect(settings) as database:
            unshared = _unshared_mib(server, ids)[-1]
            spent = _in_turn(options, server, database, java, ids)
            with _other_version(database, server.port):
                further, maker = _unshared_mib(server, ids)
    _add(table, size, len(ids), spent)
    matrix_mib = trained.in_vectors.nbytes / 2**20
    rows = {
        "start, nothing cached": (f"{cold:.3g} s"),
        "start, cached": (f"{warm:.3g} s"),
        "memory of a worker that it shares with none": f"{unshared:.0f} MiB",
        "the same after another version was activated": f"{further:.0f} MiB",
        "of the worker that made its lists of the nearest": f"{maker:.0f} MiB",
        "matrix of vectors": f"{matrix_mib:.0f} MiB",
    }
    table.notes.append(
        f"The server with {len(ids):,} items: "
        + ", ".join(f"{name} {value}" for name, value in rows.items())
        + "."
    )
    table.ratios[f"{size}: start, nothing cached / cached"] = significant(cold / warm)
    table.ratios[f"{size}: unshared memory of a worker / matrix"] = significant(
        unshared / matrix_mib
    )
    table.ratios[f"{size}: unshared memory of a worker after a switch / matrix"] = significant(
        further / matrix_mib
    )


def _in_turn(
    options: Options,
    server: Server,
    database: Database,
    java: psutil.Process,
    ids: list[str],
) -> dict[str, Spent]:
    """Return what each way took, run in turn; the first turn warms up and is not counted."""
    spent = {name: Spent() for name in WAYS}
    for run in range(-1, options.runs):
        random = np.random.default_rng(options.seed + run + 1)
        asked = [ids[row] for row in random.choice(len(ids), N_REQUESTS)]
        shelves = dict(
            zip(asked, random.integers(N_SHELVES, size=N_REQUESTS).tolist(), strict=True)
        )
        for name, path in (
            (HYBRID, lambda item_id: path_of(item_id, "hybrid")),
            (EMBEDDING, lambda item_id: path_of(item_id, "embedding")),
            (FILTERED, lambda item_id: _filtered(item_id, shelves[item_id])),  # noqa: B023
            (CONSTANT, lambda item_id: "/constant"),
        ):
            options.say(f"  run {run + 1} of {options.runs}: {name}")
            before = server.cpu_s()
            wall_s, took = get_all(server.port, list(map(path, asked)), N_CONNECTIONS)
            if run >= 0:
                _note(spent[name], server.cpu_s() - before, wall_s, took)
        for name, ask in (
            (INDEX, partial(_nearest, database)),
            (INDEX_FILTERED, partial(_nearest_on_shelf, database, shelves)),
        ):
            options.say(f"  run {run + 1} of {options.runs}: {name}")
            before, client = _cpu_s(java), time.process_time()
            wall_s, took = in_threads(asked[:N_QUESTIONS], N_CONNECTIONS, lambda: ask)  # noqa: B023
            cpu_s = _cpu_s(java) - before + time.process_time() - client
            if run >= 0:
                _note(spent[name], cpu_s, wall_s, took)
    return spent


def _nearest(database: Database, item_id: str) -> int:
    return len(run_query(database, "nearest_items", item_id=item_id, k=K))


def _nearest_on_shelf(database: Database, shelves: dict[str, int], item_id: str) -> int:
    shelf = shelves[item_id]
    parameters = {"item_id": item_id, "shelf": shelf, "n_nearest": K + 1, "k": K}
    return len(run_query(database, "nearest_on_shelf", **parameters))


def _note(spent: Spent, cpu_s: float, wall_s: float, took: list[float]) -> None:
    spent.cpu_s.append(cpu_s / len(took))
    spent.wall_s.append(wall_s / len(took))
    spent.took_s += took


def _add(table: Table, size: str, n_items: int, spent: dict[str, Spent]) -> None:
    for name, took in spent.items():
        row: Row = {
            "vectors": f"{size} served",
            "items": n_items,
            "answered by": name,
            "CPU us": significant(1e6 * median(took.cpu_s)),
            "answers/s": significant(1 / median(took.wall_s)),
            "p50 ms": significant(1e3 * float(np.quantile(took.took_s, 0.5))),
            "p99 ms": significant(1e3 * float(np.quantile(took.took_s, 0.99))),
        }
        table.rows.append(row)
    for name in (HYBRID, EMBEDDING, FILTERED):
        for label, key in (("wall", "wall_s"), ("CPU", "cpu_s")):
            ours = getattr(spent[name], key)
            of_constant = ratio(getattr(spent[CONSTANT], key), ours)
            table.ratios[f"{size}: answers/s of {name} / {CONSTANT}, {label}"] = of_constant
            for index in (INDEX, INDEX_FILTERED) if name == FILTERED else (INDEX,):
                of_index = ratio(getattr(spent[index], key), ours)
                table.ratios[f"{size}: answers/s of {name} / {index}, {label}"] = of_index
    table.notes.append(
        f"HTTP: {N_WORKERS} workers, {N_CONNECTIONS} connections of one thread of Python on the "
        f"same cores, {N_REQUESTS:,} random items a run; CPU is the workers'. The filter compares "
        f"a property of {N_SHELVES} values; Neo4j has an index with it. Bolt: {N_QUESTIONS} items "
        "a run from as many threads of the driver; CPU is of server and client. The constant is as "
        "large as an answer."
    )


@contextmanager
def published(
    home: Path, options: Options, size: str, trained: Embeddings
) -> Iterator[tuple[Neo4jSettings, psutil.Process]]:
    """Give a database with the graph and two published versions; kept between goes.

    Of the second one, which is not active, the vectors are the first one's, of other items.
    """
    embedded = EmbeddedSettings(home)
    if not (home / "published").exists():
        options.say(f"{size}: importing and publishing")
        embedded = new_home(home)
        import_graph(embedded, read_graph(graph_file(options.cache, size, options.seed)))
        with running(embedded) as database:
            names = item_ids(max(map(int, trained.item_ids)) + 1)
            ids = tuple(names[int(item_id)] for item_id in trained.item_ids)
            publish_embeddings(database, replace(trained, item_ids=ids))
        (home / "published").touch()
    with running(embedded, stop=True):
        pid = server_status(embedded).pid
        assert pid is not None
        settings = start_server(embedded, os.environ)
        with connect(settings) as database:
            run_query(database, "put_on_shelves", n_shelves=N_SHELVES)
            run_query(database, "create_shelf_index")
            database.run_alone("admin/await_indexes")
            if len(list_models(database)) == 1:
                second = _of_other_items(read_embeddings(database))
                publish_embeddings(database, second, activate=False, map_method=None)
        yield settings, psutil.Process(pid)


def _of_other_items(first: Embeddings) -> Embeddings:
    order = np.random.default_rng(0).permutation(len(first.item_ids))
    return replace(first, in_vectors=first.in_vectors[order], out_vectors=first.out_vectors[order])


@contextmanager
def _other_version(database: Database, port: int) -> Iterator[None]:
    """Have the workers answer from the other version, until this is left."""
    first, other = sorted(list_models(database), key=lambda model: not model.is_active)
    activate_model(database, other.version)
    try:
        asked = path_of(item_ids(1)[0], "hybrid")
        n_right = 0
        while n_right < N_ASKED_IN_A_ROW:
            answer = json.loads(get_once(port, asked))
            n_right = n_right + 1 if answer["model_version"] == other.version else 0
            time.sleep(SWITCH_POLL_S)
        time.sleep(SETTLE_S)  # one makes the lists, the others wait for it
        yield
    finally:
        activate_model(database, first.version)


@contextmanager
def serving(settings: Neo4jSettings, disk: Path, n_workers: int, *, body: int) -> Iterator[Server]:
    """Give the running server, ready to answer."""
    port = free_port(HOST)
    script = HERE / "ours" / "serve_api.py"
    environ = {
        **environment_of(Side("server", str(script))),
        **settings.as_environment(),
    }
    command = [sys.executable, str(script), str(port), str(disk), str(n_workers), str(body)]
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        _await(process, port, n_workers)
        yield Server(psutil.Process(process.pid), port, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait(60)


def _await(process: subprocess.Popen[bytes], port: int, n_workers: int) -> None:
    """Wait until every worker is ready: granian lets each listen once it has loaded."""
    give_up = time.monotonic() + START_S
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with code {process.returncode}.")
        try:
            if json.loads(get_once(port, "/v1/health/ready"))["status"] == "ready":
                break
        except OSError:
            time.sleep(0.05)
    if n_workers > 1:
        time.sleep(SETTLE_S)


def path_of(item_id: str, method: str) -> str:
    """Return what asks for the items similar to one."""
    return f"/v1/items/{item_id}/similar?k={K}&method={method}"


def _filtered(item_id: str, shelf: int) -> str:
    return f"{path_of(item_id, 'hybrid')}&filter=shelf%20%3D%20{shelf}"


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _command(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


def _unshared_mib(server: Server, ids: list[str]) -> list[float]:
    """Return what workers share with no other process, least first, when each has answered."""
    get_all(server.port, [path_of(item_id, "hybrid") for item_id in ids[:500]], 8)
    return sorted(worker.memory_full_info().uss / 2**20 for worker in server.workers())
