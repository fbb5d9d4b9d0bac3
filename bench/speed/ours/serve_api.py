"""Footpath's server as it is, with one more route that gives back a constant."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Response
from flask_openapi3.openapi import OpenAPI

from recommender.api.server import load_application, make_server
from recommender.serve import ArrayCache, ServingDisk


def load() -> OpenAPI:
    """Return the application of one worker."""
    app = load_application(ServingDisk(ArrayCache(Path(sys.argv[2]))))
    body = b"x" * int(sys.argv[4])
    app.add_url_rule("/constant", "constant", lambda: Response(body, mimetype="application/json"))
    return app


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(sys.argv[1]), n_workers=int(sys.argv[3]))
    server.serve(target_loader=load, wrap_loader=False)
