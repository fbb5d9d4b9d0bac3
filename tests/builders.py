"""Tiny graphs and corpora whose right answers can be worked out by hand."""

from __future__ import annotations

import numpy as np

from recommender.graph import ItemGraph, build_item_graph
from recommender.walks import WalkCorpus

Edge = tuple[int, int, float]

# Rows 0..5. From (0, 1): back 0; 2 is joined to 0; 3 and 4 are farther. Each weight is different.
#
#   0 --1-- 1 --.5-- 3        5 hangs on 4 alone: from (4, 5) the only way is back.
#   |     / | \      |
#   4   3   2  2.5  1.5
#   | /     |    \   |
#   2 --6-- ......-- 4 --1.2-- 5      (2 and 4 are joined as well, by 6)
UNDIRECTED: tuple[Edge, ...] = (
    (0, 1, 1.0), (0, 2, 4.0), (1, 2, 3.0), (1, 3, 0.5), (1, 4, 2.5), (3, 4, 1.5), (2, 4, 6.0),
    (4, 5, 1.2),
)  # fmt: skip

# Rows 0..5, directed; 1 -> 0 goes back to 0, 1 -> 2 has 0 -> 2, and 1 -> 3, 1 -> 4 are farther.
# 3 -> 1 without 1's being joined the other way to all, so direction matters.
DIRECTED: tuple[Edge, ...] = (
    (0, 1, 1.0), (1, 0, 2.0), (0, 2, 4.0), (1, 2, 3.0), (1, 3, 0.5), (1, 4, 2.5), (2, 0, 1.0),
    (2, 1, 0.7), (3, 1, 1.5), (3, 4, 1.0), (4, 2, 6.0), (4, 3, 0.4), (4, 5, 1.2), (5, 0, 1.0),
    (5, 4, 2.2),
)  # fmt: skip


def edge_graph(
    edges: tuple[Edge, ...], *, is_directed: bool, n_items: int | None = None
) -> ItemGraph:
    """Return the graph of (from, to, weight) edges; row ``k`` is the item ``ik``, support k + 1."""
    rows = 1 + max((max(a, b) for a, b, _ in edges), default=-1) if n_items is None else n_items
    return build_item_graph(
        [f"i{row}" for row in range(rows)],
        np.array([a for a, _, _ in edges], dtype=np.int32),
        np.array([b for _, b, _ in edges], dtype=np.int32),
        np.array([weight for _, _, weight in edges], dtype=np.float32),
        support=np.arange(1, rows + 1, dtype=np.int64),
        is_directed=is_directed,
    )


def communities_graph(n_communities: int, size: int, *, bridge: float = 0.02) -> ItemGraph:
    """Return a ring of cliques: pairs inside a community weigh 1, the bridge to the next less."""
    edges: list[Edge] = []
    for community in range(n_communities):
        first = community * size
        edges += [(first + a, first + b, 1.0) for a in range(size) for b in range(a)]
        edges.append((first, (first + size) % (n_communities * size), bridge))
    return edge_graph(tuple(edges), is_directed=False)


def walk_corpus(walks: list[list[int]], item_ids: tuple[str, ...]) -> WalkCorpus:
    """Return a corpus of the given walks, padded with -1."""
    length = max(len(walk) for walk in walks)
    rows = [walk + [-1] * (length - len(walk)) for walk in walks]
    return WalkCorpus(item_ids, np.array(rows, dtype=np.int32), {"walker": "by hand"})


def skewed_communities(n_communities: int, size: int) -> WalkCorpus:
    """Return walks inside communities of items of very uneven popularity, seven in ten steps noise.

    Popularity has nothing to do with the row, so mixing up two items' counts does harm.
    """
    random = np.random.default_rng(1)
    n_items = n_communities * size
    popularity = 1.0 / (1 + random.permutation(n_items)) ** 1.4
    walks = np.empty((8000, 12), dtype=np.int32)
    for walk in walks:
        own = random.integers(n_communities) * size + np.arange(size)
        walk[:] = random.choice(own, 12, p=popularity[own] / popularity[own].sum())
        is_noise = random.random(12) < 0.7
        walk[is_noise] = random.choice(n_items, is_noise.sum(), p=popularity / popularity.sum())
    return WalkCorpus(tuple(f"i{row}" for row in range(n_items)), walks)
