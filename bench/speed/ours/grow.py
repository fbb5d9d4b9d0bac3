"""Walks and training on one graph, in memory; what each took, and the memory beside the start's."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.speed.graphs import read_graph, star_graph
from bench.speed.ours.graphs import item_graph
from bench.speed.peers.worker import Clock, arguments, peak_mib, serve
from recommender.graph import ItemGraph
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, make_walks

asked = arguments()
known = {part.name for part in fields(TrainSettings)}
settings = {key: value for key, value in asked.items() if key in known}


def work(graph: ItemGraph, number: int) -> dict[str, Any]:
    """Make walks, then vectors."""
    walking, training = Clock(), Clock()
    walk_settings = WalkSettings(n_walks=asked["n_walks"], length=asked["length"])
    with walking.running():
        walks = make_walks(graph, replace(walk_settings, seed=number), n_threads=1)
    with training.running():
        train_embeddings(walks, TrainSettings(**settings, epochs=1, seed=number))
    return {
        "cpu_s": walking.cpu_s + training.cpu_s,
        "wall_s": walking.wall_s + training.wall_s,
        "walks_cpu_s": walking.cpu_s,
        "training_cpu_s": training.cpu_s,
        "tokens": int(np.prod(walks.walks.shape)),
    }


compiling = Clock()
with compiling.running():
    work(item_graph(star_graph(10, 12, 1)), 1)
started_mib = peak_mib()
graph = item_graph(read_graph(Path(asked["graph"])))
serve(
    {"setup_s": 0.0, "compile_s": compiling.cpu_s, "started_mib": started_mib},
    lambda number: work(graph, number),
)
