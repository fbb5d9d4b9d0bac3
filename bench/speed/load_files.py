r"""Load of a file: rows a second from a CSV file into an empty Neo4j, whole commands.

`footpath load` over Bolt and with Neo4j's offline importer, beside the usual way: the same file
read by Python, sent as lists of 10,000 rows, everything by UNWIND and MERGE, one thread. Each
begins with a new, empty database and ends with the same graph (keys of interactions apart).

\b
python -m bench load-files                   2 M rows of 100,000 users and 100,000 items
python -m bench load-files --rows 200000 --runs 1 --json
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import click
import numpy as np
import pandas as pd
import psutil

from bench.speed.databases import Spent, new_home
from bench.speed.tables import Options, Table, ratio, significant
from bench.speed.workers import HERE
from graphdb import connect
from graphdb.embedded import EmbeddedSettings, server_status, start_server, stop_server

BATCH = 10_000
ON_PAGE = (("--runs", "1"),)
BOLT, BULK, USUAL = "footpath load --no-bulk", "footpath load --bulk", "UNWIND, MERGE"
_FIRST_S, _YEAR_S, _VISIT_S, _A_VISIT = 1_700_000_000, 365 * 86_400, 1_800, 5


@click.option("--rows", type=click.IntRange(10), default=2_000_000, help="Of the file.")
def measure(options: Options, rows: int) -> Table:
    """Return the table of loads of a file."""
    table = Table("Load of a file: thousand rows a second into an empty Neo4j, whole commands")
    path = interactions_file(options.cache, rows, options.seed)
    spent = {name: Spent() for name in (BULK, USUAL, BOLT)}
    for run in range(options.runs):
        for name, took in spent.items():
            options.say(f"  run {run + 1} of {options.runs}: {name}")
            settings = EmbeddedSettings(options.cache / "neo4j-of-load")
            _load(name, path, settings, took, rows)
            options.say(f"    {took.wall_s[-1]:.0f} s, {took.cpu_s[-1]:.0f} CPU-s")
            stop_server(settings)
    for name, took in spent.items():
        table.rows.append(
            {
                "rows": rows,
                "way": name,
                "wall s": significant(median(took.wall_s)),
                "CPU s": significant(median(took.cpu_s)),
                "thousand/s": significant(rows / median(took.wall_s) / 1000),
                "thousand/CPU-s": significant(rows / median(took.cpu_s) / 1000),
            }
        )
    for name in (BOLT, BULK):
        ours, theirs = spent[name], spent[USUAL]
        table.ratios[f"{rows:,} rows, wall: {USUAL} / {name}"] = ratio(theirs.wall_s, ours.wall_s)
        table.ratios[f"{rows:,} rows, CPU: {USUAL} / {name}"] = ratio(theirs.cpu_s, ours.cpu_s)
    table.notes.append(
        "CPU time is of command, importer and server. Over Bolt the server runs already and has "
        "done nothing yet; the bulk load begins in a home without a database and its time holds "
        "the server's start and the indexes. Footpath also checks every row before it writes one."
    )
    return table


def _load(name: str, path: Path, settings: EmbeddedSettings, took: Spent, rows: int) -> None:
    """Run one way on a new database, add what it took, and see that all rows are there."""
    environ = {**os.environ, "FOOTPATH_HOME": str(settings.home)}
    environ.pop("NEO4J_URI", None)
    if name == BULK:
        stop_server(settings)
        shutil.rmtree(settings.home, ignore_errors=True)
        before = 0.0
    else:
        new_home(settings.home)
        before = _server_cpu_s(settings)
    if name == USUAL:
        sign_in = start_server(settings, os.environ)
        asked = json.dumps({"path": str(path), "batch": BATCH})
        command = [sys.executable, str(HERE / "peers/load_with_merge.py"), asked]
        environ |= sign_in.as_environment()
    else:
        command = [sys.executable, "-m", "recommender", *name.split()[1:], str(path)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took.wall_s.append(time.perf_counter() - started)
    in_server = _server_cpu_s(settings) - before
    took.cpu_s.append(used.ru_utime + used.ru_stime + in_server)
    with connect(start_server(settings, os.environ)) as database:
        found = database.read("admin/count_graph")[0]["interactions"]
    if process.returncode or found != rows:
        raise click.ClickException(f"{name} left {found:,} of {rows:,} interactions.")


def _server_cpu_s(settings: EmbeddedSettings) -> float:
    times = psutil.Process(server_status(settings).pid).cpu_times()
    return times.user + times.system


def interactions_file(cache: Path, n_rows: int, seed: int) -> Path:
    """Return a CSV file of visits of about five interactions, by time, made unless it is there."""
    path = cache / "interactions" / f"{n_rows}-{seed}.csv"
    if path.exists():
        return path
    random = np.random.Generator(np.random.PCG64(seed))
    n_users = n_items = max(n_rows // 20, 1)
    lengths = random.geometric(1 / _A_VISIT, n_rows)
    visit = np.repeat(np.arange(n_rows), lengths)[:n_rows]
    n_visits = visit[-1] + 1
    users = random.integers(0, n_users, n_visits)[visit]
    seconds = _FIRST_S + random.integers(0, _YEAR_S, n_visits)[visit]
    seconds = seconds + random.integers(0, _VISIT_S, n_rows)
    items = (n_items * random.random(n_rows) ** 2).astype(np.int64)  # some are more popular
    order = np.argsort(seconds, kind="stable")
    frame = pd.DataFrame(
        {
            "user_id": "user-" + pd.Series(users).astype(str),
            "item_id": "item-" + pd.Series(items).astype(str),
            "timestamp": pd.Series(pd.to_datetime(seconds, unit="s", utc=True)).dt.strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            ),
            "weight": np.arange(n_rows),  # so that no two rows are the same
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    frame.iloc[order].to_csv(partial, index=False)
    partial.replace(path)
    return path
