"""The engine of our own: skip-gram, compiled, whose negatives a centre's context may share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array, Int32Array, Int64Array
from recommender.progress import Progress
from recommender.train import kernels
from recommender.train.settings import TrainSettings
from recommender.train.stream import WalkStream
from recommender.walks.kernels import ALIAS_RECORD, build_alias_records

TOKENS_A_CALL = 100_000  # a tenth of a second; results do not hang on it

# Negatives of a large catalogue come out of a pool whose rows stay near the processor.
POOL_BYTES = 512 * 1024  # of rows: half of a core's own cache
POOLS_IN_CATALOGUE = 16  # a catalogue of fewer is near anyway
MOVED = 0.8  # uses of each row of a pool, times the learning rate


def train_skip_gram(
    stream: WalkStream, settings: TrainSettings, progress: Progress
) -> tuple[Float32Array, Float32Array]:
    """Return in- and out-vectors of all items, those that no walk visits untrained.

    The draws of a walk are a function of (seed, epoch, walk number), its learning rate of the
    tokens before it. So with one worker results do not depend on blocks.

    Parameters
    ----------
    stream : WalkStream
        Walks of at least one item.
    settings : TrainSettings
        Those of the engine ``footpath``.
    progress : callable
        Called with the tokens trained on so far and their total over all epochs.

    References
    ----------
    Mikolov et al. (2013), Distributed representations of words and phrases, NIPS; Ji et al. (2016),
    Parallelizing word2vec in shared and distributed memory, for the shared negatives; Lerer et al.
    (2019), PyTorch-BigGraph, SysML, for negatives out of a pool.
    """
    model = _Model(stream.counts, settings)
    done, total = 0, int(stream.counts.sum()) * settings.epochs
    progress(0, total)
    with _mapping(settings.n_workers) as run:
        for epoch in range(settings.epochs):
            number = 0
            for block in stream.checked_blocks(epoch):
                for n_tokens in run(model.train, list(_pieces(block, epoch, number, done))):
                    done += n_tokens
                    progress(done, total)
                number += len(block)
    return model.in_vectors, model.out_vectors


class _Piece(NamedTuple):
    """Some walks, and what settles how they are trained on."""

    walks: Int32Array
    n_tokens: int
    epoch: int
    first_number: int  # of the first walk
    n_before: int  # tokens of all epochs before it


def _pieces(block: Int32Array, epoch: int, number: int, done: int) -> Iterator[_Piece]:
    step = max(1, TOKENS_A_CALL // block.shape[1])
    for at in range(0, len(block), step):
        walks = block[at : at + step]
        n_tokens = int((walks >= 0).sum())
        yield _Piece(walks, n_tokens, epoch, number + at, done)
        done += n_tokens


@contextmanager
def _mapping(n_workers: int) -> Iterator[Callable[..., Iterable[int]]]:
    """Give ``map``, on some threads if there are to be several."""
    if n_workers == 1:
        yield map
        return
    pool = ThreadPoolExecutor(n_workers, thread_name_prefix="train")
    try:
        yield pool.map
    finally:  # what has not begun is dropped when the block is left by an error
        pool.shutdown(cancel_futures=True)


class _Model:
    """The vectors, and the tables that training looks up."""

    def __init__(self, counts: Int64Array, settings: TrainSettings):
        self._settings = settings
        self._fall = (settings.learning_rate - settings.min_learning_rate) / (
            int(counts.sum()) * settings.epochs
        )
        self._negatives = negative_records(counts, settings.negative_exponent)
        self._kept = kept_shares(counts, settings.sample)
        self._logistic = logistic_table()
        self.in_vectors = first_vectors(len(counts), settings.dimension, settings.seed)
        # Not by zeros: numpy asks for huge pages only where it does not ask for zeros.
        self.out_vectors = np.empty_like(self.in_vectors)
        self.out_vectors.fill(0)

    def train(self, piece: _Piece) -> int:
        """Train on a piece and return its tokens."""
        settings, dimension = self._settings, self.in_vectors.shape[1]
        length = piece.walks.shape[1]
        pools = pools_of(settings, len(self.in_vectors), length)
        kernels.train_walks(
            piece.walks, self.in_vectors, self.out_vectors,
            self._negatives, self._kept, self._logistic,
            settings.seed, piece.epoch, piece.first_number, piece.n_before,
            float(settings.learning_rate), self._fall, float(settings.min_learning_rate),
            settings.window, settings.n_negatives,
            2 * settings.window if settings.negatives_per == "context" else 1, pools.n_walks,
            *kernels.room(length, dimension, settings.window, settings.n_negatives, pools.size),
        )  # fmt: skip
        return piece.n_tokens


class Pools(NamedTuple):
    """How negatives are drawn ahead; a size of 0: each is drawn when it is needed."""

    size: int  # rows of one pool
    n_walks: int  # that one serves


def pools_of(settings: TrainSettings, n_items: int, length: int) -> Pools:
    """Return how negatives are drawn for walks of a length.

    The law of each negative is the same with a pool and without, but draws that are near in time
    are tied: what is in a pool is pushed away from what its walks visit so many times in a row. As
    long as these moves are small, ``MOVED`` together, vectors are as good (docs/decisions/0015).
    """
    size = POOL_BYTES // (4 * settings.dimension)
    uses_a_walk = length * (settings.window + 1) * settings.n_negatives
    if n_items < POOLS_IN_CATALOGUE * size:
        return Pools(0, 1)
    uses = size * max(1.0, MOVED / settings.learning_rate)
    return Pools(size, max(1, int(uses / uses_a_walk)))


def first_vectors(n_items: int, dimension: int, seed: int) -> Float32Array:
    """Return in-vectors to begin with: uniform within 1 / dimension either side of 0, as gensim's.

    word2vec's own begin within half of that, which costs 0.03 to 0.08 of precision@10.
    """
    random = np.random.Generator(np.random.PCG64(seed))
    vectors = random.random((n_items, dimension), dtype=np.float32)
    vectors *= 2
    vectors -= 1
    vectors /= dimension
    return vectors


def negative_records(counts: Int64Array, exponent: float) -> NDArray[np.void]:
    """Return the alias table of drawing items by count to a power; never one without a visit."""
    rows = np.flatnonzero(counts).astype(np.int32)
    powers = counts[rows].astype(np.float64) ** exponent
    records = np.empty(len(rows), dtype=ALIAS_RECORD)
    weights = (powers / powers.max()).astype(np.float32)
    build_alias_records(np.array([0, len(rows)], np.int64), rows, weights, records)
    return records


def kept_shares(counts: Int64Array, sample: float) -> Float32Array:
    """Return the chance that a visit of each item is trained on, at most 1; empty: all are.

    With ``r`` an item's share of the visits over ``sample``: ``1 / sqrt(r) + 1 / r``, as in the
    code of word2vec and gensim.
    """
    if sample == 0:
        return np.empty(0, np.float32)
    ratio = np.maximum(counts, 1) / (sample * counts.sum())
    shares: Float32Array = np.minimum(1 / np.sqrt(ratio) + 1 / ratio, 1).astype(np.float32)
    return shares


def logistic_table() -> Float32Array:
    """Return the logistic function at the places that the kernel looks up."""
    places = np.arange(kernels.N_LOGISTIC) / kernels.N_LOGISTIC
    logits = (2 * places - 1) * kernels.GREATEST_LOGIT
    return (1 / (1 + np.exp(-logits))).astype(np.float32)
