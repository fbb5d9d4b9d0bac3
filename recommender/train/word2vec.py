"""Train embeddings of items on walks: skip-gram with negative sampling."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError
from recommender.graph import Float32Array, Int64Array
from recommender.progress import Progress, no_progress
from recommender.train.gensim_engine import train_by_gensim
from recommender.train.settings import TrainSettings
from recommender.train.skip_gram import train_skip_gram
from recommender.train.stream import WalkStream, stream_of
from recommender.walks.corpus import Walks

logger = logging.getLogger(__name__)


def train_embeddings(
    walks: Walks | WalkStream, settings: TrainSettings, *, progress: Progress = no_progress
) -> Embeddings:
    """Return in- and out-vectors of the items that the walks visit, in the walks' order of items.

    Items that no walk visits are left out. With one worker the same walks and settings give the
    same vectors, in any process on the same kind of processor and the same libraries.

    Parameters
    ----------
    walks : WalkCorpus, WalkBlocks or WalkStream
        Walks that are there, or that are made while training.
    settings : TrainSettings
        Everything that changes results.
    progress : callable
        Called with the tokens trained on so far and their total over all epochs.

    Raises
    ------
    InvalidDataError
        If there are no walks, longer ones than the engine takes, or training went to infinity.
    """
    begun = time.perf_counter()
    stream = walks if isinstance(walks, WalkStream) else stream_of(walks)
    rows = np.flatnonzero(stream.counts)
    if not len(rows):
        raise InvalidDataError("The corpus holds no walks. Make some with `footpath walk`.")
    if settings.engine == "gensim":
        in_vectors, out_vectors = train_by_gensim(stream, settings, progress)
    else:
        trained = train_skip_gram(stream, settings, progress)
        in_vectors, out_vectors = (_rows_of(vectors, rows) for vectors in trained)
    for vectors in (in_vectors, out_vectors):
        if not np.isfinite(vectors.sum(dtype=np.float64)):
            raise InvalidDataError(
                "Training ended in vectors that are not finite. Lower learning_rate."
            )
    logger.info(
        "Trained %d vectors of %d on %d tokens, %d epochs, in %.1f s",
        *in_vectors.shape, stream.counts.sum(), settings.epochs, time.perf_counter() - begun,
    )  # fmt: skip
    return Embeddings(
        item_ids=tuple(stream.item_ids[row] for row in rows.tolist()),
        in_vectors=np.ascontiguousarray(in_vectors, dtype=np.float32),
        out_vectors=np.ascontiguousarray(out_vectors, dtype=np.float32),
        counts=stream.counts[rows],
        provenance=_provenance(stream, settings),
    )


def _rows_of(vectors: Float32Array, rows: Int64Array) -> Float32Array:
    """Return some rows; all of them without a copy."""
    return vectors if len(rows) == len(vectors) else vectors[rows]


def _provenance(stream: WalkStream, settings: TrainSettings) -> dict[str, Any]:
    is_gensim = settings.engine == "gensim"
    library = "gensim" if is_gensim else "numba"
    return {
        **stream.provenance,
        "n_walks": stream.n_walks,
        "training": {
            **asdict(settings),
            **({"negatives_per": "pair"} if is_gensim else {}),
            "trainer": "word2vec",
            library: version(library),
            "algorithm": "skip-gram with negative sampling",
            "shrink_windows": True,
            "min_count": 1,
        },
    }
