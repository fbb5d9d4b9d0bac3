"""What a run will take of memory: worked out before it begins, and kept under a bound.

An estimate is what the process holds already (the program and the graph are there by then) and what
the run adds, part by part, from the sizes of the arrays alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psutil

from recommender.errors import InvalidParameterError
from recommender.graph import ItemGraph
from recommender.walks import WalkSettings
from recommender.walks.corpus import PLACES_A_BLOCK
from recommender.walks.sampler import (
    BLOCKS_AHEAD,
    LEAST_WALKS_A_BLOCK,
    STEPS_A_BLOCK,
    is_kept,
    n_processors,
)

if TYPE_CHECKING:
    from recommender.train.settings import Engine, TrainSettings

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
# What compiled code, thread stacks and the small arrays of a run came to, measured.
PROGRAM_BYTES = 60 * 2**20
# A count, a place in the table of negatives; by gensim an entry in a dictionary too. Measured.
BYTES_AN_ITEM: dict[Engine, int] = {"footpath": 64, "gensim": 200}


@dataclass(frozen=True)
class MemoryPart:
    """One thing that takes memory."""

    name: str
    n_bytes: int
    remedy: str = ""  # what makes it smaller, if anything does


@dataclass(frozen=True)
class MemoryEstimate:
    """The greatest memory a step will take, by its parts."""

    step: str  # what it is of, such as ``walking``
    parts: tuple[MemoryPart, ...]

    @property
    def n_bytes(self) -> int:
        """All parts together."""
        return sum(part.n_bytes for part in self.parts)

    def __str__(self) -> str:
        """Tell the whole, and its parts from a megabyte on."""
        told = [part for part in self.parts if part.n_bytes >= UNITS["M"]]
        parts = ", ".join(f"{part.name} {readable_size(part.n_bytes)}" for part in told)
        return f"{readable_size(self.n_bytes)} ({parts})"

    def check(self, bound: int | None) -> None:
        """Raise InvalidParameterError if more than ``bound`` bytes are estimated."""
        if bound is None or self.n_bytes <= bound:
            return
        most_first = sorted(self.parts, key=lambda part: -part.n_bytes)
        remedies = [
            part.remedy for part in most_first if part.remedy and part.n_bytes >= UNITS["M"]
        ]
        raise InvalidParameterError(
            f"{self.step.capitalize()} would take about {self}, more than the "
            f"{readable_size(bound)} of --max-memory. Lower "
            f"{' or '.join([*remedies, 'the size of the graph'])}, or allow more."
        )


def parse_size(text: str) -> int:
    """Return the bytes of a size such as ``500M``, ``4G`` or ``1.5GB``; K is 1,024.

    Raises
    ------
    InvalidParameterError
        If it is no size above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", text.strip().upper())
    n_bytes = int(float(match[1]) * UNITS[match[2]]) if match else 0
    if n_bytes <= 0:
        raise InvalidParameterError(f"'{text}' is no size. Give one such as 500M or 4G.")
    return n_bytes


def readable_size(n_bytes: int) -> str:
    """Return a size as people write it, such as ``1.3 GB``."""
    for unit in ("T", "G", "M"):
        if n_bytes >= UNITS[unit]:
            return f"{n_bytes / UNITS[unit]:.3g} {unit}B"
    return f"{n_bytes / UNITS['K']:.3g} KB"


def estimate_reading(n_items: int, n_relationships: int) -> MemoryEstimate:
    """Return what reading an item graph takes, on top of what the process holds now."""
    # Two whole-number columns and a weight of 8 bytes each while they are joined, then the rows in
    # both directions while they are sorted; an id, its support and its place for each item.
    reading = MemoryPart("columns and rows", 60 * n_relationships + 300 * n_items)
    return MemoryEstimate("reading the graph", (_held("program"), reading))


