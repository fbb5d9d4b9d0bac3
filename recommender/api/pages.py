"""Lists as pages: where one begins, what steers it, how it is told, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from recommender.api.caching import etag_of
from recommender.api.questions import Choice, HistoryChoice, Paged, SimilarChoice
from recommender.api.state import RequestState
from recommender.api.variants import Treatment, note_exposure
from recommender.errors import InvalidParameterError, UnknownModelError
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
    read_cursor,
    similar_items,
    write_cursor,
)

DEADLINE_S = 1.5  # the whole answer takes less than 2 s

Answer = dict[str, Any]


class Page(NamedTuple):
    """What an answer is made from, and where its list begins."""

    model: ServingModel
    watcher: ModelWatcher
    treatment: Treatment[Any]
    book: RuleBook | None  # of the rules in force
    log: ExposureLog | None
    state: RequestState  # of the request that is answered
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


def note_etag(page: Page, asked: list[Any], cursor: str | None = None) -> str | None:
    """Note the ETag of a list made from memory; none if its variant is to be noted each time."""
    if page.treatment.assignment is not None:
        return None
    change = page.watcher.items.now().number  # lists follow it at once
    etag = etag_of(page.model, change, page.rules_digest, asked, cursor)
    page.state.etag = etag
    return etag


def unknown(model: ServingModel, item_ids: list[str]) -> list[str]:
    """Return the ids that a model does not know."""
    return [item_id for item_id in item_ids if item_id not in model.row_of]


def asked_for(
    treatment: Treatment[Any], *names: str, choice: dict[str, Any] | None = None
) -> list[Any]:
    """Return what a cursor and an ETag belong to; ``choice`` is the treatment's as plain JSON."""
    if choice is None:
        choice = plain_choice(treatment.choice)
    return [treatment.route, *names, choice, *(treatment.assignment or ())]


def plain_choice(choice: Choice) -> dict[str, Any]:
    """Return a choice as plain JSON, without the page."""
    return choice.model_dump(exclude={"cursor"})


def open_page(
    watcher: ModelWatcher,
    treatment: Treatment[Any],
    asked: list[Any],
    log: ExposureLog | None,
    state: RequestState,
) -> Page:
    """Return the page that is asked for: the first, or the one a cursor points to."""
    choice: Paged = treatment.choice
    place = None if choice.cursor is None else read_cursor(choice.cursor, asked)
    if place is None:
        model = treatment.model or watcher.version(choice.model, deadline_s=DEADLINE_S)
    else:
        model = _version_of(watcher, place, choice.selection())
    book = watcher.directives.book(model) if treatment.has_rules else None
    page = Page(model, watcher, treatment, book, log, state, watcher.items.now().number)
    if place is not None:
        if place.rules != page.rules_digest:
            raise InvalidParameterError(
                "The business rules have changed since the cursor was given. Begin without a "
                "cursor."
            )
        page = page._replace(change=place.change, start=place.start, mark=place.mark)
    state.model_version = model.version
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


def close_page(page: Page, asked: list[Any], listed: Listed) -> Answer:
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
        "request_id": page.state.request_id,
    }


def told(page: Page, listed: Listed) -> Answer:
    """Return a list with what steered it, and note its variant."""
    page.state.note_items(listed.items)
    items = _shown(page.model, page.treatment.choice, listed.items)
    note_exposure(page.log, page.treatment, page.model, listed.items, page.state)
    assignment = page.treatment.assignment
    return {
        "items": items,
        "rules": listed.told(page.model),
        "variant": None if assignment is None else assignment._asdict(),
    }


def _shown(model: ServingModel, choice: Choice, items: list[SimilarItem]) -> list[Answer]:
    """Return items as they are answered, with the properties that were asked for."""
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
