"""Routes of recommendations: similar items, users, sessions, batches, popular items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Response, g, request
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.caching import is_kept_by_caller, not_modified
from recommender.api.direct import KnownQuestions
from recommender.api.errors import problems
from recommender.api.pages import (
    DEADLINE_S,
    Answer,
    Listed,
    Page,
    asked_for,
    beside_history,
    beside_item,
    close_page,
    note_etag,
    open_page,
    unknown,
)
from recommender.api.questions import (
    ExplanationQuery,
    ItemPath,
    PopularQuery,
    SessionBody,
    SimilarQuery,
    UserPath,
    UserQuery,
)
from recommender.api.schemas import (
    ExplanationAnswer,
    PopularAnswer,
    SessionAnswer,
    SimilarAnswer,
    UserAnswer,
)
from recommender.api.state import current
from recommender.api.variants import treated
from recommender.errors import InvalidParameterError, UnknownItemError
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher, explain_list, explain_pair, read_user_history

RECOMMENDATIONS = Tag(name="recommendations")

ItemAnswer = Callable[[str, str], Answer]  # of an id, for whoever asked for another


def add_recommendations(
    app: OpenAPI,
    watcher: ModelWatcher,
    item_answer: ItemAnswer,
    known: KnownQuestions,
    log: ExposureLog | None = None,
) -> None:
    """Add the routes that recommend."""
    _add_similar(app, watcher, item_answer, known, log)
    _add_explanation(app, watcher, item_answer)
    _add_popular(app, watcher, log)
    _add_histories(app, watcher, log)


def _add_similar(
    app: OpenAPI,
    watcher: ModelWatcher,
    item_answer: ItemAnswer,
    known: KnownQuestions,
    log: ExposureLog | None,
) -> None:
    @app.get(
        "/v1/items/<item_id:item_id>/similar",
        tags=[RECOMMENDATIONS],
        description=(
            "Answered from memory. An item without a vector is answered from the graph, then by "
            "category, then by popularity, and `source` says so."
        ),
        responses={200: SimilarAnswer, **problems(400, 404, 503)},
    )
    def similar(path: ItemPath, query: SimilarQuery) -> Answer | Response:
        """Items most similar to one."""
        treatment = treated(watcher, "similar", query, query.visitor)
        asked = asked_for(treatment, path.item_id)
        page = open_page(watcher, treatment, asked, log, current())
        known.remember(request.environ.get("QUERY_STRING", ""), query)
        is_of_memory = not query.explain and path.item_id in page.model.row_of
        if is_of_memory and _is_kept(page, asked, query.cursor):
            return not_modified()
        try:
            listed = beside_item(page, path.item_id, DEADLINE_S)
        except UnknownItemError:
            # `a%2Fsimilar` reaches us as `a/similar`: it may be an item of that id.
            return item_answer(f"{path.item_id}/similar", path.item_id)
        answer = {"item_id": path.item_id, **close_page(page, asked, listed)}
        return _with_reasons(watcher, page, answer) if query.explain else answer


def _with_reasons(watcher: ModelWatcher, page: Page, answer: Answer) -> Answer:
    """Return a list with the reasons of each item."""
    watcher.check_database()
    reasons, replay = explain_list(
        watcher.database,
        page.model.relation,
        answer["item_id"],
        [item["item_id"] for item in answer["items"]],
        deadline_s=DEADLINE_S,
    )
    items = [
        {**item, "reasons": asdict(found) if (found := reasons.get(item["item_id"])) else None}
        for item in answer["items"]
    ]
    return {**answer, "items": items, "replay": asdict(replay)}


def _add_explanation(app: OpenAPI, watcher: ModelWatcher, item_answer: ItemAnswer) -> None:
    @app.get(
        "/v1/items/<item_id:item_id>/explanation",
        tags=[RECOMMENDATIONS],
        description=(
            "Relationships, items between, and sessions that hold both, out of the graph as it is "
            "now, with the Cypher to see them in Neo4j Browser. Visitors are counted, not named."
        ),
        responses={200: ExplanationAnswer, **problems(400, 404, 503)},
    )
    def explanation(path: ItemPath, query: ExplanationQuery) -> Answer:
        """Why one item goes with another."""
        if query.to is None:
            return _item_of_that_name(item_answer, path.item_id)
        model = watcher.current()
        g.model_version = model.version
        watcher.check_database()
        found = explain_pair(
            watcher.database, model.relation, path.item_id, query.to, deadline_s=DEADLINE_S
        )
        return {
            "item_id": path.item_id,
            "to": query.to,
            **asdict(found),
            "model_version": model.version,
            "request_id": g.request_id,
        }


def _item_of_that_name(item_answer: ItemAnswer, item_id: str) -> Answer:
    """Return the item whose id ends like the route; without one the question lacks its `to`."""
    try:
        return item_answer(f"{item_id}/explanation", item_id)
    except UnknownItemError as error:
        raise InvalidParameterError("to: the id of the item to explain is missing.") from error


def _add_popular(app: OpenAPI, watcher: ModelWatcher, log: ExposureLog | None) -> None:
    @app.get(
        "/v1/popular",
        tags=[RECOMMENDATIONS],
        description="By the number of sessions that hold an item. Answered from memory.",
        responses={200: PopularAnswer, **problems(400, 404, 503)},
    )
    def popular(query: PopularQuery) -> Answer | Response:
        """Items that most sessions hold."""
        treatment = treated(watcher, "popular", query, query.visitor)
        asked = asked_for(treatment)
        page = open_page(watcher, treatment, asked, log, current())
        if _is_kept(page, asked, query.cursor):
            return not_modified()
        choice, rules = treatment.choice, page.rules_beside(None)
        items = page.model.popular(
            choice.length,
            min_support=choice.min_support,
            selection=page.selection(rules),
        )
        return close_page(page, asked, Listed(items, rules))


def _add_histories(app: OpenAPI, watcher: ModelWatcher, log: ExposureLog | None) -> None:
    @app.get(
        "/v1/users/<item_id:user_id>/recommendations",
        tags=[RECOMMENDATIONS],
        description=(
            "From what the user had up to now. While the database is away, from what was known "
            "when the model was loaded."
        ),
        responses={200: UserAnswer, **problems(400, 404, 503)},
    )
    def for_user(path: UserPath, query: UserQuery) -> Answer:
        """Items that go with what a user had."""
        treatment = treated(watcher, "user", query, path.user_id)
        asked = asked_for(treatment, path.user_id)
        page = open_page(watcher, treatment, asked, log, current())
        history = read_user_history(
            watcher, page.model, path.user_id, mark=page.mark, deadline_s=DEADLINE_S
        )
        listed = beside_history(page, history)
        closed = close_page(page._replace(mark=history.mark), asked, listed)
        return {"user_id": path.user_id, **closed}

    @app.post(
        "/v1/sessions/recommendations",
        tags=[RECOMMENDATIONS],
        description="From what is in the body alone, in memory. Nothing is kept.",
        responses={200: SessionAnswer, **problems(400, 404, 413, 503)},
    )
    def for_session(body: SessionBody) -> Answer:
        """Items for the session of an unknown visitor."""
        treatment = treated(watcher, "session", body, body.visitor)
        asked = asked_for(treatment)
        page = open_page(watcher, treatment, asked, log, current())
        listed = beside_history(page, body.items)
        return {
            "unknown_items": unknown(page.model, body.items),
            **close_page(page, asked, listed),
        }


def _is_kept(page: Page, asked: list[Any], cursor: str | None) -> bool:
    """Whether the caller has this list already."""
    etag = note_etag(page, asked, cursor)
    return etag is not None and is_kept_by_caller(etag)
