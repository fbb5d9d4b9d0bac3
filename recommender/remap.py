"""Make the map of a published version anew."""

from __future__ import annotations

from graphdb import Database
from recommender.errors import ModelNotPublishedError
from recommender.item_map import MapMethod
from recommender.map_writer import place_items, write_positions
from recommender.progress import Progress, no_progress
from recommender.publish import find_model, read_embeddings


def remap_model(
    database: Database,
    version: str | None = None,
    method: MapMethod = "umap",
    *,
    seed: int = 1,
    progress: Progress = no_progress,
) -> tuple[str, MapMethod, int]:
    """Make the map of a ready version (the active one) anew.

    While positions are written, and if that breaks off, the version says that it has no map.

    Returns
    -------
    version, method, n_items
        The method that was used: UMAP of a few items is PCA; items that have a position now.

    Raises
    ------
    ModelNotPublishedError
        If there is no such version, or it was pruned meanwhile.
    """
    model = find_model(database, version)
    positions = place_items(read_embeddings(database, model.version), method, seed)
    gone = ModelNotPublishedError(f"The version {model.version} was pruned while it was mapped.")
    if not database.write("publish/begin_map", version=model.version):
        raise gone
    write_positions(database, positions, model.version, str(model.slot), progress)
    method = positions.method
    if not database.write("publish/finish_map", version=model.version, map_method=method):
        raise gone
    return model.version, method, len(positions.item_ids)
