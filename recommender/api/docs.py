"""The documentation page: Swagger UI from the installed wheel; nothing comes from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response
from flask_openapi3.openapi import OpenAPI

from recommender.api.access import KeyRing
from recommender.api.description import corrected


def _assets() -> Path:
    spec = find_spec("flask_openapi3_swagger")
    if spec is None or spec.origin is None:
        raise ImportError("flask-openapi3[swagger] is not installed.")
    return Path(spec.origin).parent / "templates" / "swagger"


# Swagger UI sets inline styles and draws data: images; it may load and ask nothing but us.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Footpath API</title>
<link rel="icon" href="/docs/assets/images/swagger.svg">
<link rel="stylesheet" href="/docs/assets/css/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/js/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

# validatorUrl: null, or the page would send the description to a public validator.
START = """SwaggerUIBundle({
  url: "/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""


def add_docs(app: OpenAPI, keys: KeyRing) -> None:
    """Add ``/v1/openapi.json`` and ``/docs``."""
    docs = Blueprint(
        "docs",
        __name__,
        url_prefix="/docs",
        static_folder=str(_assets()),
        static_url_path="/assets",
    )

    @docs.get("/")
    def page() -> Response:
        return Response(PAGE, mimetype="text/html")

    @docs.get("/start.js")
    def start() -> Response:
        return Response(START, mimetype="text/javascript")

    @docs.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    app.register_blueprint(docs)
    document = cache(lambda is_keyed: corrected(app.api_doc, is_keyed=is_keyed))
    app.add_url_rule("/v1/openapi.json", "openapi", lambda: document(keys.has_any()))
