"""Embeddings: what training gives back and publishing takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array, Int64Array


@dataclass(frozen=True)
class Embeddings:
    """In- and out-vectors of items, with where they come from.

    ``provenance`` is plain JSON: settings, seed, graph hash, code version, times.
    """

    item_ids: tuple[str, ...]
    in_vectors: Float32Array  # (n_items, dimension)
    out_vectors: Float32Array  # (n_items, dimension)
    counts: Int64Array  # (n_items,), tokens in the walks
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Coordinates in each vector."""
        return int(self.in_vectors.shape[1])

    @property
    def has_in_vector(self) -> NDArray[np.bool_]:
        """Whether each item has a cosine: one of zero length is a target alone."""
        return np.asarray(np.linalg.norm(self.in_vectors, axis=1) >= 1e-12, np.bool_)
