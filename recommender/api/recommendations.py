"""Routes of recommendations: similar items, users, sessions, batches, popular items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from flask import Response, g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.caching import is_kept_by_caller, not_modified
from recommender.api.errors import problems
from recommender.api.metrics import note_items
from recommender.api.questions import (
    Choice,
    ExplanationQuery,
    HistoryChoice,
    ItemPath,
    Paged,
    PopularQuery,
    SessionBody,
    SimilarChoice,
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
from recommender.api.variants import Treatment, note_exposure, treated
from recommender.errors import (
    InvalidParameterError,
    UnknownItemError,
    UnknownModelError,
)
from recommender.exposures import ExposureLog
from recommender.serve import (
    Had,
    HistoryMark,
    ListRules,
    ModelWatcher,
    Place,
    RuleBook,
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
    watcher: ModelWatcher
    treatment: Treatment[Any]
    book: RuleBook | None  # of the rules in force
    log: ExposureLog | None
    change: int  # of items, at the first page
    start: int = 0
    mark: HistoryMark | None = None  # of a user's history at the first page

    def rules_beside(self, item_id: str | None) -> ListRules | None:
        """Return the rules of a list beside an item; None: beside none."""
        if self.book is None:
            return None
        row = None if item_id is None else self.model.row_of.get(item_id)
        return self.book.of_list(self.treatment.route, row)

    def selection(self, rules: ListRules | None) -> Selection:
        """Return what may be shown on this page."""
        selection = self.treatment.choice.selection(self.start, rules)
        return self.watcher.items.shown(self.model, selection, self.change)

    @property
    def rules_digest(self) -> str:
        """Which rules are in force where this page is from."""
        return "" if self.book is None else self.book.digest(self.treatment.route)


class Listed(NamedTuple):
    """A list, and the rules it was made with."""

    items: list[SimilarItem]
    rules: ListRules | None

    def told(self, model: ServingModel) -> list[Answer]:
        """Return which rules acted."""
        if self.rules is None:
            return []
        return self.rules.told(self.items, model.row_of, model.item_ids)


def add_recommendations(
    app: OpenAPI,
    watcher: ModelWatcher,
    item_answer: ItemAnswer,
    log: ExposureLog | None = None,
) -> None:
    """Add the routes that recommend."""
    _add_similar(app, watcher, item_answer, log)
    _add_explanation(app, watcher, item_answer)
    _add_popular(app, watcher, log)
    _add_histories(app, watcher, log)


def _add_similar(
    app: OpenAPI, watcher: ModelWatcher, item_answer: ItemAnswer, log: ExposureLog | None
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
        asked = _asked(treatment, path.item_id)
        page = _open(watcher, treatment, asked, log)
        is_of_memory = not query.explain and path.item_id in page.model.row_of
        if is_of_memory and _is_kept(page, asked, query.cursor):
            return not_modified()
        try:
            listed = beside_item(page, path.item_id, DEADLINE_S)
        except UnknownItemError:
            # `a%2Fsimilar` reaches us as `a/similar`: it may be an item of that id.
            return item_answer(f"{path.item_id}/similar", path.item_id)
        answer = {"item_id": path.item_id, **_close(page, asked, listed)}
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
        asked = _asked(treatment)
        page = _open(watcher, treatment, asked, log)
        if _is_kept(page, asked, query.cursor):
            return not_modified()
        choice, rules = treatment.choice, page.rules_beside(None)
        items = page.model.popular(
            choice.length,
            min_support=choice.min_support,
            selection=page.selection(rules),
        )
        return _close(page, asked, Listed(items, rules))


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
        asked = _asked(treatment, path.user_id)
        page = _open(watcher, treatment, asked, log)
        history = read_user_history(
            watcher, page.model, path.user_id, mark=page.mark, deadline_s=DEADLINE_S
        )
        listed = beside_history(page, history)
        closed = _close(page._replace(mark=history.mark), asked, listed)
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
        asked = _asked(treatment)
        page = _open(watcher, treatment, asked, log)
        listed = beside_history(page, body.items)
        return {
            "unknown_items": unknown(page.model, body.items),
            **_close(page, asked, listed),
        }


def beside_item(page: Page, item_id: str, deadline_s: float) -> Listed:
    """Return the part of a list beside an item that a page shows."""
    choice: SimilarChoice = page.treatment.choice
    rules = page.rules_beside(item_id)
    _, items = similar_items(
        page.watcher,
        item_id,
        choice.length,
        choice.method,
        min_support=choice.min_support,
        selection=page.selection(rules),
        model=page.model,
        deadline_s=deadline_s,
    )
    return Listed(items, rules)


def beside_history(page: Page, history: UserHistory | list[str]) -> Listed:
    """Return the part of a list for a history that a page shows."""
    choice: HistoryChoice = page.treatment.choice
    entries = history.entries if isinstance(history, UserHistory) else history
    rules = None if page.book is None else page.rules_beside(latest_known(page.model, entries))
    items = page.model.for_history(
        entries,
        choice.length,
        choice.method,
        exclude_seen=choice.exclude_seen,
        selection=page.selection(rules),
    )
    return Listed(items, rules)


def latest_known(model: ServingModel, history: Sequence[str | Had]) -> str | None:
    """Return the latest item of a history that the model knows."""
    item_ids = (entry if isinstance(entry, str) else entry.item_id for entry in reversed(history))
    return next((item_id for item_id in item_ids if item_id in model.row_of), None)


def _is_kept(page: Page, asked: list[Any], cursor: str | None) -> bool:
    """Whether the caller has this list already; never of one whose variant is to be noted."""
    if page.treatment.assignment is not None:
        return False
    change = page.watcher.items.now().number  # lists follow it at once
    return is_kept_by_caller(page.model, change, page.rules_digest, asked, cursor)


def unknown(model: ServingModel, item_ids: list[str]) -> list[str]:
    """Return the ids that a model does not know."""
    return [item_id for item_id in item_ids if item_id not in model.row_of]


def _asked(treatment: Treatment[Any], *names: str) -> list[Any]:
    """Return what a cursor belongs to."""
    choice = treatment.choice.model_dump(exclude={"cursor"})
    return [treatment.route, *names, choice, *(treatment.assignment or ())]


def _open(
    watcher: ModelWatcher, treatment: Treatment[Any], asked: list[Any], log: ExposureLog | None
) -> Page:
    """Return the page that is asked for: the first, or the one a cursor points to."""
    choice: Paged = treatment.choice
    place = None if choice.cursor is None else read_cursor(choice.cursor, asked)
    if place is None:
        model = treatment.model or watcher.version(choice.model, deadline_s=DEADLINE_S)
    else:
        model = _version_of(watcher, place, choice.selection())
    book = watcher.directives.book(model) if treatment.has_rules else None
    page = Page(model, watcher, treatment, book, log, watcher.items.now().number)
    if place is not None:
        if place.rules != page.rules_digest:
            raise InvalidParameterError(
                "The business rules have changed since the cursor was given. Begin without a "
                "cursor."
            )
        page = page._replace(change=place.change, start=place.start, mark=place.mark)
    g.model_version = model.version
    return page


def _version_of(watcher: ModelWatcher, place: Place, selection: Selection) -> ServingModel:
    """Return the version that a cursor goes on with, its catalogue as it was."""
    try:
        model = watcher.version(place.version, deadline_s=DEADLINE_S)
    except UnknownModelError as error:
        raise InvalidParameterError(
            "The cursor's model version is gone. Begin without a cursor."
        ) from error
    if place.catalogue != model.fingerprint_of(selection):
        raise InvalidParameterError(
            "The catalogue has changed since the cursor was given. Begin without a cursor."
        )
    return model


def _close(page: Page, asked: list[Any], listed: Listed) -> Answer:
    """Return the list with where it goes on, which is nowhere after a list that is not full."""
    model, items = page.model, listed.items
    cursor = None
    choice: Paged = page.treatment.choice
    if len(items) == choice.length:
        catalogue, last = model.fingerprint_of(choice.selection()), items[-1].rank
        digest = page.rules_digest
        place = Place(model.version, catalogue, last, page.change, page.mark, digest)
        cursor = write_cursor(place, asked)
    return {
        **told(page, listed),
        "next_cursor": cursor,
        "model_version": model.version,
        "request_id": g.request_id,
    }


def told(page: Page, listed: Listed) -> Answer:
    """Return a list with what steered it, and note its variant."""
    items = _shown(page.model, page.treatment.choice, listed.items)
    note_exposure(page.log, page.treatment, page.model, listed.items)
    assignment = page.treatment.assignment
    return {
        "items": items,
        "rules": listed.told(page.model),
        "variant": None if assignment is None else assignment._asdict(),
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
