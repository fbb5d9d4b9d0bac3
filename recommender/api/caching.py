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
from recommender.serve import ModelWatcher, ServingModel

DIGEST_BYTES = 12


def etag_of(model: ServingModel, *asked: Any) -> str:
    """Return the weak ETag of what a model answers to what was asked, plain JSON."""
    values = [__version__, model.version, model.content, *asked]
    digest = hashlib.blake2b(orjson.dumps(values), digest_size=DIGEST_BYTES)
    return f'W/"{digest.hexdigest()}"'


def is_kept_by_caller(model: ServingModel, *asked: Any) -> bool:
    """Note the ETag of the answer to come, and say whether the caller has that answer already."""
    g.etag = etag = etag_of(model, *asked)
    if "If-None-Match" not in request.headers or _asks_for_none():
        return False
    return request.if_none_match.contains_weak(_opaque(etag))


def not_modified() -> Response:
    """Return the answer for whoever has it already."""
    return Response(status=304)


def add_caching(app: Flask, watcher: ModelWatcher) -> None:
    """Say of every answer whether it may be kept."""

    @app.after_request
    def say(response: Response) -> Response:
        etag = g.etag
        if etag is not None and response.status_code == 200 and _asks_for_none():
            response = not_modified()
        headers, is_keyed = response.headers, g.is_keyed
        if etag is not None and response.status_code in (200, 304):
            headers["ETag"] = etag
            headers["Cache-Control"] = "private, no-cache" if is_keyed else "no-cache"
        elif response.status_code >= 400 or "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if is_keyed:
            response.vary.update(("X-API-Key", "Authorization"))
        if watcher.is_database_away and g.model_version is not None:
            headers["X-Database-Away"] = "true"
        return response


def _asks_for_none() -> bool:
    """Whether the caller wants no answer, whichever it is; that there is one must be seen first."""
    return request.headers.get("If-None-Match", "").strip() == "*"


def _opaque(etag: str) -> str:
    return etag[3:-1]
