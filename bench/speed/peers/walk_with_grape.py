"""Walks by GRAPE: its Rust core, ensmallen; weights and all neighbours taken into account."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from ensmallen import Graph
from worker import Clock, arguments, serve

asked = arguments()
with np.load(asked["graph"]) as arrays:
    offsets, neighbours, weights = arrays["offsets"], arrays["neighbours"], arrays["weights"]
sources = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
once = sources < neighbours
setup = Clock()
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "edges.csv"
    table = pd.DataFrame({"a": sources[once], "b": neighbours[once], "w": weights[once]})
    table.to_csv(path, sep="\t", header=False, index=False)
    del table, sources, neighbours, once
    with setup.running():
        graph = Graph.from_csv(
            edge_path=str(path),
            edge_list_separator="\t",
            edge_list_header=False,
            sources_column_number=0,
            destinations_column_number=1,
            weights_column_number=2,
            edge_list_numeric_node_ids=True,
            minimum_node_id=0,
            number_of_nodes=len(offsets) - 1,
            directed=False,
            name="bench",
            verbose=False,
        )
length = asked["length"]
n_walks = max(1, round(min(asked["steps"], asked["most_steps"]) / (length - 1)))


def run(number):
    """Make walks from random items; its weights are 1/p and 1/q."""
    clock = Clock()
    with clock.running():
        walks = graph.random_walks(
            walk_length=length,
            quantity=n_walks,
            iterations=1,
            random_state=number,
            return_weight=1.0 / asked["p"],
            explore_weight=1.0 / asked["q"],
            max_neighbours=None,
        )
    return {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "steps": walks.size - len(walks)}


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
