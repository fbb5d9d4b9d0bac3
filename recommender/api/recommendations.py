"""Routes of recommendations: similar items, users, sessions, batches, popular items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from time import monotonic
from typing import Any, NamedTuple

from flask import Response, g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from graphdb import CannotConnectError, GraphDbError
from recommender.api.caching import is_kept_by_caller, not_modified
from recommender.api.errors import problem_body, problem_of, problems
from recommender.api.metrics import note_items
from recommender.api.questions import (
    BatchBody,
    BatchRequest,
    Choice,
    ExplanationQuery,
    HistoryChoice,
    ItemPath,
    Paged,
    PopularQuery,
    SessionBody,
    SimilarChoice,
    SimilarQuery,
    SimilarRequest,
    UserPath,
    UserQuery,
    UserRequest,
)
from recommender.api.schemas import (
    BatchAnswer,
    ExplanationAnswer,
    PopularAnswer,
    SessionAnswer,
    SimilarAnswer,
    UserAnswer,
)
from recommender.errors import (
    InvalidParameterError,
    RecommenderError,
    UnknownItemError,
    UnknownModelError,
)
from recommender.serve import (
    HistoryMark,
    ModelWatcher,
    Place,
    Selection,
    ServingModel,
    SimilarItem,
    UserHistory,
    explain_list,
    explain_pair,
    read_cursor,
    read_user_history,
    similar_items,
    write_cursor,
)

DEADLINE_S = 1.5  # the whole answer takes less than 2 s

RECOMMENDATIONS = Tag(name="recommendations")

Answer = dict[str, Any]
ItemAnswer = Callable[[str, str], Answer]  # of an id, for whoever asked for another


class Page(NamedTuple):
    """What an answer is made from, and where its list begins."""

    model: ServingModel
    change: int  # of items, at the first page
    start: int = 0
    mark: HistoryMark | None = None  # of a user's history at the first page


def add_recommendations(app: OpenAPI, watcher: ModelWatcher, item_answer: ItemAnswer) -> None:
    """Add the routes that recommend."""
    _add_similar(app, watcher, item_answer)
    _add_explanation(app, watcher, item_answer)
    _add_popular(app, watcher)
    _add_histories(app, watcher)
    _add_batch(app, watcher)


def _add_similar(app: OpenAPI, watcher: ModelWatcher, item_answer: ItemAnswer) -> None:
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
        asked = _asked("similar", query, path.item_id)
        page = _open(watcher, query, asked)
        is_of_memory = not query.explain and path.item_id in page.model.row_of
        if is_of_memory and is_kept_by_caller(page.model, _now(watcher), asked, query.cursor):
            return not_modified()
        try:
            items = _beside_item(watcher, page, query, path.item_id, DEADLINE_S)
        except UnknownItemError:
            # `a%2Fsimilar` reaches us as `a/similar`: it may be an item of that id.
            return item_answer(f"{path.item_id}/similar", path.item_id)
        answer = {"item_id": path.item_id, **_close(page, query, asked, items)}
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


def _add_popular(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        "/v1/popular",
        tags=[RECOMMENDATIONS],
        description="By the number of sessions that hold an item. Answered from memory.",
        responses={200: PopularAnswer, **problems(400, 404, 503)},
    )
    def popular(query: PopularQuery) -> Answer | Response:
        """Items that most sessions hold."""
        asked = _asked("popular", query)
        page = _open(watcher, query, asked)
        if is_kept_by_caller(page.model, _now(watcher), asked, query.cursor):
            return not_modified()
        items = page.model.popular(
            query.length,
            min_support=query.min_support,
            selection=_selection(watcher, page, query),
        )
        return _close(page, query, asked, items)


def _add_histories(app: OpenAPI, watcher: ModelWatcher) -> None:
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
        asked = _asked("user", query, path.user_id)
        page = _open(watcher, query, asked)
        history = read_user_history(
            watcher, page.model, path.user_id, mark=page.mark, deadline_s=DEADLINE_S
        )
        items = _beside_history(watcher, page, query, history)
        closed = _close(page._replace(mark=history.mark), query, asked, items)
        return {"user_id": path.user_id, **closed}

    @app.post(
        "/v1/sessions/recommendations",
        tags=[RECOMMENDATIONS],
        description="From what is in the body alone, in memory. Nothing is kept.",
        responses={200: SessionAnswer, **problems(400, 404, 413, 503)},
    )
    def for_session(body: SessionBody) -> Answer:
        """Items for the session of an unknown visitor."""
        asked = _asked("session", body)
        page = _open(watcher, body, asked)
        items = _beside_history(watcher, page, body, body.items)
        return {
            "unknown_items": _unknown(page.model, body.items),
            **_close(page, body, asked, items),
        }


def _add_batch(app: OpenAPI, watcher: ModelWatcher) -> None:
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
        page = Page(model, watcher.items.now().number)
        g.model_version = page.model.version
        patience = Patience(watcher)
        return {
            "results": [_result(patience, page, asked) for asked in body.requests],
            "model_version": page.model.version,
            "request_id": g.request_id,
        }


class Patience:
    """One deadline for all that a batch asks the database, which is not asked again once away."""

    def __init__(self, watcher: ModelWatcher) -> None:
        self.watcher = watcher
        self._ends = monotonic() + DEADLINE_S
        self.is_over = False

    def left_s(self) -> float:
        """Return how long the database may still take."""
        left = self._ends - monotonic()
        if self.is_over or left <= 0:
            raise CannotConnectError("The database did not answer this batch in time.")
        return left


def _result(patience: Patience, page: Page, asked: BatchRequest) -> Answer:
    try:
        return {"status": 200, "answer": _batch_answer(patience, page, asked)}
    except GraphDbError as error:
        patience.is_over = True
        status, detail, members = problem_of(error)
    except RecommenderError as error:
        status, detail, members = problem_of(error)
    return {"status": status, "problem": problem_body(status, detail, **members)}


def _batch_answer(patience: Patience, page: Page, asked: BatchRequest) -> Answer:
    watcher, model = patience.watcher, page.model
    if isinstance(asked, SimilarRequest):
        is_known = asked.item_id in model.row_of
        left_s = DEADLINE_S if is_known else patience.left_s()
        items = _beside_item(watcher, page, asked, asked.item_id, left_s)
        return {"item_id": asked.item_id, "items": _shown(model, asked, items)}
    if isinstance(asked, UserRequest):
        history = read_user_history(watcher, model, asked.user_id, deadline_s=patience.left_s())
        items = _beside_history(watcher, page, asked, history)
        return {"user_id": asked.user_id, "items": _shown(model, asked, items)}
    items = _beside_history(watcher, page, asked, asked.items)
    unknown = _unknown(model, asked.items)
    return {"unknown_items": unknown, "items": _shown(model, asked, items)}


def _beside_item(
    watcher: ModelWatcher, page: Page, choice: SimilarChoice, item_id: str, deadline_s: float
) -> list[SimilarItem]:
    _, items = similar_items(
        watcher,
        item_id,
        choice.length,
        choice.method,
        min_support=choice.min_support,
        selection=_selection(watcher, page, choice),
        model=page.model,
        deadline_s=deadline_s,
    )
    return items


def _beside_history(
    watcher: ModelWatcher, page: Page, choice: HistoryChoice, history: UserHistory | list[str]
) -> list[SimilarItem]:
    return page.model.for_history(
        history.entries if isinstance(history, UserHistory) else history,
        choice.length,
        choice.method,
        exclude_seen=choice.exclude_seen,
        selection=_selection(watcher, page, choice),
    )


def _selection(watcher: ModelWatcher, page: Page, choice: Choice) -> Selection:
    """Return what may be shown on a page."""
    return watcher.items.shown(page.model, choice.selection(page.start), page.change)


def _now(watcher: ModelWatcher) -> int:
    """Return the number of the last change of items, which lists follow at once."""
    return watcher.items.now().number


def _unknown(model: ServingModel, item_ids: list[str]) -> list[str]:
    return [item_id for item_id in item_ids if item_id not in model.row_of]


def _asked(kind: str, choice: Paged, *names: str) -> list[Any]:
    """Return what a cursor belongs to."""
    return [kind, *names, choice.model_dump(exclude={"cursor"})]


def _open(watcher: ModelWatcher, choice: Paged, asked: list[Any]) -> Page:
    """Return the page that is asked for: the first, or the one a cursor points to."""
    if choice.cursor is None:
        model = watcher.version(choice.model, deadline_s=DEADLINE_S)
        page = Page(model, watcher.items.now().number)
    else:
        place = read_cursor(choice.cursor, asked)
        try:
            model = watcher.version(place.version, deadline_s=DEADLINE_S)
        except UnknownModelError as error:
            raise InvalidParameterError(
                "The cursor's model version is gone. Begin without a cursor."
            ) from error
        if place.catalogue != model.fingerprint_of(choice.selection()):
            raise InvalidParameterError(
                "The catalogue has changed since the cursor was given. Begin without a cursor."
            )
        page = Page(model, place.change, place.start, place.mark)
    g.model_version = model.version
    return page


def _close(page: Page, choice: Paged, asked: list[Any], items: list[SimilarItem]) -> Answer:
    """Return the list with where it goes on, which is nowhere after a list that is not full."""
    model = page.model
    cursor = None
    if len(items) == choice.length:
        catalogue = model.fingerprint_of(choice.selection())
        place = Place(model.version, catalogue, items[-1].rank, page.change, page.mark)
        cursor = write_cursor(place, asked)
    return {
        "items": _shown(model, choice, items),
        "next_cursor": cursor,
        "model_version": model.version,
        "request_id": g.request_id,
    }


def _shown(model: ServingModel, choice: Choice, items: list[SimilarItem]) -> list[Answer]:
    """Return items as they are answered, with the properties that were asked for."""
    note_items(items)
    names = choice.field_names
    if not names:
        return [vars(item) for item in items]
    columns = model.columns
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise InvalidParameterError(
            f"There is no property '{unknown[0][:80]}' to tell. There are: "
            f"{', '.join(sorted(columns)[:40])}."
        )
    rows = [model.row_of[item.item_id] for item in items]
    return [
        {**vars(item), "fields": {name: columns[name].value(row) for name in names}}
        for item, row in zip(items, rows, strict=True)
    ]
