"""The reading half of Gorse's API, and its feedback, for callers that are there already.

``/api/item/{id}/neighbors``, ``/api/item-to-item/{name}/{id}``, ``/api/recommend/{user}`` and
``/api/feedback`` take and give what Gorse 0.5 does (https://gorse.io/docs/api/restful-api.html);
errors are ours. Its ids cannot hold slashes, and neither can they here.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from flask import Blueprint, Flask, Response, g, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from recommender.api.errors import validation_problem
from recommender.api.pages import DEADLINE_S, latest_known
from recommender.columns import MAX_ID_LENGTH
from recommender.errors import UnknownUserError
from recommender.events import MAX_EVENTS, Event, write_events
from recommender.serve import (
    ListRules,
    ModelWatcher,
    Selection,
    SimilarItem,
    read_user_history,
    similar_items,
)
from recommender.serve.model import MAX_K

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]


class _Page(BaseModel):
    """Which part of a list; Gorse's own defaults. Other parameters are passed over, as it does."""

    n: int = Field(10, ge=1, le=MAX_K)
    offset: int = Field(0, ge=0, le=10_000)
    category: Id | None = None

    def selection(self, rules: ListRules | None) -> Selection:
        return Selection(start=self.offset, category=self.category, rules=rules)


class _Feedback(BaseModel):
    """Somebody did something with an item; the three ids together are what counts once."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Id = Field(alias="FeedbackType")
    user_id: Id = Field(alias="UserId")
    item_id: Id = Field(alias="ItemId")
    at: datetime | None = Field(None, alias="Timestamp")
    value: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, alias="Value")

    def event(self) -> Event:
        name = "\0".join((self.kind, self.user_id, self.item_id))
        event_id = "gorse-" + hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
        at = self.at and (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC))
        return Event(event_id, self.item_id, self.user_id, None, at, self.kind, self.value)


_FEEDBACK = TypeAdapter(Annotated[list[_Feedback], Field(max_length=MAX_EVENTS)])


def add_gorse(app: Flask, watcher: ModelWatcher) -> None:
    """Add the routes under ``/api``."""
    gorse = Blueprint("gorse", __name__, url_prefix="/api")

    @gorse.errorhandler(ValidationError)
    def refused(error: ValidationError) -> Response:
        return validation_problem(error)

    @gorse.get("/item/<item_id>/neighbors")
    @gorse.get("/item-to-item/<_name>/<item_id>")
    def item_to_item(item_id: str, _name: str = "") -> Response:
        page = _Page.model_validate(dict(request.args))
        model = watcher.current()
        selection = page.selection(watcher.directives.rules_of(model, "similar", item_id))
        g.model_version, items = similar_items(
            watcher, item_id, page.n, selection=selection, model=model, deadline_s=DEADLINE_S
        )
        return _scores(items)

    @gorse.get("/recommend/<user_id>")
    @gorse.get("/recommend/<user_id>/<category>")
    def recommend(user_id: str, category: str | None = None) -> Response:
        given = {**request.args, **({"category": category} if category else {})}
        page = _Page.model_validate(given)
        return jsonify([item.item_id for item in _for_user(watcher, user_id, page)])

    @gorse.route("/feedback", methods=["POST", "PUT"])
    def feedback() -> Response:
        told = [each.event() for each in _FEEDBACK.validate_python(request.get_json())]
        watcher.check_database()
        outcomes = write_events(watcher.database, told, deadline_s=DEADLINE_S)
        return jsonify({"RowAffected": outcomes.count("accepted")})

    app.register_blueprint(gorse)


def _for_user(watcher: ModelWatcher, user_id: str, page: _Page) -> list[SimilarItem]:
    """Return items for a user; popular ones for somebody who never had anything, as Gorse does."""
    model = watcher.current()
    g.model_version = model.version
    rules_of = partial(watcher.directives.rules_of, model)
    try:
        history = read_user_history(watcher, model, user_id, deadline_s=DEADLINE_S)
    except UnknownUserError:
        selection = page.selection(rules_of("popular", None))
        return model.popular(page.n, selection=watcher.items.shown(model, selection))
    selection = page.selection(rules_of("user", latest_known(model, history.entries)))
    shown = watcher.items.shown(model, selection)
    return model.for_history(history.entries, page.n, selection=shown)


def _scores(items: list[SimilarItem]) -> Response:
    return jsonify([{"Id": item.item_id, "Score": item.score} for item in items])
