r"""Switches: requests while one model version takes another's place, again and again.

Two versions that rank otherwise are published; two workers of the real server answer over several
connections while the active version is changed. Each answer is compared with the list that its own
version gives: one that is of both, or of the other, is mixed.

\b
python -m bench switches                    10,000 requests or more, 50 activations, 10k items
python -m bench switches --size 1k --runs 1
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.speed.http_load import Connection
from bench.speed.serve import trained
from bench.speed.serve_http import K, path_of, published, serving
from bench.speed.tables import Options, Table
from graphdb import Database, Neo4jSettings, connect
from recommender.publish import activate_model, list_models
from recommender.serve import ArrayCache, ServingDisk, load_serving_model

N_REQUESTS, N_SWITCHES, N_ASKERS, N_ITEMS = 10_000, 50, 4, 200
EACH_S = 1.3  # longer than a worker takes to see the new version


@dataclass
class Seen:
    """What the askers got."""

    n_answers: int = 0
    n_mixed: int = 0
    by_version: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, version: str, is_mixed: bool) -> None:
        """Count one answer."""
        with self.lock:
            self.n_answers += 1
            self.n_mixed += is_mixed
            self.by_version[version] = self.by_version.get(version, 0) + 1


def measure(options: Options) -> Table:
    """Return the table of switches."""
    table = Table("Switches: whose answer is it")
    for size in options.sizes or ("10k",):
        table.part = size
        home = options.cache / "neo4j-of-serve" / f"{size}-{options.seed}"
        disk = options.cache / "serving"
        with published(home, options, size, trained(options, size)) as (settings, _):
            _add(table, options, size, settings, disk)
    return table


def _add(table: Table, options: Options, size: str, settings: Neo4jSettings, disk: Path) -> None:
    with connect(settings) as database:
        versions = [model.version for model in list_models(database)][:2]
        lists = {version: _lists(database, version, disk, options.seed) for version in versions}
        if lists[versions[0]] == lists[versions[1]]:
            raise RuntimeError("The two versions have the same lists, so nothing can be mixed.")
        with serving(settings, disk, 2, body=1) as server:
            options.say(f"{size}: asking while versions are switched")
            seen, seconds = _ask(options, database, versions, lists, server.port)
    table.rows.append(
        {
            "size": size,
            "answers": seen.n_answers,
            "activations": N_SWITCHES,
            "seconds": round(seconds, 1),
            "of the first version": seen.by_version.get(versions[0], 0),
            "of the second": seen.by_version.get(versions[1], 0),
            "mixed": seen.n_mixed,
            "errors": len(seen.errors),
        }
    )
    table.ratios[f"{size}: mixed answers / answers"] = seen.n_mixed / max(seen.n_answers, 1)
    table.ratios[f"{size}: errors / answers"] = len(seen.errors) / max(seen.n_answers, 1)
    table.notes += [f"The first error: {seen.errors[0]}"] if seen.errors else []


def _lists(database: Database, version: str, disk: Path, seed: int) -> dict[str, list[str]]:
    """Return the list of each item that will be asked for, from the cache the server uses."""
    model = load_serving_model(database, version, disk=ServingDisk(ArrayCache(disk)))
    rows = np.random.default_rng(seed).choice(model.n_items, N_ITEMS, replace=False)
    names = [model.item_ids[row] for row in rows]
    return {name: [item.item_id for item in model.similar(name, K, "embedding")] for name in names}


def _ask(
    options: Options,
    database: Database,
    versions: list[str],
    lists: dict[str, dict[str, list[str]]],
    port: int,
) -> tuple[Seen, float]:
    seen, stop = Seen(), threading.Event()
    askers = [
        threading.Thread(target=_ask_on, args=(port, lists, seen, stop, options.seed + n))
        for n in range(N_ASKERS)
    ]
    begun = time.monotonic()
    for asker in askers:
        asker.start()
    for number in range(N_SWITCHES):
        activate_model(database, versions[number % 2])
        time.sleep(EACH_S)
    while seen.n_answers + len(seen.errors) < N_REQUESTS:
        time.sleep(0.1)
    stop.set()
    for asker in askers:
        asker.join()
    activate_model(database, versions[-1])  # the one that was active
    return seen, time.monotonic() - begun


def _ask_on(
    port: int,
    lists: dict[str, dict[str, list[str]]],
    seen: Seen,
    stop: threading.Event,
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    names = list(next(iter(lists.values())))
    connection = Connection(port)
    while not stop.is_set():
        name = names[int(random.integers(len(names)))]
        try:
            answer = json.loads(connection.get(path_of(name, "embedding")))
        except OSError as error:
            seen.errors.append(str(error))
            connection = Connection(port)
            continue
        found = [item["item_id"] for item in answer["items"]]
        version = answer["model_version"]
        seen.add(version, is_mixed=found != lists.get(version, {}).get(name))
