"""The route of batches: several questions in one body, answered from one version."""

from __future__ import annotations

from time import monotonic

from flask import g
from flask_openapi3.openapi import OpenAPI

from graphdb import CannotConnectError, GraphDbError
from recommender.api.errors import problem_body, problem_of, problems
from recommender.api.pages import (
    DEADLINE_S,
    Answer,
    Page,
    beside_history,
    beside_item,
    told,
    unknown,
)
from recommender.api.questions import BatchBody, BatchRequest, SimilarRequest, UserRequest
from recommender.api.recommendations import RECOMMENDATIONS
from recommender.api.schemas import BatchAnswer
from recommender.api.state import current
from recommender.api.variants import treated
from recommender.directives import Route
from recommender.errors import RecommenderError
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher, ServingModel, read_user_history


def add_batch(app: OpenAPI, watcher: ModelWatcher, log: ExposureLog | None = None) -> None:
    """Add the route of batches."""

    @app.post(
        "/v1/recommendations:batch",
        tags=[RECOMMENDATIONS],
        description=(
            "Up to 100 questions in one body, all answered from one version. Each has an answer or "
            "a problem of its own, in the order they were asked."
        ),
        responses={200: BatchAnswer, **problems(400, 404, 413, 503)},
    )
    def batch(body: BatchBody) -> Answer:
        """Several lists at once."""
        model = watcher.version(body.model, deadline_s=DEADLINE_S)
        g.model_version = model.version
        patience = Patience(watcher, model, log)
        answer = {
            "results": [_result(patience, asked) for asked in body.requests],
            "model_version": model.version,
            "request_id": g.request_id,
        }
        g.variant = None  # each list has its own
        return answer


class Patience:
    """What the questions of a batch share: version, rules in force, and one deadline.

    The database is not asked again once it is away.
    """

    def __init__(self, watcher: ModelWatcher, model: ServingModel, log: ExposureLog | None) -> None:
        self.watcher = watcher
        self.model = model
        self._book = watcher.directives.book(model)
        self._log = log
        self._change = watcher.items.now().number
        self._ends = monotonic() + DEADLINE_S
        self.is_over = False

    def page(self, route: Route, asked: BatchRequest, unit: str | None) -> Page:
        """Return what one question is answered from."""
        treatment = treated(self.watcher, route, asked, unit, one_version=True)
        book = self._book if treatment.has_rules else None
        return Page(self.model, self.watcher, treatment, book, self._log, current(), self._change)

    def left_s(self) -> float:
        """Return how long the database may still take."""
        left = self._ends - monotonic()
        if self.is_over or left <= 0:
            raise CannotConnectError("The database did not answer this batch in time.")
        return left


def _result(patience: Patience, asked: BatchRequest) -> Answer:
    try:
        return {"status": 200, "answer": _batch_answer(patience, asked)}
    except GraphDbError as error:
        patience.is_over = True
        status, detail, members = problem_of(error)
    except RecommenderError as error:
        status, detail, members = problem_of(error)
    return {"status": status, "problem": problem_body(status, detail, **members)}


def _batch_answer(patience: Patience, asked: BatchRequest) -> Answer:
    watcher, model = patience.watcher, patience.model
    if isinstance(asked, SimilarRequest):
        is_known = asked.item_id in model.row_of
        left_s = DEADLINE_S if is_known else patience.left_s()
        page = patience.page("similar", asked, asked.visitor)
        listed = beside_item(page, asked.item_id, left_s)
        return {"item_id": asked.item_id, **told(page, listed)}
    if isinstance(asked, UserRequest):
        page = patience.page("user", asked, asked.user_id)
        history = read_user_history(watcher, model, asked.user_id, deadline_s=patience.left_s())
        return {"user_id": asked.user_id, **told(page, beside_history(page, history))}
    page = patience.page("session", asked, asked.visitor)
    listed = beside_history(page, asked.items)
    return {"unknown_items": unknown(model, asked.items), **told(page, listed)}
