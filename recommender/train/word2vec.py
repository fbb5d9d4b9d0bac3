"""Train embeddings of items on walks: skip-gram with negative sampling, by gensim.

gensim 4.4.0 corrupts its negative sampling without a word when tokens are whole numbers, so it is
only ever given text: a compiled kernel writes the walks, a piece at a time, to a small corpus file
of row numbers, which gensim reads without a Python object per token.
"""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models.word2vec import Word2Vec

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Int32Array, Int64Array
from recommender.progress import Progress, no_progress
from recommender.walks.corpus import MAX_LENGTH, WalkCorpus
from recommender.walks.kernels import write_lines
from recommender.walks.sampler import check_whole_number

logger = logging.getLogger(__name__)

# The walks of a piece are a function of the corpus alone: results must not hang on anything else.
LEAST_TOKENS_A_PIECE = 50_000
MOST_TOKENS_A_PIECE = 1_000_000
PIECES = 20


@dataclass(frozen=True)
class TrainSettings:
    """How embeddings are trained; no setting that changes results is left to gensim's defaults.

    Parameters
    ----------
    dimension : int
        Coordinates of a vector, 1 to 4,096.
    window : int
        Context window: items either side of the centre, 1 to 1,000. As in word2vec, each centre
        draws its own from 1 to ``window``, so that near items count more.
    epochs : int
        Passes over the walks, 1 to 1,000.
    learning_rate, min_learning_rate : float
        First and last rate; it falls linearly. 0 < min <= first <= 1.
    n_negatives : int
        Negative samples for each pair, 1 to 100.
    negative_exponent : float
        Negative samples are drawn by count to this power, -2 to 2.
    sample : float
        Items with a greater share of the tokens than this are thinned out; 0: none. 0 to 1.
    seed : int
        0 to 2**32 - 1.
    n_workers : int
        Training threads, 1 to 64. Only with 1 are results the same each time.
    """

    dimension: int = 64
    window: int = 3
    epochs: int = 5
    learning_rate: float = 0.05
    min_learning_rate: float = 0.0001
    n_negatives: int = 5
    negative_exponent: float = 0.75
    sample: float = 0.0
    seed: int = 1
    n_workers: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a setting out of its range."""
        check_whole_number("dimension", self.dimension, 1, 4096)
        check_whole_number("window", self.window, 1, 1000)
        check_whole_number("epochs", self.epochs, 1, 1000)
        check_whole_number("n_negatives", self.n_negatives, 1, 100)
        check_whole_number("seed", self.seed, 0, 2**32 - 1)
        check_whole_number("n_workers", self.n_workers, 1, 64)
        _check_number("learning_rate", self.learning_rate, 1e-9, 1.0)
        _check_number("min_learning_rate", self.min_learning_rate, 1e-12, self.learning_rate)
        _check_number("negative_exponent", self.negative_exponent, -2.0, 2.0)
        _check_number("sample", self.sample, 0.0, 1.0)


def _check_number(name: str, value: float, least: float, greatest: float) -> None:
    if not least <= value <= greatest:  # false for NaN too
        raise InvalidParameterError(
            f"{name} is {value}. Give a number from {least:g} to {greatest:g}."
        )


def train_embeddings(
    corpus: WalkCorpus, settings: TrainSettings, *, progress: Progress = no_progress
) -> Embeddings:
    """Return in- and out-vectors of the items that the walks visit, in the corpus's order.

    Items that no walk visits are left out. With one worker the same corpus and settings give the
    same vectors, in any process on the same machine and libraries.

    Parameters
    ----------
    corpus : WalkCorpus
        Walks of at most 10,000 items.
    settings : TrainSettings
        Everything that changes results.
    progress : callable
        Called with the tokens trained on so far and their total over all epochs.

    Raises
    ------
    InvalidDataError
        If there are no walks, longer ones than gensim takes, or training went to infinity.
    """
    begun = time.perf_counter()
    counts = corpus.counts()
    rows = np.flatnonzero(counts)
    _check_corpus(corpus, len(rows))
    model = _new_model(rows, counts, settings)
    _train(model, corpus.walks, int(counts.sum()), settings, progress)
    in_vectors, out_vectors = model.wv.vectors, model.syn1neg
    if not (np.isfinite(in_vectors).all() and np.isfinite(out_vectors).all()):
        raise InvalidDataError(
            "Training ended in vectors that are not finite. Lower learning_rate."
        )
    logger.info(
        "Trained %d vectors of %d on %d tokens, %d epochs, in %.1f s",
        *in_vectors.shape, counts.sum(), settings.epochs, time.perf_counter() - begun,
    )  # fmt: skip
    return Embeddings(
        item_ids=tuple(corpus.item_ids[row] for row in rows.tolist()),
        in_vectors=np.ascontiguousarray(in_vectors, dtype=np.float32),
        out_vectors=np.ascontiguousarray(out_vectors, dtype=np.float32),
        counts=counts[rows],
        provenance=_provenance(corpus, settings),
    )


def _check_corpus(corpus: WalkCorpus, n_visited: int) -> None:
    if n_visited == 0:
        raise InvalidDataError("The corpus holds no walks. Make some with `footpath walk`.")
    if corpus.walks.shape[1] > MAX_LENGTH:
        raise InvalidDataError(
            f"Walks of {corpus.walks.shape[1]} items: gensim takes at most {MAX_LENGTH}. "
            "Make shorter ones with `footpath walk --length`."
        )


def _new_model(rows: Int64Array, counts: Int64Array, settings: TrainSettings) -> Any:
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
    model.build_vocab_from_freq({str(row): int(counts[row]) for row in rows.tolist()})
    return model


def _train(
    model: Any, walks: Int32Array, n_tokens: int, settings: TrainSettings, progress: Progress
) -> None:
    """Train a piece at a time, the learning rate falling over all of them.

    gensim tells nothing before the end of a pass over a file, and with several workers its rate
    falls too slowly within a pass; many short passes are cures for both.
    """
    total, done = n_tokens * settings.epochs, 0
    fall = settings.learning_rate - settings.min_learning_rate
    progress(0, total)
    with tempfile.TemporaryDirectory(prefix="footpath-train-") as folder, _quiet_gensim():
        path = Path(folder) / "walks.txt"
        for _ in range(settings.epochs):
            for n_walks, n_piece in _written_pieces(walks, n_tokens, path):
                model.train(
                    corpus_file=str(path),
                    total_examples=n_walks,
                    total_words=n_piece,
                    epochs=1,
                    start_alpha=settings.learning_rate - fall * done / total,
                    end_alpha=settings.learning_rate - fall * (done + n_piece) / total,
                )
                done += n_piece
                progress(done, total)


def _written_pieces(walks: Int32Array, n_tokens: int, path: Path) -> Iterator[tuple[int, int]]:
    """Write one piece of the walks after another to the file; yield its walks and tokens."""
    n_walks, length = walks.shape
    tokens = min(max(n_tokens // PIECES, LEAST_TOKENS_A_PIECE), MOST_TOKENS_A_PIECE)
    step = max(1, math.ceil(tokens * n_walks / n_tokens))
    buffer = np.empty(min(step, n_walks) * (11 * length + 1), dtype=np.uint8)
    for at in range(0, n_walks, step):
        piece = np.array(walks[at : at + step])
        used = write_lines(piece, buffer)
        path.write_bytes(buffer[:used].tobytes())
        n_piece = int((piece >= 0).sum())
        if n_piece:
            yield len(piece), n_piece


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


def _provenance(corpus: WalkCorpus, settings: TrainSettings) -> dict[str, Any]:
    return {
        **corpus.provenance,
        "n_walks": corpus.n_walks,
        "training": {
            **asdict(settings),
            "trainer": "word2vec",
            "gensim": version("gensim"),
            "algorithm": "skip-gram with negative sampling",
            "shrink_windows": True,
            "min_count": 1,
        },
    }
