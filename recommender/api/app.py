"""Make the Flask application: routes, errors, request ids, JSON and the documentation page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes

import orjson
from flask import Response, abort, request
from flask.json.provider import JSONProvider
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.routing import BaseConverter

from recommender import __version__
from recommender.api.access import KeyRing, add_access
from recommender.api.caching import add_caching
from recommender.api.cors import add_cors
from recommender.api.direct import DirectAnswers, KnownQuestions
from recommender.api.docs import add_docs
from recommender.api.errors import add_error_handlers, validation_problem
from recommender.api.gorse import add_gorse
from recommender.api.items import DELETE_DEADLINE_S
from recommender.api.logs import add_request_log
from recommender.api.metrics import add_metrics, route_asked
from recommender.api.rate_limits import RateLimits, add_address_limit, add_key_limit
from recommender.api.route_limits import RouteLimits, add_ping, add_route_limits, limit_route
from recommender.api.routes import add_routes
from recommender.api.schemas import Problem
from recommender.api.settings import ApiSettings
from recommender.api.state import RequestState, current, signature
from recommender.api.tracing import add_tracing
from recommender.explorer import DATA, DEADLINE_S, add_explorer
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher

DEFAULTS = ApiSettings()
MANY_BYTES = 1024 * 1024  # of a body with many items or events

Function = TypeVar("Function")


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


class Application(OpenAPI):
    """Flask's, for functions that are none of them coroutines.

    To ask that of each function at each request takes a twentieth of an answer.
    """

    app_ctx_globals_class = RequestState

    def ensure_sync(self, func: Function) -> Function:
        """Return the function as it is."""
        return func


def create_app(
    watcher: ModelWatcher,
    settings: ApiSettings = DEFAULTS,
    *,
    exposures: ExposureLog | None = None,
) -> OpenAPI:
    """Return the application that answers from a watcher's model and database.

    Who is shown which variant of an experiment goes to ``exposures``.
    """
    app = Application(
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
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.url_map.converters["item_id"] = ItemIdConverter
    app.url_map.converters["writable_item_id"] = WritableItemIdConverter
    known, keys = KnownQuestions(), KeyRing(watcher)
    _add_surroundings(app, watcher, settings, known, keys)
    add_error_handlers(app)
    add_routes(app, watcher, known, exposures)
    add_gorse(app, watcher)
    add_docs(app, keys)
    add_explorer(app, watcher)
    _limit_routes(app)
    return app


def _limit_routes(app: OpenAPI) -> None:
    """Give limits of their own to routes that take more."""
    for name in DATA:
        limit_route(app, f"/explore/data/{name}", RouteLimits(database_s=DEADLINE_S))
    limit_route(app, "/v1/events", RouteLimits(body_bytes=MANY_BYTES))
    deleting = RouteLimits(database_s=DELETE_DEADLINE_S)
    limit_route(app, "/v1/items/<writable_item_id:item_id>", deleting)
    limit_route(app, "/v1/items:bulk", replace(deleting, body_bytes=MANY_BYTES))


def _add_surroundings(
    app: OpenAPI,
    watcher: ModelWatcher,
    settings: ApiSettings,
    known: KnownQuestions,
    keys: KeyRing,
) -> None:
    """Add what is done before every route, in this order, and after it, the last one first.

    Last comes what answers plain questions before all this, but with the same parts.
    """
    limits = RateLimits(settings)
    app.before_request(_name_request)
    is_traced = add_tracing(app)
    is_logged = settings.log_format == "json"
    if is_logged:
        add_request_log(app)
    observe = add_metrics(app, watcher, settings.shared)
    add_cors(app, settings.origins)
    add_address_limit(app, limits)
    app.before_request(_refuse_malformed)
    add_route_limits(app)
    add_access(app, keys)
    add_key_limit(app, limits)
    add_ping(app, watcher)
    app.after_request(_sign)
    add_caching(app, watcher)
    if not is_traced and not settings.origins:
        direct = DirectAnswers(
            app.wsgi_app, watcher, known, keys, limits, observe, is_logged=is_logged
        )
        app.wsgi_app = direct  # type: ignore[method-assign]


def _name_request() -> None:
    current().begin(request.headers.get("X-Request-ID", ""), route_asked())


def _refuse_malformed() -> None:
    """Refuse what would otherwise be guessed at: bytes that are not UTF-8."""
    environ = request.environ
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace")
    query = unquote_to_bytes(environ.get("QUERY_STRING", "").encode("latin-1", "replace"))
    for name, text in (("path", path), ("query string", query)):
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            abort(400, f"The {name} is not percent-encoded UTF-8.")


def _sign(response: Response) -> Response:
    for name, value in signature(current()):
        response.headers[name] = value
    return response
