"""Make random walks over an item graph: starts, blocks, threads."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Int32Array, Int64Array, ItemGraph
from recommender.progress import Progress, no_progress
from recommender.walks.corpus import MAX_LENGTH, WalkCorpus, count_visits
from recommender.walks.transition import check_p_and_q

logger = logging.getLogger(__name__)

Starts = Literal["uniform", "frequency"]

STEPS_A_BLOCK = 1_000_000
LEAST_WALKS_A_BLOCK = 64  # as many as the kernels advance in turn
MOST_PLACES_KEPT = 50_000_000  # 200 MB
BLOCKS_AHEAD = 2  # for each thread
MAX_THREADS = 256


@dataclass(frozen=True)
class WalkSettings:
    """How walks are made.

    Parameters
    ----------
    n_walks : int
        Walks per item that has a neighbour, 1 to 1,000,000.
    length : int
        Items in a walk, 2 to 10,000; a dead end shortens it.
    p, q : float
        Return and in-out parameter of node2vec, 1e-12 to 1e12. With both 1, a first-order walk.
    starts : {"uniform", "frequency"}
        From each item that has a neighbour ``n_walks`` times, in shuffled order; or as many walks
        in all, each from an item drawn by its support.
    seed : int
        0 to 2**63 - 1. The walks are a function of graph and settings, not of the threads.
    """

    n_walks: int = 20
    length: int = 40
    p: float = 1.0
    q: float = 1.0
    starts: Starts = "uniform"
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a setting out of its range."""
        check_whole_number("n_walks", self.n_walks, 1, 1_000_000)
        check_whole_number("length", self.length, 2, MAX_LENGTH)
        check_whole_number("seed", self.seed, 0, 2**63 - 1)
        check_p_and_q(self.p, self.q)
        if self.starts not in ("uniform", "frequency"):
            raise InvalidParameterError(
                f"starts is '{self.starts}'. Give 'uniform' or 'frequency'."
            )

    @property
    def is_first_order(self) -> bool:
        """Whether only the last item of a walk matters."""
        return self.p == 1.0 and self.q == 1.0


def check_whole_number(name: str, value: int, least: int, greatest: int) -> None:
    """Raise InvalidParameterError unless ``value`` is a whole number in the range."""
    if not isinstance(value, int | np.integer) or not least <= value <= greatest:
        raise InvalidParameterError(
            f"{name} is {value}. Give a whole number from {least} to {greatest}."
        )


