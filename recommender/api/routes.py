"""The routes: parse input, call one function of ``recommender.serve``, shape the answer."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from flask import g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.errors import problems
from recommender.api.questions import ItemPath
from recommender.api.recommendations import DEADLINE_S, Answer, add_recommendations
from recommender.api.schemas import (
    ItemAnswer,
    ItemsAnswer,
    LiveAnswer,
    Model,
    ModelsAnswer,
    ReadyAnswer,
    SearchQuery,
)
from recommender.errors import UnknownItemError
from recommender.publish import ModelVersion, list_models
from recommender.serve import (
    CatalogueItem,
    ModelWatcher,
    find_item,
    search_items,
)

ITEMS = Tag(name="items")
MODELS = Tag(name="models")
HEALTH = Tag(name="health")


def add_routes(app: OpenAPI, watcher: ModelWatcher) -> None:
    """Add every route of version 1."""
    add_recommendations(app, watcher, partial(_item, watcher))
    _add_items(app, watcher)
    _add_models(app, watcher)
    _add_health(app, watcher)


def _add_items(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        "/v1/items/<item_id:item_id>",
        tags=[ITEMS],
        responses={200: ItemAnswer, **problems(404, 503)},
    )
    def item(path: ItemPath) -> Answer:
        """One item."""
        return _item(watcher, path.item_id, path.item_id)

    @app.get("/v1/items", tags=[ITEMS], responses={200: ItemsAnswer, **problems(400, 503)})
    def items(query: SearchQuery) -> Answer:
        """Items by the words of their title, or one by its id."""
        watcher.check_database()
        if query.query is not None:
            found = search_items(watcher.database, query.query, query.limit, deadline_s=DEADLINE_S)
        else:
            item = find_item(watcher.database, query.item_id or "", deadline_s=DEADLINE_S)
            found = [item] if item is not None else []
        return {"items": [asdict(item) for item in found], "request_id": g.request_id}


def _item(watcher: ModelWatcher, item_id: str, said: str) -> Answer:
    watcher.check_database()
    item: CatalogueItem | None = find_item(watcher.database, item_id, deadline_s=DEADLINE_S)
    if item is None:
        raise UnknownItemError(f"There is no item '{said[:80]}'.")
    return {**asdict(item), "request_id": g.request_id}


def _add_models(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get("/v1/models", tags=[MODELS], responses={200: ModelsAnswer, **problems(503)})
    def models() -> Answer:
        """Model versions, the newest first."""
        watcher.check_database()
        serving = watcher.model.version if watcher.model else None
        found = list_models(watcher.database, deadline_s=DEADLINE_S)
        shapes = [_model_shape(model, is_serving=model.version == serving) for model in found]
        return {"models": shapes, "request_id": g.request_id}


def _model_shape(model: ModelVersion, *, is_serving: bool) -> Answer:
    values = {**vars(model), "is_serving": is_serving}
    return {name: values[name] for name in Model.model_fields}


def _add_health(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get("/v1/health/live", tags=[HEALTH], responses={200: LiveAnswer})
    def live() -> Answer:
        """Whether the process answers; asks nobody else."""
        return {"status": "live", "request_id": g.request_id}

    @app.get("/v1/health/ready", tags=[HEALTH], responses={200: ReadyAnswer, **problems(503)})
    def ready() -> Answer:
        """Whether the database answers a query and a model is loaded."""
        watcher.check_database()
        watcher.database.read("admin/ping", deadline_s=DEADLINE_S)
        g.model_version = watcher.current().version
        return {"status": "ready", "model_version": g.model_version, "request_id": g.request_id}
