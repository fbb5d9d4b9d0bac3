"""Which answers may be kept, by whom, and when one that is kept is still good.

Lists that are made from memory alone have a weak ETag of all that they are made from: two with the
same differ in the request id at most. They are to be asked for again each time (``no-cache``), as
an item that was hidden must not come out of a cache; asking again costs no ranking and no body. All
else is not to be kept.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Flask, Response, g, request

from recommender import __version__
from recommender.api.state import RequestState, current
from recommender.serve import ModelWatcher, ServingModel

DIGEST_BYTES = 12
KEYED = ("X-API-Key", "Authorization")  # what an answer hangs on once there are keys
AWAY = {"X-Database-Away": "true"}


def etag_of(model: ServingModel, *asked: Any) -> str:
    """Return the weak ETag of what a model answers to what was asked, plain JSON."""
    values = [__version__, model.version, model.content, *asked]
    digest = hashlib.blake2b(orjson.dumps(values), digest_size=DIGEST_BYTES)
    return f'W/"{digest.hexdigest()}"'


def is_kept_by_caller(etag: str) -> bool:
    """Whether the caller has the answer of that ETag already."""
    if "If-None-Match" not in request.headers or _asks_for_none():
        return False
    return request.if_none_match.contains_weak(_opaque(etag))


def not_modified() -> Response:
    """Return the answer for whoever has it already."""
    return Response(status=304)


def keeping(state: RequestState) -> list[tuple[str, str]]:
    """Return the headers of an answer that may be kept and asked for again."""
    assert state.etag is not None
    how = "private, no-cache" if state.is_keyed else "no-cache"
    return [("ETag", state.etag), ("Cache-Control", how)]


def add_caching(app: Flask, watcher: ModelWatcher) -> None:
    """Say of every answer whether it may be kept."""

    @app.after_request
    def say(response: Response) -> Response:
        has_etag = g.etag is not None
        if has_etag and response.status_code == 200 and _asks_for_none():
            response = not_modified()
        headers = response.headers
        if has_etag and response.status_code in (200, 304):
            headers.update(keeping(current()))
        elif response.status_code >= 400 or "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if g.is_keyed:
            response.vary.update(KEYED)
        if watcher.is_database_away and g.model_version is not None:
            headers.update(AWAY)
        return response


def _asks_for_none() -> bool:
    """Whether the caller wants no answer, whichever it is; that there is one must be seen first."""
    return request.headers.get("If-None-Match", "").strip() == "*"


def _opaque(etag: str) -> str:
    return etag[3:-1]
