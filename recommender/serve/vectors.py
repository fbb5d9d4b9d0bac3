"""The vectors of a model version as it answers from them: out of Neo4j, or of the cache on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from neo4j.vector import Vector
from numpy.typing import NDArray

from graphdb import Database
from recommender.errors import InvalidDataError
from recommender.graph import Float32Array
from recommender.serve.cache import ArrayCache, Arrays
from recommender.serve.nearest import Nearest, NearestLists, nearest_lists

COMPARED_ITEMS = 64  # of a cache with the database


@dataclass(frozen=True)
class PublishedVectors:
    """Where the vectors of a version are: one slot of the items' properties."""

    database: Database
    version: str
    slot: str
    dimension: int
    item_ids: tuple[str, ...]  # of the catalogue, one row each

    def read(self, kind: str = "embedding") -> Float32Array:
        """Return in-vectors, or with ``out_embedding`` out-vectors; shape (n_items, dimension).

        Items without one have a row of zeros.

        Raises
        ------
        InvalidDataError
            If one has another length or is not finite.
        """
        vectors = np.zeros((len(self.item_ids), self.dimension), np.float32)
        row_of = {item_id: row for row, item_id in enumerate(self.item_ids)}
        for item_id, vector in self._rows(f"{kind}_{self.slot}"):
            if len(vector) != self.dimension:
                raise InvalidDataError(
                    f"Item '{item_id}' has {len(vector)} coordinates in model "
                    f"'{self.version}', not {self.dimension}. Publish the model again."
                )
            if item_id in row_of:
                vectors[row_of[item_id]] = vector
        bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(bad):
            raise InvalidDataError(
                f"The vector of item '{self.item_ids[int(bad[0])]}' in model '{self.version}' is "
                "not finite. Publish the model again."
            )
        return vectors

    def _rows(self, name: str) -> Iterator[tuple[str, NDArray[Any] | list[float]]]:
        is_packed = self.database.version.has_vector_type
        query = "serve/read_vectors_packed" if is_packed else "serve/read_vectors"
        for part in self.database.stream(query, property=name):
            for item_id, vector in zip(part["item_ids"], part["vectors"], strict=True):
                yield item_id, vector.to_numpy() if isinstance(vector, Vector) else vector

    def has(self, vectors: Float32Array) -> bool:
        """Whether some items spread over the catalogue have these in-vectors in the database."""
        rows = np.linspace(0, len(vectors) - 1, min(len(vectors), COMPARED_ITEMS)).astype(int)
        item_ids = [self.item_ids[row] for row in rows]
        name = f"embedding_{self.slot}"
        found = self.database.read("serve/read_some_vectors", item_ids=item_ids, property=name)
        stored = {row["item_id"]: row["vector"] for row in found}
        blank = np.zeros(self.dimension, np.float32)
        return all(
            np.array_equal(np.asarray(stored.get(item_id) or blank, np.float32), vectors[row])
            for item_id, row in zip(item_ids, rows, strict=True)
        )


@dataclass(frozen=True)
class ServedVectors:
    """Vectors in the rows of the catalogue."""

    unit: Float32Array  # (n_items, dimension), in-vectors of unit length
    inward: Float32Array  # (n_items, dimension), in-vectors as published
    outward: Float32Array | None  # (n_items, dimension); None: not asked for


def read_vectors(published: PublishedVectors, *, with_outward: bool) -> ServedVectors:
    """Return the vectors of a version out of the database."""
    inward = published.read()
    norms = np.linalg.norm(inward, axis=1, keepdims=True)
    unit = (inward / np.where(norms > 0, norms, 1)).astype(np.float32)
    return ServedVectors(unit, inward, published.read("out_embedding") if with_outward else None)


def cached_vectors(
    cache: ArrayCache, published: PublishedVectors, model: dict[str, Any]
) -> ServedVectors:
    """Return the vectors of a version by way of the cache.

    An entry is good for one version and catalogue; ``model`` is what the database says of the
    version.
    """

    def make() -> Arrays:
        read = read_vectors(published, with_outward=True)
        assert read.outward is not None
        return {"unit": read.unit, "inward": read.inward, "outward": read.outward}

    def is_current(found: Arrays) -> bool:
        return published.has(found["inward"])

    arrays = cache.open_or_make(_key(published, model), make, is_current)
    return ServedVectors(arrays["unit"], arrays["inward"], arrays["outward"])


def cached_nearest(
    cache: ArrayCache,
    published: PublishedVectors,
    model: dict[str, Any],
    unit: Float32Array,
    is_shown: NDArray[np.bool_],
    nearest: Nearest,
) -> NearestLists | None:
    """Return the lists of the nearest items by way of the cache; None where there are none.

    An entry is good for one version, catalogue and set of items that may be shown.
    """
    shown = hashlib.sha256(np.packbits(is_shown).tobytes()).hexdigest()
    sample = unit[:: max(1, len(unit) // COMPARED_ITEMS)]
    key = {
        **_key(published, model),
        "shown": shown,
        "nearest": nearest,
        "vectors": hashlib.sha256(sample.tobytes()).hexdigest(),
    }

    def make() -> Arrays:
        lists = nearest_lists(unit, is_shown, nearest=nearest)
        return {} if lists is None else {"rows": lists.rows, "cosines": lists.cosines}

    arrays = cache.open_or_make(key, make, lambda found: True)
    return NearestLists(arrays["rows"], arrays["cosines"]) if arrays else None


def _key(published: PublishedVectors, model: dict[str, Any]) -> dict[str, Any]:
    ids = "\0".join(published.item_ids).encode("utf-8", "surrogatepass")
    return {"model": model, "items": hashlib.sha256(ids).hexdigest()}
