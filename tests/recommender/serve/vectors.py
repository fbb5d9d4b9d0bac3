"""Vectors like those that are learned: groups within groups, sizes unequal, some noise."""

from __future__ import annotations

import numpy as np

from recommender.graph import Float32Array


def clustered_vectors(n_items: int, dimension: int, *, seed: int) -> Float32Array:
    """Return unit vectors around centres that lie around centres; shape (n_items, dimension)."""
    random = np.random.default_rng(seed)
    n_groups = max(2, n_items // 60)
    outer = random.normal(size=(max(2, n_groups // 8), dimension))
    inner = outer[random.integers(0, len(outer), n_groups)] + 0.6 * random.normal(
        size=(n_groups, dimension)
    )
    group = (n_groups * random.random(n_items) ** 2).astype(int)  # some groups are far larger
    vectors = inner[group] + 0.5 * random.normal(size=(n_items, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float32Array = vectors.astype(np.float32)
    return unit
