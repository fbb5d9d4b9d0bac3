"""The routes: parse input, call one function of ``recommender.serve``, shape the answer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel

from recommender.api.errors import PROBLEM_TYPE
from recommender.api.schemas import (
    ItemAnswer,
    ItemPath,
    ItemsAnswer,
    LiveAnswer,
    Model,
    ModelsAnswer,
    ReadyAnswer,
    SearchQuery,
    SessionAnswer,
    SessionBody,
    SimilarAnswer,
    SimilarQuery,
    UserAnswer,
    UserPath,
    UserQuery,
)
from recommender.errors import UnknownItemError
from recommender.publish import ModelVersion, list_models
from recommender.serve import (
    CatalogueItem,
    ModelWatcher,
    find_item,
    recommend_to_user,
    search_items,
    similar_items,
)

DEADLINE_S = 3.0
SIMILAR = "/similar"

ITEMS = Tag(name="items")
RECOMMENDATIONS = Tag(name="recommendations")
MODELS = Tag(name="models")
HEALTH = Tag(name="health")

Answer = dict[str, Any]


def add_routes(app: OpenAPI, watcher: ModelWatcher) -> None:
    """Add every route of version 1."""
    _add_items(app, watcher)
    _add_recommendations(app, watcher)
    _add_models(app, watcher)
    _add_health(app, watcher)


def _add_items(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        f"/v1/items/<item_id:item_id>{SIMILAR}",
        tags=[ITEMS],
        description=(
            "Answered from memory. An item without a vector is answered from the graph, then by "
            "category, then by popularity, and `source` says so."
        ),
        responses={200: SimilarAnswer, **_problems(400, 404, 503)},
    )
    def similar(path: ItemPath, query: SimilarQuery) -> Answer:
        """Items most similar to one."""
        try:
            version, items = similar_items(
                watcher,
                path.item_id,
                query.k,
                query.method,
                min_support=query.min_support,
                deadline_s=DEADLINE_S,
            )
        except UnknownItemError:
            # `a%2Fsimilar` reaches us as `a/similar`: it may be an item of that id.
            return _item(watcher, path.item_id + SIMILAR, said=path.item_id)
        g.model_version = version
        return {
            "item_id": path.item_id,
            "items": [vars(item) for item in items],
            "model_version": version,
            "request_id": g.request_id,
        }

    @app.get(
        "/v1/items/<item_id:item_id>",
        tags=[ITEMS],
        responses={200: ItemAnswer, **_problems(404, 503)},
    )
    def item(path: ItemPath) -> Answer:
        """One item."""
        return _item(watcher, path.item_id, said=path.item_id)

    @app.get("/v1/items", tags=[ITEMS], responses={200: ItemsAnswer, **_problems(400, 503)})
    def items(query: SearchQuery) -> Answer:
        """Items by the words of their title, or one by its id."""
        watcher.check_database()
        if query.query is not None:
            found = search_items(watcher.database, query.query, query.limit, deadline_s=DEADLINE_S)
        else:
            item = find_item(watcher.database, query.item_id or "", deadline_s=DEADLINE_S)
            found = [item] if item is not None else []
        return {"items": [asdict(item) for item in found], "request_id": g.request_id}


def _add_recommendations(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        "/v1/users/<item_id:user_id>/recommendations",
        tags=[RECOMMENDATIONS],
        description=(
            "From what the user had up to now; while the database is away, from what it held when "
            "the model was loaded. Where scoring finds too few, popular items fill the list."
        ),
        responses={200: UserAnswer, **_problems(400, 404, 503)},
    )
    def for_user(path: UserPath, query: UserQuery) -> Answer:
        """Items for one user."""
        version, items = recommend_to_user(
            watcher,
            path.user_id,
            query.k,
            query.method,
            exclude_seen=query.exclude_seen,
            deadline_s=DEADLINE_S,
        )
        g.model_version = version
        return {
            "user_id": path.user_id,
            "items": [vars(item) for item in items],
            "model_version": version,
            "request_id": g.request_id,
        }

    @app.post(
        "/v1/sessions/recommendations",
        tags=[RECOMMENDATIONS],
        description="From what is in the body alone, in memory. Nothing is kept.",
        responses={200: SessionAnswer, **_problems(400, 413, 503)},
    )
    def for_session(body: SessionBody) -> Answer:
        """Items for the session of an unknown visitor."""
        model = watcher.current()
        items = model.for_history(body.items, body.k, body.method, exclude_seen=body.exclude_seen)
        g.model_version = model.version
        return {
            "items": [vars(item) for item in items],
            "unknown_items": [name for name in body.items if name not in model.row_of],
            "model_version": model.version,
            "request_id": g.request_id,
        }


def _item(watcher: ModelWatcher, item_id: str, *, said: str) -> Answer:
    watcher.check_database()
    item: CatalogueItem | None = find_item(watcher.database, item_id, deadline_s=DEADLINE_S)
    if item is None:
        raise UnknownItemError(f"There is no item '{said[:80]}'.")
    return {**asdict(item), "request_id": g.request_id}


def _add_models(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get("/v1/models", tags=[MODELS], responses={200: ModelsAnswer, **_problems(503)})
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

    @app.get("/v1/health/ready", tags=[HEALTH], responses={200: ReadyAnswer, **_problems(503)})
    def ready() -> Answer:
        """Whether the database answers a query and a model is loaded."""
        watcher.check_database()
        watcher.database.read("admin/ping", deadline_s=DEADLINE_S)
        g.model_version = watcher.current().version
        return {"status": "ready", "model_version": g.model_version, "request_id": g.request_id}


def _problems(*statuses: int) -> dict[str | int, type[BaseModel] | dict[Any, Any] | None]:
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"content": {PROBLEM_TYPE: shape}} for status in statuses}
