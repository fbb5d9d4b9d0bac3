"""The reference engine: skip-gram with negative sampling, by gensim.

gensim 4.4.0 corrupts its negative sampling without a word when tokens are whole numbers, so it is
only ever given text: a compiled kernel writes the walks, a piece at a time, to a small corpus file
of row numbers, which gensim reads without a Python object per token.
"""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models.word2vec import Word2Vec

from recommender.errors import InvalidDataError
from recommender.graph import Float32Array, Int32Array, Int64Array
from recommender.progress import Progress
from recommender.train.settings import TrainSettings
from recommender.train.stream import WalkStream
from recommender.walks.corpus import MAX_LENGTH
from recommender.walks.kernels import write_lines

# The walks of a piece are a function of the walks alone: results must not hang on anything else.
LEAST_TOKENS_A_PIECE = 50_000
MOST_TOKENS_A_PIECE = 1_000_000
PIECES = 20


def train_by_gensim(
    stream: WalkStream, settings: TrainSettings, progress: Progress
) -> tuple[Float32Array, Float32Array]:
    """Return in- and out-vectors of the items that walks visit, in the stream's order.

    Trains a piece at a time, the learning rate falling over all of them. gensim tells nothing
    before the end of a pass over a file, and with several workers its rate falls too slowly within
    a pass; many short passes are cures for both.

    Raises
    ------
    InvalidDataError
        If walks are longer than gensim takes.
    """
    model = _new_model(stream.counts, settings)
    n_tokens = int(stream.counts.sum())
    total, done = n_tokens * settings.epochs, 0
    fall = settings.learning_rate - settings.min_learning_rate
    tokens = min(max(n_tokens // PIECES, LEAST_TOKENS_A_PIECE), MOST_TOKENS_A_PIECE)
    step = max(1, math.ceil(tokens * stream.n_walks / n_tokens))
    progress(0, total)
    with tempfile.TemporaryDirectory(prefix="footpath-train-") as folder, _quiet_gensim():
        path = Path(folder) / "walks.txt"
        for epoch in range(settings.epochs):
            for piece in _recut(stream.checked_blocks(epoch), step):
                n_piece = _write(piece, path)
                if not n_piece:
                    continue
                model.train(
                    corpus_file=str(path),
                    total_examples=len(piece),
                    total_words=n_piece,
                    epochs=1,
                    start_alpha=_rate(settings, fall, done / total),
                    end_alpha=_rate(settings, fall, (done + n_piece) / total),
                )
                done += n_piece
                progress(done, total)
    return model.wv.vectors, model.syn1neg


def _rate(settings: TrainSettings, fall: float, done: float) -> float:
    return settings.learning_rate - fall * min(done, 1.0)


def _new_model(counts: Int64Array, settings: TrainSettings) -> Any:
    """Return an untrained model; its vocabulary comes from the counts, in order of the rows."""
    model = Word2Vec(
        vector_size=settings.dimension,
        window=settings.window,
        shrink_windows=True,
        sg=1,
        hs=0,
        negative=settings.n_negatives,
        ns_exponent=settings.negative_exponent,
        min_count=1,
        max_final_vocab=None,
        sample=settings.sample,
        alpha=settings.learning_rate,
        min_alpha=settings.min_learning_rate,
        sorted_vocab=0,
        seed=settings.seed,
        workers=settings.n_workers,
    )
    model.build_vocab_from_freq(
        {str(row): int(counts[row]) for row in np.flatnonzero(counts).tolist()}
    )
    return model


def _recut(blocks: Iterable[Int32Array], size: int) -> Iterator[Int32Array]:
    """Yield the walks of blocks ``size`` at a time, whatever the blocks are."""
    held: list[Int32Array] = []
    n_held = 0
    for block in blocks:
        at = 0
        while at < len(block):
            part = block[at : at + size - n_held]
            held.append(part)
            at += len(part)
            n_held += len(part)
            if n_held == size:
                yield np.concatenate(held)
                held, n_held = [], 0
    if held:
        yield np.concatenate(held)


def _write(piece: Int32Array, path: Path) -> int:
    """Write walks to the file as lines, and return their tokens."""
    n_walks, length = piece.shape
    if length > MAX_LENGTH:
        raise InvalidDataError(
            f"Walks of {length} items: gensim takes at most {MAX_LENGTH}. "
            "Make shorter ones with `footpath walk --length`, or train without gensim."
        )
    buffer = np.empty(n_walks * (11 * length + 1), dtype=np.uint8)
    used = write_lines(piece, buffer)
    path.write_bytes(buffer[:used].tobytes())
    return int((piece >= 0).sum())


@contextmanager
def _quiet_gensim() -> Iterator[None]:
    """Keep gensim's lines on each short pass out of the log: the run's story is told here."""
    gensim_logger = logging.getLogger("gensim.models.word2vec")
    before = gensim_logger.level
    gensim_logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        gensim_logger.setLevel(before)
