"""The routes: parse input, call one function of ``recommender.serve``, shape the answer."""

from __future__ import annotations

from functools import partial

from flask import g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.batch import add_batch
from recommender.api.direct import KnownQuestions
from recommender.api.directives import add_directives
from recommender.api.errors import problems
from recommender.api.events import add_events
from recommender.api.items import add_items, item_answer
from recommender.api.pages import DEADLINE_S, Answer
from recommender.api.recommendations import add_recommendations
from recommender.api.schemas import (
    LiveAnswer,
    Model,
    ModelsAnswer,
    ReadyAnswer,
)
from recommender.exposures import ExposureLog
from recommender.publish import ModelVersion, list_models
from recommender.serve import ModelWatcher

MODELS = Tag(name="models")
HEALTH = Tag(name="health")


def add_routes(
    app: OpenAPI,
    watcher: ModelWatcher,
    known: KnownQuestions,
    exposures: ExposureLog | None = None,
) -> None:
    """Add every route of version 1; which plain questions were asked is noted in ``known``."""
    add_recommendations(app, watcher, partial(item_answer, watcher), known, exposures)
    add_batch(app, watcher, exposures)
    add_items(app, watcher)
    add_events(app, watcher)
    add_directives(app, watcher)
    _add_models(app, watcher)
    _add_health(app, watcher)


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
