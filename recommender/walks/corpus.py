"""A walk corpus: walks over some items, in memory and in files."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from recommender.errors import InvalidDataError
from recommender.graph import Int32Array, Int64Array

MAX_LENGTH = 10_000  # gensim cuts longer sentences without a word
PLACES_A_BLOCK = 1_000_000
FORMAT = "footpath walks 1"


class Walks(Protocol):
    """Walks that can be gone through a block at a time, in memory, in a file or made meanwhile."""

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Item id of each row number."""

    @property
    def n_walks(self) -> int:
        """Number of walks."""

    @property
    def length(self) -> int:
        """Columns of a block."""

    @property
    def provenance(self) -> dict[str, Any]:
        """What the walks are a function of, as plain JSON."""

    def __iter__(self) -> Iterator[Int32Array]:
        """Yield int32 arrays of shape (walks of the block, length), in order, -1 after an end."""


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

    @property
    def length(self) -> int:
        """Items in a walk, at most."""
        return int(self.walks.shape[1])

    def __iter__(self) -> Iterator[Int32Array]:
        """Yield the walks some at a time."""
        return blocks_of(self.walks)

    def counts(self) -> Int64Array:
        """Return how often each item is visited."""
        return count_visits(self)

    def walk_ids(self, number: int) -> list[str]:
        """Return the item ids of one walk."""
        return [self.item_ids[row] for row in self.walks[number].tolist() if row >= 0]


def count_visits(walks: Walks) -> Int64Array:
    """Return how often each item is visited, of shape (n_items,)."""
    counts = np.zeros(len(walks.item_ids), dtype=np.int64)
    for block in walks:
        counts += _counts_in(block, len(counts))
    return counts


def blocks_of(walks: Int32Array) -> Iterator[Int32Array]:
    """Yield the walks some at a time, so that a matrix in a file need not fit into memory.

    A file is read, not mapped: mapped pages would count as the memory of this process.
    """
    step = max(1, PLACES_A_BLOCK // max(1, walks.shape[-1]))
    is_mapped = isinstance(walks, np.memmap) and isinstance(walks.base, mmap.mmap)
    is_whole_file = is_mapped and walks.flags.c_contiguous
    for at in range(0, len(walks), step):
        if is_whole_file:
            yield _read_rows(walks, at, min(step, len(walks) - at))  # type: ignore[arg-type]
        else:
            yield np.array(walks[at : at + step])


def _read_rows(walks: np.memmap[Any, Any], first: int, n_rows: int) -> Int32Array:
    row = walks.itemsize * (walks.size // len(walks))
    places = np.fromfile(
        str(walks.filename),
        dtype=walks.dtype,
        count=n_rows * row // walks.itemsize,
        offset=walks.offset + first * row,
    )
    return places.reshape(n_rows, *walks.shape[1:])


def save_walks(walks: Walks, path: Path) -> Int64Array:
    """Write walks to a ``.npy`` file, a block at a time, ids and provenance to ``<path>.json``.

    Each file appears whole or not at all. Returns how often each item is visited.
    """
    digest = hashlib.sha256()
    counts = np.zeros(len(walks.item_ids), dtype=np.int64)
    with replacing(path) as file:
        matrix = {"descr": "<i4", "fortran_order": False, "shape": (walks.n_walks, walks.length)}
        np.lib.format.write_array_header_1_0(file, matrix)
        for block in walks:
            data = np.ascontiguousarray(block, dtype="<i4").data
            digest.update(data)
            file.write(data)
            counts += _counts_in(block, len(counts))
    header = {
        "format": FORMAT,
        "n_walks": walks.n_walks,
        "length": walks.length,
        "sha256": digest.hexdigest(),
        "provenance": walks.provenance,
        "item_ids": walks.item_ids,
    }
    with replacing(sidecar_path(path)) as file:
        file.write(json.dumps(header).encode("ascii"))
    return counts


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


def _counts_in(block: Int32Array, n_items: int) -> Int64Array:
    return np.bincount(block.ravel() + 1, minlength=n_items + 1)[1:]  # -1, the padding, apart


def _hash(walks: Int32Array) -> str:
    digest = hashlib.sha256()
    for block in blocks_of(walks):
        digest.update(block.tobytes())
    return digest.hexdigest()
