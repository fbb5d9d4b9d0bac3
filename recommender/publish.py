"""Embeddings -> item properties under a model version, and the one switch that makes it serve.

A version lives in one of four slots: the properties ``embedding_<slot>`` (in-vectors),
``out_embedding_<slot>`` and ``map_<slot>`` (2-D positions), and the vector index
``item_embedding_<slot>``. Publishing takes a free slot, writes, waits for the index, checks, and
only then moves the active mark in one transaction. Whatever happens before that leaves the old
version serving.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from graphdb import Database, QueryError
from graphdb.contents import SLOTS
from graphdb.vectors import pack_vectors
from recommender import __version__
from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, ModelNotPublishedError
from recommender.item_map import MapMethod
from recommender.map_writer import place_items, write_positions
from recommender.progress import Progress, no_progress
from recommender.score import ScoreSettings

logger = logging.getLogger(__name__)

KEEP_VERSIONS = 3  # one slot stays free for the next one
WRITE_BATCH = 500  # items in one transaction
MAP_METHOD: MapMethod = "pca"  # UMAP would be most of the time of a small fit
ABANDONED_AFTER_S = 120.0  # a version that is being written shows a sign of life with every batch
INDEX_TIMEOUT_S = 1800.0
CHECKED_ITEMS = 256
# The index is approximate (HNSW on quantized vectors): some few may be missing near themselves.
MISSED_SHARE = 0.05
# Asking the index for all of its items is exact and quick up to here; above, a sample is asked for.
COUNT_ALL_UP_TO = 5_000


@dataclass(frozen=True)
class ModelVersion:
    """One published model, as its ``:Model`` node tells."""

    version: str
    status: str  # building, ready or pruning
    is_active: bool
    slot: str | None
    relation: str
    dimension: int
    n_items: int
    parameters: dict[str, Any]
    metrics: dict[str, Any]
    data_hash: str
    code_version: str
    replaced: str | None
    map_method: str | None  # umap or pca; None: no positions are stored
    created_at: str
    published_at: str | None
    activated_at: str | None
    is_abandoned: bool  # left over from a publisher that died


def publish_embeddings(
    database: Database,
    embeddings: Embeddings,
    *,
    activate: bool = True,
    keep: int = KEEP_VERSIONS,
    map_method: MapMethod | None = MAP_METHOD,
    progress: Progress = no_progress,
    on_step: Callable[[str], None] = lambda step: None,
) -> str:
    """Write the embeddings under a new version, check them, and return the version.

    ``map_method`` makes the positions of the in-vectors on a map; None: none are stored.
    ``on_step`` is told the name of each step as it begins: map, reserve, clear, write, write map,
    index, check, finish, activate, prune. At most ``keep`` ready versions remain (the oldest go
    first, never the active one).

    Raises
    ------
    InvalidDataError
        If a vector is not finite or is zero, an item is not in the graph, or the index does not
        find what was written. The old version goes on serving.
    """
    check_vectors(embeddings)
    on_step("map")  # before the slot is taken: UMAP shows no sign of life
    positions = None if map_method is None else place_items(embeddings, map_method)
    on_step("reserve")
    version, slot = _reserve(database, embeddings, keep)
    on_step("clear")
    _clear_slot(database, slot)
    on_step("write")
    _write_vectors(database, embeddings, version, slot, progress)
    on_step("write map")
    if positions is not None:
        write_positions(database, positions, version, slot)
    on_step("index")
    _build_index(database, slot, embeddings.dimension)
    on_step("check")
    _check_index(database, embeddings, slot)
    on_step("finish")
    metrics = json.dumps(embeddings.provenance.get("metrics", {}))
    database.write(
        "publish/finish_model",
        version=version,
        metrics=metrics,
        map_method=None if positions is None else positions.method,
    )
    if activate:
        on_step("activate")
        activate_model(database, version)
    on_step("prune")
    prune_models(database, keep=keep)
    return version


def check_vectors(embeddings: Embeddings) -> None:
    """Raise InvalidDataError for a vector that Neo4j would store but leave out of the index."""
    shape = (len(embeddings.item_ids), embeddings.dimension)
    for name, vectors in (("in", embeddings.in_vectors), ("out", embeddings.out_vectors)):
        if vectors.shape != shape:
            raise InvalidDataError(f"The {name}-vectors have shape {vectors.shape}, not {shape}.")
        is_bad = ~np.isfinite(vectors).all(axis=1)
        if name == "in":
            # An item that leads nowhere may be a target alone; one without either is a mistake.
            is_bad |= ~embeddings.has_in_vector & ~embeddings.out_vectors.any(axis=1)
        if is_bad.any():
            item_id = embeddings.item_ids[int(np.flatnonzero(is_bad)[0])]
            raise InvalidDataError(
                f"{int(is_bad.sum())} {name}-vectors are not finite or are zero, the first that of "
                f"item '{item_id}'. Train again, with a smaller learning rate or other walks."
            )
    if not embeddings.has_in_vector.any():
        raise InvalidDataError("There are no embeddings to publish. Are there any walks?")


def list_models(database: Database, *, deadline_s: float | None = None) -> list[ModelVersion]:
    """Return every version, the newest first."""
    return [_model(row) for row in database.read("publish/models", deadline_s=deadline_s)]


def find_model(database: Database, version: str | None = None) -> ModelVersion:
    """Return one ready version, or the active one.

    Raises
    ------
    ModelNotPublishedError
        If there is none.
    """
    models = list_models(database)
    for model in models:
        if model.status == "ready" and (
            model.version == version or (not version and model.is_active)
        ):
            return model
    if version is None:
        raise ModelNotPublishedError("No model version is active. Run `footpath fit` first.")
    ready = ", ".join(model.version for model in models if model.status == "ready") or "none"
    raise ModelNotPublishedError(f"There is no ready model version '{version}'. Ready: {ready}.")


def activate_model(database: Database, version: str) -> None:
    """Make a ready version the one that answers.

    Raises
    ------
    ModelNotPublishedError
        If there is no such ready version.
    """
    if not database.write("publish/activate_model", version=version):
        find_model(database, version)
    logger.info("Model %s is active", version)


def rollback_model(database: Database) -> str:
    """Go back to the version that the active one replaced, and return it.

    Raises
    ------
    ModelNotPublishedError
        If it replaced none, or that one is pruned.
    """
    rows = database.write("publish/roll_back_model")
    if not rows:
        active = find_model(database)
        raise ModelNotPublishedError(
            f"The active version {active.version} has none to go back to"
            + (f" ({active.replaced} was pruned)." if active.replaced else ".")
            + " See `footpath models list`, then `footpath models activate VERSION`."
        )
    version: str = rows[0]["version"]
    return version


def prune_models(database: Database, *, keep: int = KEEP_VERSIONS) -> list[str]:
    """Delete leftovers and the oldest ready versions until ``keep`` remain; return what went.

    The active version and one that somebody is writing right now are never deleted.
    """
    models = list_models(database)
    ready = [model for model in models if model.status == "ready"]
    spare = [model for model in ready if not model.is_active]
    too_many = spare[::-1][: max(0, len(ready) - max(keep, 1))]
    leftovers = [model for model in models if model.status == "pruning" or model.is_abandoned]
    gone = [model.version for model in leftovers + too_many]
    for version in gone:
        remove_model(database, version)
    return gone


def remove_model(database: Database, version: str) -> None:
    """Delete one version that is not active: its index, its vectors, then its node."""
    rows = database.write("publish/begin_prune", version=version)
    if not rows:
        return
    if rows[0]["slot"]:
        _clear_slot(database, rows[0]["slot"])
    database.write("publish/delete_model", version=version)


def read_embeddings(database: Database, version: str | None = None) -> Embeddings:
    """Return the embeddings of a ready version, or of the active one, in the order of the ids."""
    model = find_model(database, version)
    item_ids: list[str] = []
    in_vectors: list[np.ndarray] = []
    out_vectors: list[np.ndarray] = []
    for row in database.stream("publish/read_embeddings", **_properties(str(model.slot))):
        item_ids += row["item_ids"]
        blank = [0.0] * model.dimension
        in_vectors.append(np.array([v or blank for v in row["in_vectors"]], np.float32))
        out_vectors.append(np.array(row["out_vectors"], np.float32))
    return Embeddings(
        item_ids=tuple(item_ids),
        in_vectors=np.concatenate(in_vectors),
        out_vectors=np.concatenate(out_vectors),
        counts=np.zeros(len(item_ids), np.int64),
        provenance={"version": model.version, **model.parameters},
    )


def _model(row: dict[str, Any]) -> ModelVersion:
    def text(value: Any) -> str | None:
        return None if value is None else value.to_native().astimezone(UTC).isoformat()

    idle_s = row["idle_s"] or 0.0
    return ModelVersion(
        version=row["version"],
        status=row["status"],
        is_active=bool(row["is_active"]),
        slot=row["slot"],
        relation=row["relation"] or "",
        dimension=row["dimension"] or 0,
        n_items=row["n_items"] or 0,
        parameters=json.loads(row["parameters"] or "{}"),
        metrics=json.loads(row["metrics"] or "{}"),
        data_hash=row["data_hash"] or "",
        code_version=row["code_version"] or "",
        replaced=row["replaced"],
        map_method=row["map_method"],
        created_at=text(row["created_at"]) or "",
        published_at=text(row["published_at"]),
        activated_at=text(row["activated_at"]),
        is_abandoned=row["status"] == "building" and idle_s > ABANDONED_AFTER_S,
    )


def _properties(slot: str) -> dict[str, Any]:
    return {"property": f"embedding_{slot}", "out_property": f"out_embedding_{slot}"}


def _reserve(database: Database, embeddings: Embeddings, keep: int) -> tuple[str, str]:
    """Return a new version and its slot; another publisher's claim on the slot means the next."""
    prune_models(database, keep=min(keep, KEEP_VERSIONS))
    version = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    provenance = embeddings.provenance
    graph = provenance.get("graph", {})
    properties = {
        "dimension": embeddings.dimension,
        "n_items": len(embeddings.item_ids),
        "relation": "NEXT" if graph.get("is_directed") else "TOGETHER",
        "parameters": json.dumps(provenance),
        "data_hash": graph.get("sha256", ""),
        "code_version": __version__,
        **ScoreSettings.from_json(provenance.get("scoring", {})).to_properties(),
    }
    taken = {row["slot"] for row in database.read("publish/slots")}
    for slot in SLOTS:
        if slot in taken:
            continue
        try:
            database.write(
                "publish/reserve_slot", version=version, slot=slot, properties=properties
            )
        except QueryError as error:
            if "ConstraintValidationFailed" not in error.code:
                raise
            continue
        return version, slot
    raise ModelNotPublishedError(
        "All four slots for model versions are in use: other publishers are at work. Wait for "
        f"them, or {ABANDONED_AFTER_S:.0f} s after they died, and publish again."
    )


