"""Let pages of other origins ask from a browser: those that were named, no others.

No credentials are allowed, as there are no cookies: a page sends its key in a header.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
ASKED_WITH = "Authorization, Content-Type, If-None-Match, X-API-Key, X-Request-ID"
TOLD = "ETag, Retry-After, X-Database-Away, X-Model-Version, X-Request-ID"
MAX_AGE_S = 600


def add_cors(app: Flask, origins: Sequence[str]) -> None:
    """Answer a browser's question whether it may, before keys are asked for: it sends none."""
    if not origins:
        return
    allowed = frozenset(origins)

    @app.before_request
    def preflight() -> Response | None:
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not asks or request.headers.get("Origin") not in allowed:
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = ASKED_WITH
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
        return response

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = TOLD
        return response
