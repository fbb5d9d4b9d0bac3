"""Seeded graphs to measure on: hubs, planted communities, uneven weights; or a star.

The planted graph gives each item a popularity drawn from a power law (degrees fall with exponent
2.5, as in many real graphs), and a community of 20 to 200 items. Each relationship joins an item,
drawn by popularity, to one drawn by popularity from its community (seven in ten) or from all.
Rows are shuffled, so neighbours are not near in memory and numbers tell nothing of communities.
Weights are log-normal, inside a community twice as heavy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

# Items and relationships; each relationship can be walked both ways.
SIZES: dict[str, tuple[int, int]] = {
    "1k": (1_000, 20_000),
    "10k": (10_000, 200_000),
    "32k": (31_623, 632_456),
    "100k": (100_000, 2_000_000),
    "316k": (316_228, 6_324_555),
    "1m": (1_000_000, 20_000_000),
}
POPULARITY_EXPONENT = 1.5
LEAST_COMMUNITY, LARGEST_COMMUNITY = 20, 200
INSIDE = 0.7
HEAVIER_INSIDE = 2.0
MAKER_VERSION = 1  # in the names of cached files


@dataclass(frozen=True)
class Graph:
    """An undirected weighted graph in compressed sparse rows; each relationship is stored twice.

    ``communities`` holds the planted community of each item.
    """

    offsets: NDArray[np.int64]  # (n_items + 1,)
    neighbours: NDArray[np.int32]  # (2 * n_relationships,), ascending in each row
    weights: NDArray[np.float32]  # (2 * n_relationships,)
    communities: NDArray[np.int32]  # (n_items,)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.offsets) - 1

    @property
    def n_relationships(self) -> int:
        """Number of undirected relationships."""
        return len(self.neighbours) // 2

    def relationships(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """Return sources, targets and weights, each relationship once, the lower row first."""
        sources = np.repeat(np.arange(self.n_items, dtype=np.int32), np.diff(self.offsets))
        once = sources < self.neighbours
        return sources[once], self.neighbours[once], self.weights[once]


def planted_graph(n_items: int, n_relationships: int, seed: int) -> Graph:
    """Return the graph that the module describes; a function of its three arguments.

    Raises
    ------
    ValueError
        If fewer relationships than items are asked for, or more than a fifth of all pairs.
    """
    if not n_items <= n_relationships <= n_items * (n_items - 1) // 10:
        raise ValueError(f"{n_relationships} relationships do not fit {n_items} items.")
    random = np.random.Generator(np.random.PCG64(seed))
    communities = _communities(n_items, random)  # ascending, until the rows are shuffled
    popularity = random.pareto(POPULARITY_EXPONENT, n_items) + 1.0
    pairs = _distinct_pairs(n_relationships, communities, popularity, random)
    first, second = pairs // n_items, pairs % n_items
    weights = random.lognormal(0.0, 1.0, n_relationships)
    weights[communities[first] == communities[second]] *= HEAVIER_INSIDE
    rows = random.permutation(n_items)
    shuffled = np.empty_like(communities)
    shuffled[rows] = communities
    return _graph(rows[first], rows[second], weights, shuffled)


def star_graph(n_items: int, n_relationships: int, seed: int) -> Graph:
    """Return a graph whose first item is joined to all others, which share what is left.

    Raises
    ------
    ValueError
        If the relationships do not suffice for the star.
    """
    if n_relationships < n_items - 1:
        raise ValueError(f"A star of {n_items} items needs {n_items - 1} relationships.")
    random = np.random.Generator(np.random.PCG64(seed))
    leaves = np.arange(1, n_items, dtype=np.int64)
    pairs = leaves  # hub 0, so the pair's number is the leaf
    while len(pairs) < n_relationships:
        n_drawn = int(1.2 * (n_relationships - len(pairs))) + 16
        drawn = random.integers(1, n_items, (2, n_drawn))
        pairs = _joined(pairs, drawn[0], drawn[1], n_items)
    others = random.permutation(pairs[n_items - 1 :])[: n_relationships - len(leaves)]
    first = np.concatenate([np.zeros_like(leaves), others // n_items])
    second = np.concatenate([leaves, others % n_items])
    weights = random.lognormal(0.0, 1.0, n_relationships)
    return _graph(first, second, weights, np.zeros(n_items, dtype=np.int32))


MAKERS: dict[str, Callable[[int, int, int], Graph]] = {
    "planted": planted_graph,
    "star": star_graph,
}


def graph_file(cache: Path, size: str, seed: int, kind: str = "planted") -> Path:
    """Return the file of a graph of a named size, made unless it is there.

    Raises
    ------
    click.BadParameter
        If there is no such size.
    """
    if size not in SIZES:
        raise click.BadParameter(f"Size '{size}' is none of {', '.join(SIZES)}.")
    path = cache / "graphs" / f"{kind}-{size}-{seed}-v{MAKER_VERSION}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        graph = MAKERS[kind](*SIZES[size], seed)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{part.name: getattr(graph, part.name) for part in fields(graph)})
        partial.replace(path)
    return path


def read_graph(path: Path) -> Graph:
    """Return the graph of a file."""
    with np.load(path, allow_pickle=False) as arrays:
        return Graph(**{part.name: arrays[part.name] for part in fields(Graph)})


def _communities(n_items: int, random: np.random.Generator) -> NDArray[np.int32]:
    """Return the community of each item, ascending; sizes are log-uniform."""
    low, high = np.log(LEAST_COMMUNITY), np.log(LARGEST_COMMUNITY)
    sizes = np.exp(random.uniform(low, high, n_items // LEAST_COMMUNITY + 1)).astype(np.int64)
    n_communities = max(1, int(np.searchsorted(np.cumsum(sizes), n_items)))
    sizes = sizes[:n_communities]
    sizes[-1] += n_items - sizes.sum()
    return np.repeat(np.arange(n_communities, dtype=np.int32), sizes)


def _distinct_pairs(
    n_pairs: int,
    communities: NDArray[np.int32],
    popularity: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Return distinct pairs ``first * n_items + second``; every item is in at least one."""
    n_items = len(communities)
    ends = np.cumsum(popularity)
    starts = np.searchsorted(communities, communities, side="left")
    stops = np.searchsorted(communities, communities, side="right")
    reach = np.concatenate([[0.0], ends])
    everyone = np.arange(n_items)
    pairs = np.empty(0, dtype=np.int64)
    while len(pairs) < n_pairs:
        n_drawn = int(1.5 * (n_pairs - len(pairs))) + n_pairs // 8
        first = np.searchsorted(ends, random.random(n_drawn) * ends[-1], side="right")
        first = np.minimum(first, n_items - 1)
        if not len(pairs):  # nobody is left out
            first = np.concatenate([everyone, first])
        low, high = reach[starts[first]], reach[stops[first]]
        outside = random.random(len(first)) >= INSIDE
        low[outside], high[outside] = 0.0, ends[-1]
        at = low + random.random(len(first)) * (high - low)
        second = np.minimum(np.searchsorted(ends, at, side="right"), n_items - 1)
        second[second == first] -= 1  # not with itself: with the next, of its community mostly
        pairs = _joined(pairs, first, second % n_items, n_items)
    return _thinned(pairs, n_pairs, n_items, random)