class WalkBlocks:
    """The walks of a graph, made a block at a time whenever they are gone through.

    Iterating gives int32 arrays of shape (walks of the block, length), in the order of the walk
    numbers, padded with -1 after a dead end. Together they are, byte for byte, the matrix of
    :func:`make_walks`, each time anew and for any number of threads. Memory: the graph, the
    walker's tables, a start of 4 bytes for each walk, and two blocks of 4 MB for each thread.

    Parameters
    ----------
    graph : ItemGraph
        What is walked.
    settings : WalkSettings
        Number, length, p, q, starts and seed.
    n_threads : int, optional
        1 to 256; by default as many as there are processors to run on.
    progress : callable
        Called with the walks done so far and their total.

    Raises
    ------
    InvalidParameterError
        If ``n_threads`` is out of its range.
    InvalidDataError
        If no item has a neighbour, or starts go by support and no such item has any.
    """

    def __init__(
        self,
        graph: ItemGraph,
        settings: WalkSettings,
        *,
        n_threads: int | None = None,
        progress: Progress = no_progress,
    ):
        # numba is imported only here: settings and files of walks do without.
        from recommender.walks.walker import new_walker

        self._n_threads = n_processors() if n_threads is None else n_threads
        check_whole_number("n_threads", self._n_threads, 1, MAX_THREADS)
        self._graph = graph
        self._settings = settings
        self._progress = progress
        self._starts = start_rows(np.diff(graph.offsets) > 0, graph.support, settings)
        self._walker = new_walker(graph, settings.p, settings.q)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Item id of each row number."""
        return self._graph.item_ids

    @property
    def n_walks(self) -> int:
        """Number of walks."""
        return len(self._starts)

    @property
    def length(self) -> int:
        """Columns of a block."""
        return self._settings.length

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What the walks are a function of, as plain JSON."""
        return _provenance(self._graph, self._settings)

    def counts(self) -> Int64Array:
        """Return how often each item is visited: makes all walks once, and keeps none."""
        return count_visits(self)

    def __iter__(self) -> Iterator[Int32Array]:
        """Make the walks and yield them, some at a time."""
        return self._made(None)

    def in_one(self) -> Int32Array:
        """Return all walks as one matrix of shape (n_walks, length)."""
        walks = np.empty((self.n_walks, self.length), dtype=np.int32)
        for _ in self._made(walks):
            pass
        return walks

    def _made(self, whole: Int32Array | None) -> Iterator[Int32Array]:
        """Yield blocks in order, parts of ``whole`` if given, a few of them made ahead."""
        size = max(LEAST_WALKS_A_BLOCK, STEPS_A_BLOCK // self.length)
        pending: deque[Future[Int32Array]] = deque()
        done = 0
        self._progress(0, self.n_walks)
        with _pool(self._n_threads) as pool:
            for at in range(0, self.n_walks, size):
                place = None if whole is None else whole[at : at + size]
                pending.append(pool.submit(self._fill, at, min(size, self.n_walks - at), place))
                if len(pending) >= BLOCKS_AHEAD * self._n_threads:
                    done += len(block := pending.popleft().result())
                    self._progress(done, self.n_walks)
                    yield block
            while pending:
                done += len(block := pending.popleft().result())
                self._progress(done, self.n_walks)
                yield block

    def _fill(self, first: int, n_walks: int, place: Int32Array | None) -> Int32Array:
        walks = np.empty((n_walks, self.length), dtype=np.int32) if place is None else place
        starts = self._starts[first : first + n_walks]
        self._walker.fill(starts, self._settings.seed, first, walks)
        return walks


def walk_blocks(
    graph: ItemGraph,
    settings: WalkSettings,
    *,
    n_threads: int | None = None,
    progress: Progress = no_progress,
) -> WalkBlocks:
    """Return random walks over a graph, to be gone through a block at a time, again and again."""
    return WalkBlocks(graph, settings, n_threads=n_threads, progress=progress)


def walks_to_train_on(
    graph: ItemGraph,
    settings: WalkSettings,
    *,
    n_threads: int | None = None,
    progress: Progress = no_progress,
) -> WalkCorpus | WalkBlocks:
    """Return walks to be gone through several times: kept if they are small, else made each time.

    They are the same walks either way. Making them anew takes a small part of the time of training.
    """
    blocks = WalkBlocks(graph, settings, n_threads=n_threads, progress=progress)
    if not is_kept(blocks.n_walks, blocks.length):
        return blocks
    return WalkCorpus(graph.item_ids, blocks.in_one(), blocks.provenance)


def is_kept(n_walks: int, length: int) -> bool:
    """Whether walks to train on are kept in memory, of which they take 4 bytes a place."""
    return n_walks * length <= MOST_PLACES_KEPT


def make_walks(
    graph: ItemGraph,
    settings: WalkSettings,
    *,
    n_threads: int | None = None,
    progress: Progress = no_progress,
) -> WalkCorpus:
    """Return random walks over a graph, all in memory; the same for any number of threads.

    The next item is drawn by :func:`~recommender.walks.transition.transition_probabilities`. Items
    without neighbours (with edges directed: without a way out) are no starts. Parameters and errors
    are those of :class:`WalkBlocks`.
    """
    begun = time.perf_counter()
    blocks = WalkBlocks(graph, settings, n_threads=n_threads, progress=progress)
    walks = blocks.in_one()
    seconds = time.perf_counter() - begun
    logger.info("Made %d walks of up to %d items in %.1f s", *walks.shape, seconds)
    return WalkCorpus(graph.item_ids, walks, blocks.provenance)


def start_rows(can_start: Any, support: Int64Array, settings: WalkSettings) -> Int32Array:
    """Return the first row of each walk, by walk number; a function of the seed.

    Parameters
    ----------
    can_start : ndarray of bool, shape (n_items,)
        Whether the item has a neighbour to go to.
    support : ndarray of int64, shape (n_items,)
        Sessions that hold the item.
    settings : WalkSettings
        Walks per item, starts and seed.
    """
    rows = np.flatnonzero(can_start).astype(np.int32)
    if not len(rows):
        raise InvalidDataError(
            "No item has a neighbour to walk to. Load interactions and run `footpath relate`."
        )
    random = np.random.Generator(np.random.PCG64(settings.seed))
    starts = np.empty(settings.n_walks * len(rows), dtype=np.int32)
    if settings.starts == "uniform":
        for at in range(0, len(starts), len(rows)):
            starts[at : at + len(rows)] = random.permutation(rows)
        return starts
    shares = np.maximum(support[rows], 0).astype(np.float64)
    if not shares.sum() > 0:
        raise InvalidDataError(
            "Starts by frequency need items with support, and none has any. "
            "Run `footpath relate`, or give --starts uniform."
        )
    for at in range(0, len(starts), len(rows)):
        starts[at : at + len(rows)] = random.choice(rows, size=len(rows), p=shares / shares.sum())
    return starts


@contextmanager
def _pool(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Give a pool that drops what has not begun when its block is left by an error."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="walk")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def n_processors() -> int:
    """Return how many threads walk if nobody says: a processor each."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return min(MAX_THREADS, len(allowed(0)) if allowed else os.cpu_count() or 1)


def _provenance(graph: ItemGraph, settings: WalkSettings) -> dict[str, Any]:
    return {
        "walks": asdict(settings),
        "walker": "numba",
        "graph": {
            "n_items": graph.n_items,
            "n_edges": graph.n_edges,
            "is_directed": graph.is_directed,
            "sha256": graph_hash(graph),
        },
    }


def graph_hash(graph: ItemGraph) -> str:
    """Return the SHA-256 of a graph's items, edges and weights."""
    digest = hashlib.sha256()
    for item_id in graph.item_ids:
        encoded = item_id.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(4, "little") + encoded)
    for array in (graph.offsets, graph.neighbours, graph.weights):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
