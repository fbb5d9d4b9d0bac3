"""Vectors on their way into Neo4j: packed, where the server takes them so."""

from __future__ import annotations

import numpy as np
from neo4j.vector import Vector
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


def pack_vectors(vectors: Float32Array) -> list[Vector]:
    """Return the rows of a matrix as parameters for a server with vectors (2025.10 and later).

    A packed vector costs a copy of its bytes, a list an object for each of its coordinates.
    """
    return [Vector.from_numpy(vector) for vector in np.ascontiguousarray(vectors, np.float32)]
