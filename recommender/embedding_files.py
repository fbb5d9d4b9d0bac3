"""Embeddings in files: .npz (everything), Parquet (everything) and word2vec text (one side)."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError
from recommender.graph import Float32Array
from recommender.walks.corpus import replacing

METADATA_KEY = b"footpath"
# Blank characters part words and lines in word2vec text; % begins what stands for them.
_BLANK_OR_PERCENT = re.compile(r"[\s%\x00-\x20\x7f\x85\ufeff]")


def save_embeddings(embeddings: Embeddings, path: Path) -> None:
    """Write embeddings to a ``.npz`` file, which appears whole or not at all."""
    with replacing(path) as file:
        np.savez(
            file,
            in_vectors=embeddings.in_vectors,
            out_vectors=embeddings.out_vectors,
            counts=embeddings.counts,
            # JSON: NumPy's own strings drop NULs at the end and would need pickle.
            item_ids=_json_bytes(list(embeddings.item_ids)),
            provenance=_json_bytes(embeddings.provenance),
        )


def load_embeddings(path: Path) -> Embeddings:
    """Return the embeddings of a file that :func:`save_embeddings` wrote.

    Raises
    ------
    InvalidDataError
        If there is no such file or it holds something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            embeddings = Embeddings(
                item_ids=tuple(json.loads(stored["item_ids"].tobytes())),
                in_vectors=stored["in_vectors"],
                out_vectors=stored["out_vectors"],
                counts=stored["counts"],
                provenance=json.loads(stored["provenance"].tobytes()),
            )
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        BadZipFile,
    ) as error:
        raise _unreadable(path, "embeddings in .npz", error) from error
    return _checked(embeddings, path)


def write_parquet(embeddings: Embeddings, path: Path) -> None:
    """Write embeddings to Parquet: item_id, count, in_vector, out_vector; provenance beside them.

    Raises
    ------
    InvalidDataError
        If an id is not valid Unicode, which Parquet cannot hold.
    """
    try:
        item_ids = pa.array(list(embeddings.item_ids), pa.string())
    except UnicodeEncodeError as error:
        raise InvalidDataError(f"Parquet holds no id like {error.object!r}. Use npz.") from error
    columns = {
        "item_id": item_ids,
        "count": pa.array(embeddings.counts, pa.int64()),
        "in_vector": _vector_column(embeddings.in_vectors),
        "out_vector": _vector_column(embeddings.out_vectors),
    }
    provenance = json.dumps(embeddings.provenance).encode("ascii")
    table = pa.table(columns).replace_schema_metadata({METADATA_KEY: provenance})
    with replacing(path) as file:
        pq.write_table(table, file)


def read_parquet(path: Path) -> Embeddings:
    """Return the embeddings of a file that :func:`write_parquet` wrote.

    Raises
    ------
    InvalidDataError
        If there is no such file or it holds something else.
    """
    try:
        table = pq.read_table(path)
        metadata = (table.schema.metadata or {}).get(METADATA_KEY, b"{}")
        embeddings = Embeddings(
            item_ids=tuple(table.column("item_id").to_pylist()),
            in_vectors=_vectors(table.column("in_vector")),
            out_vectors=_vectors(table.column("out_vector")),
            counts=table.column("count").to_numpy().astype(np.int64),
            provenance=json.loads(metadata),
        )
    except (OSError, ValueError, KeyError, AttributeError, pa.ArrowException) as error:
        raise _unreadable(path, "embeddings in Parquet", error) from error
    return _checked(embeddings, path)


