"""A graph made ready for the compiled walkers, and what that takes of memory."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from recommender.graph import Int32Array, ItemGraph
from recommender.walks import kernels


class Walker(Protocol):
    """Makes walks over one graph; threads may share it."""

    def fill(self, starts: Int32Array, seed: int, first_number: int, walks: Int32Array) -> None:
        """Fill walks from some starts, numbered from ``first_number``."""


def new_walker(graph: ItemGraph, p: float, q: float) -> Walker:
    """Return the walker for the given return and in-out parameter."""
    return FirstOrderWalker(graph) if p == q == 1.0 else SecondOrderWalker(graph, p, q)


def table_bytes(n_items: int, n_edges: int, *, is_first_order: bool) -> int:
    """Return the bytes of the tables that a walker keeps beside the graph."""
    records = n_edges * kernels.ALIAS_RECORD.itemsize
    if is_first_order:
        return records
    # A row of 16 bytes and a total of 8 for each item; a byte of the filter for each edge.
    return records + n_items * (16 + 8) + n_edges


class FirstOrderWalker:
    """Walks whose next item hangs on the last one only: an alias table."""

    def __init__(self, graph: ItemGraph):
        self._offsets = graph.offsets
        self._records = _alias_records(graph)

    def fill(self, starts: Int32Array, seed: int, first_number: int, walks: Int32Array) -> None:
        """Fill walks from some starts, numbered from ``first_number``."""
        kernels.walk_first_order(
            self._offsets, self._records, starts, np.uint64(seed), first_number, walks
        )


class SecondOrderWalker:
    """Walks whose next item hangs on the last two: node2vec."""

    def __init__(self, graph: ItemGraph, p: float, q: float):
        from recommender.walks.node2vec import kernels as node2vec  # seldom needed, slow to load

        self._node2vec = node2vec
        rows = np.empty(graph.n_items, dtype=node2vec.ROW)
        totals = np.empty(graph.n_items, dtype=np.float64)
        node2vec.fill_rows(graph.offsets, graph.weights, rows, totals)
        words = np.zeros(graph.n_edges // node2vec.FILTER_EDGES_A_WORD + 1, dtype=np.uint64)
        node2vec.fill_filter(graph.offsets, graph.neighbours, words)
        self._tables = node2vec.Tables(
            rows, graph.neighbours, graph.weights, _alias_records(graph), totals, words
        )
        self._biases = node2vec.new_biases(p, q)
        self._is_symmetric = not graph.is_directed

    def fill(self, starts: Int32Array, seed: int, first_number: int, walks: Int32Array) -> None:
        """Fill walks from some starts, numbered from ``first_number``."""
        self.fill_counted(starts, seed, first_number, walks)

    def fill_counted(
        self, starts: Int32Array, seed: int, first_number: int, walks: Int32Array
    ) -> int:
        """Fill walks and return the work: proposals, and neighbours of rows gone through."""
        lanes = np.zeros(kernels.N_LANES, dtype=self._node2vec.LANE)
        return int(
            self._node2vec.walk_second_order(
                self._tables, self._biases, self._is_symmetric,
                starts, np.uint64(seed), first_number, walks, lanes,
            )
        )  # fmt: skip


def _alias_records(graph: ItemGraph) -> np.ndarray:
    records = np.empty(graph.n_edges, dtype=kernels.ALIAS_RECORD)
    kernels.build_alias_records(graph.offsets, graph.neighbours, graph.weights, records)
    return records
