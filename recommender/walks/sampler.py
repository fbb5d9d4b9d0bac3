"""Make random walks over an item graph: starts, blocks, threads."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Float64Array, Int32Array, Int64Array, ItemGraph
from recommender.progress import Progress, no_progress
from recommender.walks import kernels
from recommender.walks.corpus import MAX_LENGTH, WalkCorpus
from recommender.walks.transition import check_p_and_q

logger = logging.getLogger(__name__)

Starts = Literal["uniform", "frequency"]

STEPS_A_BLOCK = 1_000_000
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


def make_walks(
    graph: ItemGraph,
    settings: WalkSettings,
    *,
    n_threads: int | None = None,
    progress: Progress = no_progress,
) -> WalkCorpus:
    """Return random walks over a graph; the same for any number of threads.

    The next item is drawn by :func:`~recommender.walks.transition.transition_probabilities`. Items
    without neighbours (with edges directed: without a way out) are no starts.

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
    n_threads = _processors() if n_threads is None else n_threads
    check_whole_number("n_threads", n_threads, 1, MAX_THREADS)
    begun = time.perf_counter()
    starts = start_rows(np.diff(graph.offsets) > 0, graph.support, settings)
    walks = np.empty((len(starts), settings.length), dtype=np.int32)
    _fill(_Walker(graph, settings), starts, walks, n_threads, progress)
    seconds = time.perf_counter() - begun
    logger.info("Made %d walks of up to %d items in %.1f s", *walks.shape, seconds)
    return WalkCorpus(graph.item_ids, walks, _provenance(graph, settings))


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
    if settings.starts == "uniform":
        return np.concatenate([random.permutation(rows) for _ in range(settings.n_walks)])
    shares = np.maximum(support[rows], 0).astype(np.float64)
    if not shares.sum() > 0:
        raise InvalidDataError(
            "Starts by frequency need items with support, and none has any. "
            "Run `footpath relate`, or give --starts uniform."
        )
    return random.choice(rows, size=settings.n_walks * len(rows), p=shares / shares.sum())


class _Walker:
    """A graph made ready for the kernels: alias records and row totals."""

    def __init__(self, graph: ItemGraph, settings: WalkSettings):
        self._graph = graph
        self._settings = settings
        self._records = np.empty(graph.n_edges, dtype=kernels.ALIAS_RECORD)
        kernels.build_alias_records(graph.offsets, graph.neighbours, graph.weights, self._records)
        self._totals = _row_totals(graph)

    def fill(self, starts: Int32Array, first_number: int, walks: Int32Array) -> int:
        """Fill one block and return its number of walks."""
        graph, settings = self._graph, self._settings
        seed = np.uint64(settings.seed)
        if settings.is_first_order:
            kernels.walk_first_order(
                graph.offsets, self._records, starts, seed, first_number, walks
            )
        else:
            kernels.walk_second_order(
                graph.offsets, graph.neighbours, graph.weights, self._records, self._totals,
                starts, seed, first_number, float(settings.p), float(settings.q), walks,
            )  # fmt: skip
        return len(walks)


def _row_totals(graph: ItemGraph) -> Float64Array:
    totals = np.zeros(graph.n_items, dtype=np.float64)
    filled = np.flatnonzero(np.diff(graph.offsets) > 0)
    # Row by row: a difference of running sums would lose small weights.
    totals[filled] = np.add.reduceat(graph.weights.astype(np.float64), graph.offsets[filled])
    return totals


def _fill(
    walker: _Walker, starts: Int32Array, walks: Int32Array, n_threads: int, progress: Progress
) -> None:
    """Fill all walks, a block at a time, on some threads; the callback stays on this one."""
    n_walks, length = walks.shape
    block = max(kernels.N_LANES, STEPS_A_BLOCK // length)
    done = 0
    progress(0, n_walks)
    with _pool(n_threads) as pool:
        futures: list[Future[int]] = [
            pool.submit(walker.fill, starts[at : at + block], at, walks[at : at + block])
            for at in range(0, n_walks, block)
        ]
        for future in as_completed(futures):
            done += future.result()
            progress(done, n_walks)


@contextmanager
def _pool(n_threads: int) -> Iterator[ThreadPoolExecutor]:
    """Give a pool that drops what has not begun when its block is left by an error."""
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="walk")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    allowed = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    n_processors = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(MAX_THREADS, n_processors)


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
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