def _clear_slot(database: Database, slot: str) -> None:
    database.run_alone(f"publish/drop_index_{slot}")
    database.run_alone(f"publish/clear_slot_{slot}")


def _write_vectors(
    database: Database, embeddings: Embeddings, version: str, slot: str, progress: Progress
) -> None:
    n_items = len(embeddings.item_ids)
    has_in_vector = embeddings.has_in_vector
    n_written = 0
    for first in range(0, n_items, WRITE_BATCH):
        part = slice(first, first + WRITE_BATCH)
        name, rows = _rows(database, embeddings, part, has_in_vector[part])
        written = database.write(name, version=version, rows=rows, **_properties(slot))
        n_written += written[0]["n_written"]
        progress(min(first + WRITE_BATCH, n_items), n_items)
    if n_written != n_items:
        raise InvalidDataError(
            f"{n_items - n_written} of {n_items} items are not in the graph any more. "
            "Make the walks again from the graph as it is now, then train and publish."
        )


def _rows(
    database: Database, embeddings: Embeddings, part: slice, has_in_vector: np.ndarray
) -> tuple[str, list[Any]]:
    """Return the query that writes some vectors in the form the server takes, and its rows."""
    is_packed = database.version.has_vector_type
    in_vectors, out_vectors = (
        pack_vectors(vectors[part]) if is_packed else vectors[part].tolist()
        for vectors in (embeddings.in_vectors, embeddings.out_vectors)
    )
    known = [
        vector if has_one else None
        for vector, has_one in zip(in_vectors, has_in_vector, strict=True)
    ]
    columns = (embeddings.item_ids[part], known, out_vectors)
    if is_packed:
        return "publish/write_embeddings_packed", list(map(list, zip(*columns, strict=True)))
    names = ("item_id", "in_vector", "out_vector")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return "publish/write_embeddings", rows