def _joined(
    pairs: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64], n_items: int
) -> NDArray[np.int64]:
    """Return the pairs and the new ones, ascending, each once and none an item with itself."""
    new = np.minimum(first, second) * n_items + np.maximum(first, second)
    both = np.sort(np.concatenate([pairs, new[first != second]]))  # np.unique is far slower
    is_first = np.ones(len(both), dtype=bool)
    is_first[1:] = both[1:] != both[:-1]
    once: NDArray[np.int64] = both[is_first]
    return once


def _thinned(
    pairs: NDArray[np.int64], n_pairs: int, n_items: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return ``n_pairs`` of the pairs, by chance, but one of each item for certain."""
    order = random.permutation(len(pairs))
    one_of = np.zeros(n_items, dtype=np.int64)
    one_of[pairs[order] // n_items] = order
    one_of[pairs[order] % n_items] = order
    is_kept = np.zeros(len(pairs), dtype=bool)
    is_kept[one_of] = True
    rest = order[~is_kept[order]]
    is_kept[rest[: n_pairs - int(is_kept.sum())]] = True
    return pairs[is_kept]


def _graph(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    weights: NDArray[np.float64],
    communities: NDArray[np.int32],
) -> Graph:
    n_items = len(communities)
    keys = np.concatenate([first * n_items + second, second * n_items + first])
    order = np.argsort(keys)
    keys = keys[order]
    offsets = np.searchsorted(keys, np.arange(n_items + 1, dtype=np.int64) * n_items)
    both = np.concatenate([weights, weights]).astype(np.float32)
    return Graph(
        offsets=offsets.astype(np.int64),
        neighbours=(keys % n_items).astype(np.int32),
        weights=both[order],
        communities=communities,
    )
