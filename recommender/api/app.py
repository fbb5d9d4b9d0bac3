"""Make the Flask application: routes, errors, request ids, JSON and the documentation page."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from flask import Response, abort, g, request
from flask.json.provider import JSONProvider
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.routing import BaseConverter

from recommender import __version__
from recommender.api.access import add_access
from recommender.api.docs import add_docs
from recommender.api.errors import add_error_handlers, validation_problem
from recommender.api.gorse import add_gorse
from recommender.api.routes import add_routes
from recommender.api.schemas import Problem
from recommender.explorer import add_explorer
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher

MAX_BODY_BYTES = 64 * 1024

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")


class ItemIdConverter(BaseConverter):
    """Any text at all in a path: ids may hold slashes, spaces, line ends."""

    regex = r"[\s\S]+"
    part_isolating = False
    weight = 200


class WritableItemIdConverter(ItemIdConverter):
    """The same, but not what reads like a route below an item: nothing is written by mistake."""

    regex = r"(?:(?!/(?:similar|explanation)\Z)[\s\S])+"


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson: faster, and always UTF-8."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return the JSON text of a value."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return an answer with a value as its JSON body."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype="application/json")


def create_app(watcher: ModelWatcher, exposures: ExposureLog | None = None) -> OpenAPI:
    """Return the application that answers from a watcher's model and database.

    Who is shown which variant of an experiment goes to ``exposures``.
    """
    app = OpenAPI(
        "recommender.api",
        info=Info(
            title="Footpath",
            version=__version__,
            description=(
                "Which items belong together. Item ids are percent-encoded in paths, slashes too. "
                "Errors are RFC 9457 problem details."
            ),
        ),
        validation_error_status=400,
        validation_error_model=Problem,
        validation_error_callback=validation_problem,
        operation_id_callback=lambda *, name, **_: name,
        doc_ui=False,
        static_folder=None,
    )
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.url_map.converters["item_id"] = ItemIdConverter
    app.url_map.converters["writable_item_id"] = WritableItemIdConverter
    app.before_request(_name_request)
    app.before_request(_refuse_malformed)
    add_access(app, watcher)
    app.after_request(_sign)
    add_error_handlers(app)
    add_routes(app, watcher, exposures)
    add_gorse(app, watcher)
    add_docs(app)
    add_explorer(app, watcher)
    return app


def _name_request() -> None:
    """Give the request an id: the caller's own if it is sane, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SANE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.model_version = None
    g.variant = None  # of an experiment; set by who answers


def _refuse_malformed() -> None:
    """Refuse what would otherwise be guessed at: bytes that are not UTF-8, oversized bodies."""
    path = request.environ.get("PATH_INFO", "").encode("latin-1", "replace")
    query = unquote_to_bytes(request.query_string.replace(b"+", b" "))
    for name, text in (("path", path), ("query string", query)):
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            abort(400, f"The {name} is not percent-encoded UTF-8.")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        abort(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")


def _sign(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    if g.model_version is not None:
        response.headers["X-Model-Version"] = g.model_version
    if g.variant is not None:
        response.headers["X-Variant"] = f"{g.variant.experiment}/{g.variant.variant}"
    return response
