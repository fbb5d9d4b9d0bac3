"""Read a published model version out of Neo4j into memory."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np

from graphdb import Database
from graphdb.contents import SLOTS
from recommender.errors import InvalidDataError, ModelNotPublishedError
from recommender.graph import (
    Float32Array,
    Int32Array,
    Int64Array,
    ItemGraph,
    build_item_graph,
    loaded_relation,
    read_item_graph,
)
from recommender.histories_from_graph import read_graph_histories
from recommender.score import ScoreSettings
from recommender.serve.history_scores import HistoryScores, scoring_of
from recommender.serve.model import ServingModel, ServingSettings

logger = logging.getLogger(__name__)

MOST_MIN_SUPPORT = 30
LOAD_ATTEMPTS = 3


def load_serving_model(
    database: Database, version: str | None = None, *, with_histories: bool = True
) -> ServingModel:
    """Return a version ready to answer from: the active one, or one by name.

    Without histories it answers similar items alone, and is read faster.

    The version is looked at again after its vectors were read; if another took its place on the
    nodes meanwhile, it is read anew, so one answer never mixes two.

    Raises
    ------
    ModelNotPublishedError
        If no version is active, there is none of that name, or its vectors are gone.
    InvalidDataError
        If its vectors are not what the version says.
    """
    for _ in range(LOAD_ATTEMPTS):
        row = find_model(database, version)
        model = _read_model(database, row, with_histories=with_histories)
        now = database.read("serve/find_model", version=row["version"])
        if now and now[0]["slot"] == row["slot"] and now[0]["status"] == "ready":
            model.warm_up()
            return model
        logger.info("Model %s was replaced while it was read; reading again.", row["version"])
    raise ModelNotPublishedError("The active model changed on every attempt to read it. Try again.")


def find_model(database: Database, version: str | None) -> dict[str, Any]:
    """Return what the database says of a version; None asks for the active one."""
    if version is None:
        rows = database.read("serve/active_model")
        if not rows:
            raise ModelNotPublishedError(
                "No model is published yet. Run `footpath fit` (or `footpath publish`) first."
            )
    else:
        rows = database.read("serve/find_model", version=version)
        if not rows or rows[0]["status"] != "ready":
            raise ModelNotPublishedError(
                f"There is no published model '{version}'. `footpath models list` shows them."
            )
    if rows[0]["slot"] not in SLOTS:
        raise ModelNotPublishedError(
            f"The vectors of model '{rows[0]['version']}' are no longer in the database. "
            "Publish it again from its file."
        )
    return rows[0]


def _read_model(database: Database, row: dict[str, Any], *, with_histories: bool) -> ServingModel:
    version, dimension = row["version"], int(row["dimension"])
    item_ids: list[str] = []
    titles: list[str | None] = []
    categories: list[str | None] = []
    support: list[int] = []
    vectors: list[Float32Array] = []
    blank = np.zeros(dimension, np.float32)
    for item in database.stream("serve/read_items", property=f"embedding_{row['slot']}"):
        item_ids.append(item["item_id"])
        titles.append(item["title"])
        categories.append(item["category"])
        support.append(item["support"])
        vector = item["vector"]
        vectors.append(blank if vector is None else np.asarray(vector, np.float32))
        if len(vectors[-1]) != dimension:
            raise InvalidDataError(
                f"Item '{item['item_id']}' has {len(vectors[-1])} coordinates in model "
                f"'{version}', not {dimension}. Publish the model again."
            )
    matrix = np.stack(vectors) if vectors else np.zeros((0, dimension), np.float32)
    counts = np.array(support, np.int64)
    parameters = json.loads(row["parameters"] or "{}")
    graph = _aligned(read_item_graph(database, row["relation"]), tuple(item_ids), counts)
    return ServingModel(
        version=version,
        item_ids=tuple(item_ids),
        titles=tuple(titles),
        categories=tuple(categories),
        support=counts,
        vectors=_unit_rows(matrix, item_ids, version),
        graph=graph,
        settings=serving_settings(
            parameters, counts[matrix.any(axis=1)], is_loaded=_is_loaded(database, row["relation"])
        ),
        history_scores=(
            _history_scores(database, row["slot"], graph, matrix, scoring_of(parameters))
            if with_histories
            else None
        ),
    )


def _history_scores(
    database: Database,
    slot: str,
    graph: ItemGraph,
    in_vectors: Float32Array,
    settings: ScoreSettings,
) -> HistoryScores:
    out_vectors = np.zeros_like(in_vectors)
    rows = {item_id: row for row, item_id in enumerate(graph.item_ids)}
    for part in database.stream("serve/read_out_vectors", property=f"out_embedding_{slot}"):
        for item_id, vector in zip(part["item_ids"], part["vectors"], strict=True):
            if item_id in rows:
                out_vectors[rows[item_id]] = vector
    histories = read_graph_histories(database, may_be_empty=True).over(graph.item_ids)
    return HistoryScores.fit(histories, graph, in_vectors, out_vectors, settings)


def _unit_rows(matrix: Float32Array, item_ids: list[str], version: str) -> Float32Array:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(norms))
    if len(bad):
        raise InvalidDataError(
            f"The vector of item '{item_ids[int(bad[0])]}' in model '{version}' is not finite. "
            "Publish the model again."
        )
    return (matrix / np.where(norms > 0, norms, 1)).astype(np.float32)


def _aligned(graph: ItemGraph, item_ids: tuple[str, ...], support: Int64Array) -> ItemGraph:
    """Return the graph with the rows of the catalogue; edges to items it lacks are left out."""
    if graph.item_ids == item_ids:
        return graph
    row_of = {item_id: row for row, item_id in enumerate(item_ids)}
    rows = np.array([row_of.get(item_id, -1) for item_id in graph.item_ids], np.int32)
    sources: Int32Array = np.repeat(rows, np.diff(graph.offsets))
    targets: Int32Array = rows[graph.neighbours]
    known = (sources >= 0) & (targets >= 0)
    # Both directions of an undirected edge are already there, so nothing is to be mirrored.
    return build_item_graph(
        item_ids,
        sources[known],
        targets[known],
        graph.weights[known],
        support=support,
        is_directed=True,
    )


def _is_loaded(database: Database, relation: str) -> bool:
    written = loaded_relation(database)
    return written is not None and written.name == relation


def serving_settings(
    parameters: dict[str, Any], trained_support: Int64Array, *, is_loaded: bool = False
) -> ServingSettings:
    """Return how to make lists: as published with the version, else by the data.

    The least support by data is 30 sessions, or the lower quartile of the trained items' support if
    that is less: at least three in four trained items can always be shown.
    """
    quartile = int(np.quantile(trained_support, 0.25)) if len(trained_support) else 0
    min_support = parameters.get("min_support")
    graph_share = parameters.get("graph_share")
    least = 1 if is_loaded else min(MOST_MIN_SUPPORT, quartile)
    return ServingSettings(
        min_support=least if min_support is None else int(min_support),
        graph_share=ServingSettings.graph_share if graph_share is None else float(graph_share),
    )
