"""Positions on a map -> the items of a model version's slot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphdb import Database
from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError
from recommender.graph import Float32Array
from recommender.item_map import MapMethod, map_positions
from recommender.progress import Progress, no_progress

MAP_BATCH = 10_000  # positions in one transaction


@dataclass(frozen=True)
class MapPositions:
    """Points on a map, of the items that have an in-vector."""

    item_ids: list[str]
    points: Float32Array  # (n, 2)
    method: MapMethod  # that made them


def place_items(embeddings: Embeddings, method: MapMethod, seed: int = 1) -> MapPositions:
    """Return the map of some embeddings' in-vectors."""
    rows = np.flatnonzero(embeddings.has_in_vector)
    points, used = map_positions(embeddings.in_vectors[rows], method, seed=seed)
    return MapPositions([embeddings.item_ids[row] for row in rows], points, used)


def write_positions(
    database: Database,
    positions: MapPositions,
    version: str,
    slot: str,
    progress: Progress = no_progress,
) -> None:
    """Write the points as ``map_<slot>`` of the items.

    Raises
    ------
    InvalidDataError
        If an item, or the version, is not in the graph any more.
    """
    name, n_items = f"map_{slot}", len(positions.item_ids)
    for first in range(0, n_items, MAP_BATCH):
        part = slice(first, first + MAP_BATCH)
        pairs = zip(positions.item_ids[part], positions.points[part].tolist(), strict=True)
        rows = [[item_id, {name: point}] for item_id, point in pairs]
        written = database.write("publish/write_positions", version=version, rows=rows)
        n_lost = len(rows) - written[0]["n_written"]
        if n_lost:
            raise InvalidDataError(
                f"{n_lost} items, or the version {version}, are not in the graph any more. "
                "Run `footpath fit` again."
            )
        progress(min(first + MAP_BATCH, n_items), n_items)
