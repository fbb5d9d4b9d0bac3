"""Walks by Footpath: the public ``make_walks``; the clock runs from its first block to its last."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.speed.graphs import read_graph
from bench.speed.ours.graphs import item_graph
from bench.speed.peers.worker import arguments, serve
from recommender.walks import WalkSettings, make_walks

asked = arguments()
graph = item_graph(read_graph(Path(asked["graph"])))
length = asked["length"]
settings = WalkSettings(
    n_walks=max(1, round(asked["steps"] / (graph.n_items * (length - 1)))),
    length=length,
    p=asked["p"],
    q=asked["q"],
)


def run(number: int) -> dict[str, Any]:
    """Make walks; set-up (tables, starts) ends where the first progress is told."""
    marks: list[tuple[float, float]] = []

    def mark(done: int, total: int) -> None:
        marks.append((time.process_time(), time.perf_counter()))

    begun = time.process_time()
    walks = make_walks(graph, replace(settings, seed=number), n_threads=1, progress=mark).walks
    return {
        "cpu_s": marks[-1][0] - marks[0][0],
        "wall_s": marks[-1][1] - marks[0][1],
        "setup_s": marks[0][0] - begun,
        "steps": int((walks >= 0).sum()) - len(walks),
    }


begun = time.process_time()
run(0)
between = time.process_time()
setup_s = run(0)["setup_s"]
compile_s = max(0.0, between - begun - (time.process_time() - between))  # or read from disk
serve({"setup_s": setup_s, "compile_s": compile_s}, run)