def write_word2vec_text(
    embeddings: Embeddings, path: Path, *, side: Literal["in", "out"] = "in"
) -> None:
    """Write the in- or the out-vectors as word2vec text, which gensim and others read.

    A blank or control character and the percent sign are written as ``%20`` and so on (their UTF-8
    bytes): the format parts words by blanks. Numbers are exact: reading gives the same float32.

    Raises
    ------
    InvalidDataError
        If an id is empty or not valid Unicode, which the format cannot hold.
    """
    vectors = embeddings.in_vectors if side == "in" else embeddings.out_vectors
    with replacing(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as file:
        file.write(f"{len(embeddings.item_ids)} {embeddings.dimension}\n")
        for item_id, vector in zip(embeddings.item_ids, vectors, strict=True):
            file.write(f"{_word(item_id)} {' '.join(map(str, vector))}\n")


def read_word2vec_text(path: Path) -> Embeddings:
    """Return the embeddings of a word2vec text file; its vectors as in-vectors.

    The format holds no more: out-vectors and counts are zero, provenance names the file.

    Raises
    ------
    InvalidDataError
        If there is no such file or a line is not what it should be.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            n_items, dimension = map(int, file.readline().split())
            item_ids, vectors = [], np.zeros((n_items, dimension), dtype=np.float32)
            for row, line in enumerate(file):
                word, *numbers = line.rstrip("\n").rstrip(" ").split(" ")
                if len(numbers) != dimension:
                    raise ValueError(f"line {row + 2} holds {len(numbers)} numbers")
                item_ids.append(unquote(word, errors="strict"))
                vectors[row] = np.array(numbers, dtype=np.float32)
    except (OSError, ValueError, IndexError, MemoryError) as error:
        raise _unreadable(path, "word2vec text", error) from error
    counts = np.zeros(len(item_ids), dtype=np.int64)
    embeddings = Embeddings(
        tuple(item_ids), vectors, np.zeros_like(vectors), counts, {"source": path.name}
    )
    return _checked(embeddings, path)


def read_embedding_file(path: Path) -> Embeddings:
    """Return the embeddings of a file in any of the three formats, told by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise _unreadable(path, "embeddings", error) from error
    if start[:2] == b"PK":
        return load_embeddings(path)
    return read_parquet(path) if start == b"PAR1" else read_word2vec_text(path)


def _word(item_id: str) -> str:
    if not item_id:
        raise InvalidDataError("word2vec text holds no empty id. Use npz or Parquet.")
    try:
        item_id.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidDataError(f"word2vec text holds no id like {item_id!r}. Use npz.") from error
    return _BLANK_OR_PERCENT.sub(_percent, item_id)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8"))


def _json_bytes(value: Any) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(json.dumps(value).encode("ascii"), dtype=np.uint8)


def _vector_column(vectors: Float32Array) -> Any:
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, int(vectors.shape[1]))


def _vectors(column: Any) -> Float32Array:
    size = column.type.list_size
    parts = [
        chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, size) for chunk in column.chunks
    ]
    empty = np.zeros((0, size), dtype=np.float32)
    return np.concatenate([empty, *parts]).astype(np.float32)


def _unreadable(path: Path, what: str, error: Exception) -> InvalidDataError:
    if isinstance(error, FileNotFoundError):
        return InvalidDataError(f"There is no file '{path}'. Make one with `footpath train`.")
    return InvalidDataError(f"'{path}' does not hold {what} ({error}). Export it again.")


def _checked(embeddings: Embeddings, path: Path) -> Embeddings:
    n_items, ids = len(embeddings.item_ids), embeddings.item_ids
    for name in ("in_vectors", "out_vectors"):
        vectors = getattr(embeddings, name)
        if vectors.ndim != 2 or vectors.shape != (n_items, embeddings.dimension):
            raise InvalidDataError(f"'{path}': {name} is {vectors.shape} for {n_items} items.")
        if not np.isfinite(vectors).all():
            raise InvalidDataError(f"'{path}': {name} holds numbers that are not finite.")
    if embeddings.counts.shape != (n_items,):
        raise InvalidDataError(f"'{path}': {embeddings.counts.shape} counts for {n_items} items.")
    if len(set(ids)) != n_items:
        raise InvalidDataError(f"'{path}' holds an item twice.")
    return embeddings
