"""What a run will take of memory: worked out before it begins, and kept under a bound.

An estimate is what the process holds already (the program and the graph are there by then) and what
the run adds, part by part, from the sizes of the arrays alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import psutil

from recommender.errors import InvalidParameterError
from recommender.graph import ItemGraph
from recommender.walks import WalkSettings
from recommender.walks.sampler import BLOCKS_AHEAD, LEAST_WALKS_A_BLOCK, STEPS_A_BLOCK, n_processors

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
# What compiled code, thread stacks and the small arrays of a run came to, measured.
PROGRAM_BYTES = 60 * 2**20


@dataclass(frozen=True)
class MemoryPart:
    """One thing that takes memory."""

    name: str
    n_bytes: int
    remedy: str = ""  # what makes it smaller, if anything does


@dataclass(frozen=True)
class MemoryEstimate:
    """The greatest memory a run will take, by its parts."""

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
            f"This would take about {self}, more than the {readable_size(bound)} of "
            f"--max-memory. Lower {' or '.join([*remedies, 'the size of the graph'])}, "
            "or allow more."
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
    reading = MemoryPart("reading the graph", 60 * n_relationships + 300 * n_items)
    return MemoryEstimate((_held("program"), reading))


def estimate_walking(
    graph: ItemGraph, settings: WalkSettings, n_threads: int | None = None
) -> MemoryEstimate:
    """Return what making walks takes, a block at a time, on top of what the process holds now."""
    n_threads = n_processors() if n_threads is None else n_threads
    return MemoryEstimate((_held(), *walking_parts(graph, settings, n_threads)))


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
