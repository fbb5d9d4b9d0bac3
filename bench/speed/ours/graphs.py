"""Bench graphs as Footpath has them."""

from __future__ import annotations

import numpy as np

from bench.speed.graphs import Graph
from recommender.graph import ItemGraph


def item_graph(graph: Graph) -> ItemGraph:
    """Return the graph with row numbers as item ids."""
    return ItemGraph(
        item_ids=tuple(map(str, range(graph.n_items))),
        offsets=graph.offsets,
        neighbours=graph.neighbours,
        weights=graph.weights,
        support=np.ones(graph.n_items, dtype=np.int64),
        is_directed=False,
    )