def estimate_walking(
    graph: ItemGraph, settings: WalkSettings, n_threads: int | None = None
) -> MemoryEstimate:
    """Return what making walks takes, a block at a time, on top of what the process holds now."""
    n_threads = n_processors() if n_threads is None else n_threads
    return MemoryEstimate("walking", (_held(), *walking_parts(graph, settings, n_threads)))


def estimate_fitting(
    graph: ItemGraph, walk: WalkSettings, train: TrainSettings, n_threads: int | None = None
) -> MemoryEstimate:
    """Return what walking and training on it take, on top of what the process holds now.

    Walks that are kept (see :func:`~recommender.walks.walks_to_train_on`) are there while training,
    the walker's tables then are not; walks that are not kept need the tables until the end.
    """
    n_threads = n_processors() if n_threads is None else n_threads
    n_starts = int(np.count_nonzero(np.diff(graph.offsets)))
    n_walks = n_starts * walk.n_walks
    vectors = training_part(graph.n_items, train, are_cut=n_starts < graph.n_items)
    walking = walking_parts(graph, walk, n_threads)
    if not is_kept(n_walks, walk.length):
        return MemoryEstimate("walking and training", (_held(), *walking, vectors))
    walks = MemoryPart("walks", 4 * n_walks * walk.length, "--walks or --length")
    before = MemoryPart("walk tables", sum(part.n_bytes for part in walking))
    greater = max(vectors, before, key=lambda part: part.n_bytes)
    return MemoryEstimate("walking and training", (_held(), walks, greater))


def estimate_training(n_items: int, settings: TrainSettings) -> MemoryEstimate:
    """Return what training on a file of walks takes, on top of what the process holds now."""
    parts = (_held("program"), _block_of_a_file(), training_part(n_items, settings))
    return MemoryEstimate("training", parts)


def training_part(n_items: int, settings: TrainSettings, *, are_cut: bool = False) -> MemoryPart:
    """Return the vectors, in and out, and what is kept for each item beside them.

    ``are_cut``: some items may not be visited, so that the vectors of the others are copied out.
    """
    copies = 2 if are_cut and settings.engine == "footpath" else 1
    n_bytes = n_items * (copies * 2 * 4 * settings.dimension + BYTES_AN_ITEM[settings.engine])
    return MemoryPart("vectors", n_bytes, "--dimension")


def _block_of_a_file() -> MemoryPart:
    return MemoryPart("blocks of walks", 16 * PLACES_A_BLOCK + 20 * 2**20)


def walking_parts(
    graph: ItemGraph, settings: WalkSettings, n_threads: int
) -> tuple[MemoryPart, ...]:
    """Return what walking adds: tables, starts, and the blocks that are made ahead."""
    from recommender.walks.walker import table_bytes  # numba, which --help does without

    degrees = np.diff(graph.offsets)
    n_starts = int(np.count_nonzero(degrees))
    tables = table_bytes(graph.n_items, graph.n_edges, is_first_order=settings.is_first_order)
    n_places = n_starts * settings.n_walks * settings.length
    block = min(n_places, max(STEPS_A_BLOCK, LEAST_WALKS_A_BLOCK * settings.length))
    # Blocks made ahead, and one whose rows are counted (as int32, then as int64).
    blocks = 4 * min(n_places, BLOCKS_AHEAD * n_threads * block) + 12 * block
    rest = tables + blocks + 24 * graph.n_items
    drawing = (20 if settings.starts == "uniform" else 56) * graph.n_items
    return (
        MemoryPart("starts", 4 * n_starts * settings.n_walks, "--walks"),
        MemoryPart("walk tables", tables),
        MemoryPart("blocks of walks", blocks, "--threads"),
        MemoryPart("visits", 24 * graph.n_items),
        # Over before the rest is there, so only what is more counts.
        MemoryPart("drawing the starts", max(0, drawing - rest)),
    )


def _held(name: str = "program and graph") -> MemoryPart:
    return MemoryPart(name, psutil.Process().memory_info().rss + PROGRAM_BYTES)