def _build_index(database: Database, slot: str, dimension: int) -> None:
    config = {"vector.dimensions": dimension, "vector.similarity_function": "cosine"}
    database.run_alone(f"publish/create_index_{slot}", options={"indexConfig": config})
    deadline = time.monotonic() + INDEX_TIMEOUT_S
    while time.monotonic() < deadline:
        states = database.read("publish/index_state", index=f"item_embedding_{slot}")
        if states and states[0]["state"] == "ONLINE":
            return
        if not states or states[0]["state"] == "FAILED":
            break
        time.sleep(0.2)
    raise InvalidDataError(
        f"The vector index item_embedding_{slot} did not come online. "
        "Look at the server's log (`footpath db logs`), then publish again."
    )


def _check_index(database: Database, embeddings: Embeddings, slot: str) -> None:
    """Raise InvalidDataError unless what was written is there and found through the index."""
    rows = np.flatnonzero(embeddings.has_in_vector)
    n_items = len(rows)
    index, name = f"item_embedding_{slot}", f"embedding_{slot}"
    n_vectors = database.read("publish/count_vectors", property=name)[0]["n_vectors"]
    if n_vectors != n_items:
        raise InvalidDataError(f"The graph holds {n_vectors} vectors of {n_items} in slot {slot}.")
    if n_items <= COUNT_ALL_UP_TO:
        vector = embeddings.in_vectors[rows[0]].tolist()
        answer = database.read("publish/count_through_index", index=index, k=n_items, vector=vector)
        if answer[0]["n_found"] != n_items:
            raise InvalidDataError(
                f"The vector index finds {answer[0]['n_found']} of {n_items} items. Publish again."
            )
    sample = rows[np.linspace(0, n_items - 1, min(n_items, CHECKED_ITEMS)).astype(int)]
    item_ids = [embeddings.item_ids[row] for row in sample]
    found = database.read(
        "publish/find_through_index", index=index, property=name, item_ids=item_ids
    )
    lost = set(item_ids) - {row["item_id"] for row in found}
    if len(lost) > MISSED_SHARE * len(item_ids):
        raise InvalidDataError(
            f"The vector index does not find {len(lost)} of {len(item_ids)} items near their own "
            f"vectors, such as '{min(lost)}'. Publish again."
        )
