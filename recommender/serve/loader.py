"""Read a published model version out of Neo4j into memory."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from graphdb import Database
from graphdb.contents import SLOTS
from recommender.errors import ModelNotPublishedError
from recommender.graph import (
    Int32Array,
    Int64Array,
    ItemGraph,
    build_item_graph,
    loaded_relation,
    read_item_graph,
)
from recommender.histories_from_graph import read_graph_histories
from recommender.items import last_change
from recommender.score import ScoreSettings
from recommender.serve.cache import ArrayCache, Arrays
from recommender.serve.column_reader import read_item_columns
from recommender.serve.history_scores import HistoryScores, scoring_of
from recommender.serve.item_columns import Column, Mask, item_columns
from recommender.serve.model import ServingModel, ServingSettings
from recommender.serve.nearest import Nearest
from recommender.serve.vectors import (
    PublishedVectors,
    ServedVectors,
    cached_nearest,
    cached_vectors,
    read_vectors,
)

logger = logging.getLogger(__name__)

MOST_MIN_SUPPORT = 30
LOAD_ATTEMPTS = 3


@dataclass(frozen=True)
class ServingDisk:
    """Where the arrays of a model are kept, and how its lists of the nearest items are made."""

    cache: ArrayCache
    nearest: Nearest = "auto"


def load_serving_model(
    database: Database,
    version: str | None = None,
    *,
    with_histories: bool = True,
    disk: ServingDisk | None = None,
    like: ServingModel | None = None,
) -> ServingModel:
    """Return a version ready to answer from: the active one, or one by name.

    Without histories it answers similar items alone, and is read faster. With ``disk`` vectors and
    relationships are mapped from a file once they were read, and lists of the nearest items are
    made once: what a server needs, and too much for one answer. What of the catalogue is equal in
    the model ``like``, which is in memory already, is taken from there.

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
        model = _read_model(database, row, disk, like, with_histories=with_histories)
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


class _Catalogue(NamedTuple):
    """Every item of the database, row ``n`` of one column belonging to row ``n`` of the others."""

    item_ids: tuple[str, ...]
    titles: tuple[str | None, ...]
    categories: tuple[str | None, ...]
    support: Int64Array
    hidden: Mask


def _read_catalogue(database: Database) -> _Catalogue:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("item_ids", "titles", "categories", "support", "hidden")
    }
    for part in database.stream("serve/read_items"):
        for name, values in columns.items():
            values += part[name]
    ids, titles, categories = (columns[name] for name in ("item_ids", "titles", "categories"))
    support = np.array(columns["support"], np.int64)
    hidden = np.array(columns["hidden"], np.bool_)
    return _Catalogue(tuple(ids), tuple(titles), tuple(categories), support, hidden)


def _with_texts_of(model: ServingModel, catalogue: _Catalogue) -> _Catalogue:
    """Return a catalogue with the texts of a model in place of its own where they are equal."""
    equal = {
        name: getattr(model, name)
        for name in ("item_ids", "titles", "categories")
        if getattr(catalogue, name) == getattr(model, name)
    }
    return catalogue._replace(**equal)


def read_columns(database: Database) -> dict[str, Column]:
    """Return what items can be filtered by, as a model loaded now would have it."""
    ids, titles, categories, support, _ = _read_catalogue(database)
    return item_columns(ids, titles, categories, support, read_item_columns(database, ids))


def _read_model(
    database: Database,
    row: dict[str, Any],
    disk: ServingDisk | None,
    like: ServingModel | None,
    *,
    with_histories: bool,
) -> ServingModel:
    change = last_change(database)  # before the items: what comes later is taken up later
    catalogue = _read_catalogue(database)
    if like is not None:
        catalogue = _with_texts_of(like, catalogue)
    item_ids, support = catalogue.item_ids, catalogue.support
    published = PublishedVectors(
        database, row["version"], row["slot"], int(row["dimension"]), item_ids
    )
    vectors = (
        read_vectors(published, with_outward=with_histories)
        if disk is None
        else cached_vectors(disk.cache, published, row)
    )
    parameters = json.loads(row["parameters"] or "{}")
    trained = vectors.unit.any(axis=1)
    is_loaded = _is_loaded(database, row["relation"])
    settings = serving_settings(parameters, support[trained], is_loaded=is_loaded)
    is_shown = support >= settings.min_support
    graph = _aligned(read_item_graph(database, row["relation"]), item_ids, support)
    if disk is not None:
        graph = _mapped(graph, disk.cache)
    model = ServingModel(
        version=row["version"],
        item_ids=item_ids,
        titles=catalogue.titles,
        categories=catalogue.categories,
        support=support,
        vectors=vectors.unit,
        graph=graph,
        settings=settings,
        history_scores=(
            _history_scores(database, graph, vectors, scoring_of(parameters))
            if with_histories
            else None
        ),
        nearest=(
            cached_nearest(disk.cache, published, row, vectors.unit, is_shown, disk.nearest)
            if disk is not None
            else None
        ),
        properties=read_item_columns(database, item_ids),
        relation=row["relation"],
        hidden=catalogue.hidden if catalogue.hidden.any() else None,
        change=change,
    )
    return model if like is None else model.sharing(like)


def _history_scores(
    database: Database, graph: ItemGraph, vectors: ServedVectors, settings: ScoreSettings
) -> HistoryScores:
    assert vectors.outward is not None
    histories = read_graph_histories(database, may_be_empty=True).over(graph.item_ids)
    return HistoryScores.fit(histories, graph, vectors.inward, vectors.outward, settings)


def _aligned(graph: ItemGraph, item_ids: tuple[str, ...], support: Int64Array) -> ItemGraph:
    """Return the graph with the rows of the catalogue; edges to items it lacks are left out."""
    if graph.item_ids == item_ids:
        return replace(graph, item_ids=item_ids)  # which are in memory once then
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


def _mapped(graph: ItemGraph, cache: ArrayCache) -> ItemGraph:
    """Return the same graph on arrays in a file, which all who map it share."""
    arrays: Arrays = {
        "offsets": graph.offsets, "neighbours": graph.neighbours, "weights": graph.weights,
    }  # fmt: skip
    digest = hashlib.sha256()
    for array in arrays.values():
        digest.update(np.ascontiguousarray(array).data)
    key = {"graph": digest.hexdigest()}
    mapped = cache.open_or_make(key, lambda: arrays, lambda found: True)
    return replace(
        graph,
        offsets=mapped["offsets"],
        neighbours=mapped["neighbours"],
        weights=mapped["weights"],
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
