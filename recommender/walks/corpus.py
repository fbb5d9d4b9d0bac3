"""A walk corpus: walks over some items, in memory and in files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recommender.errors import InvalidDataError
from recommender.graph import Int32Array, Int64Array

MAX_LENGTH = 10_000  # gensim cuts longer sentences without a word
WALKS_A_CHECK = 100_000
FORMAT = "footpath walks 1"


@dataclass(frozen=True)
class WalkCorpus:
    """Walks as rows of an int32 matrix; a walk that ended early is padded with -1.

    ``provenance`` is plain JSON: settings, seed, graph hash.
    """

    item_ids: tuple[str, ...]
    walks: Int32Array  # (n_walks, length)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def n_walks(self) -> int:
        """Number of walks."""
        return int(self.walks.shape[0])

    def counts(self) -> Int64Array:
        """Return how often each item is visited."""
        counts = np.zeros(len(self.item_ids), dtype=np.int64)
        for block in blocks_of(self.walks):
            counts += np.bincount(block[block >= 0], minlength=len(counts))
        return counts

    def walk_ids(self, number: int) -> list[str]:
        """Return the item ids of one walk."""
        return [self.item_ids[row] for row in self.walks[number].tolist() if row >= 0]


def blocks_of(walks: Int32Array) -> Iterator[Int32Array]:
    """Yield the walks some at a time, so that a matrix in a file need not fit into memory."""
    for at in range(0, len(walks), WALKS_A_CHECK):
        yield np.array(walks[at : at + WALKS_A_CHECK])


def save_walks(corpus: WalkCorpus, path: Path) -> None:
    """Write the walks to a ``.npy`` file, ids and provenance to ``<path>.json`` beside it.

    Each file appears whole or not at all.
    """
    header = {
        "format": FORMAT,
        "n_walks": corpus.n_walks,
        "length": int(corpus.walks.shape[1]),
        "sha256": _hash(corpus.walks),
        "provenance": corpus.provenance,
        "item_ids": corpus.item_ids,
    }
    with replacing(path) as file:
        np.save(file, np.asarray(corpus.walks, dtype=np.int32), allow_pickle=False)
    with replacing(sidecar_path(path)) as file:
        file.write(json.dumps(header).encode("ascii"))


def load_walks(path: Path) -> WalkCorpus:
    """Return the walks of a file that :func:`save_walks` wrote; the matrix stays on disk.

    Raises
    ------
    InvalidDataError
        If a file is missing, is not a walk corpus, or the two do not belong together.
    """
    remedy = "Make it again with `footpath walk`."
    try:
        walks = np.load(path, mmap_mode="r", allow_pickle=False)
        header = json.loads(sidecar_path(path).read_bytes())
    except FileNotFoundError as error:
        raise InvalidDataError(f"There is no file '{error.filename}'. {remedy}") from error
    except (OSError, ValueError, EOFError) as error:
        raise InvalidDataError(f"'{path}' is not a walk corpus: {error}. {remedy}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InvalidDataError(f"'{sidecar_path(path)}' does not say '{FORMAT}'. {remedy}")
    corpus = WalkCorpus(tuple(header["item_ids"]), walks, header["provenance"])
    _check(corpus, path, remedy)
    if _hash(walks) != header["sha256"]:
        raise InvalidDataError(
            f"'{path}' and '{sidecar_path(path)}' do not belong together. {remedy}"
        )
    return corpus


def sidecar_path(path: Path) -> Path:
    """Return where ids and provenance of a walk file are."""
    return path.with_name(path.name + ".json")


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of ``path`` once it is written whole."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.")
    except OSError as error:
        raise InvalidDataError(f"Cannot write '{path}': {error.strerror}.") from error
    try:
        os.fchmod(handle, 0o666 & ~_umask())
        with os.fdopen(handle, "wb") as file:
            yield file
        os.replace(name, path)
    except OSError as error:
        raise InvalidDataError(f"Cannot write '{path}': {error.strerror}.") from error
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _check(corpus: WalkCorpus, path: Path, remedy: str) -> None:
    walks = corpus.walks
    if walks.dtype != np.int32 or walks.ndim != 2:
        raise InvalidDataError(
            f"'{path}' holds {walks.ndim} dimensions of {walks.dtype}, not an int32 matrix. "
            f"{remedy}"
        )
    for block in blocks_of(walks):
        if block.size and not (block.min() >= -1 and block.max() < len(corpus.item_ids)):
            raise InvalidDataError(f"'{path}' holds rows that are no items. {remedy}")
        if ((block[:, :-1] < 0) & (block[:, 1:] >= 0)).any():
            raise InvalidDataError(f"'{path}' holds walks that go on after their end. {remedy}")


def _hash(walks: Int32Array) -> str:
    digest = hashlib.sha256()
    for block in blocks_of(walks):
        digest.update(block.tobytes())
    return digest.hexdigest()
