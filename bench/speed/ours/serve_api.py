"""Footpath's server as it is, with one more route that gives back a constant."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from flask import Response
from flask_openapi3.openapi import OpenAPI

from recommender.api.server import load_application, make_server, model_to_share
from recommender.serve import ArrayCache, ServingDisk, ServingModel


def load(disk: ServingDisk, model: ServingModel | None, n_bytes: int) -> OpenAPI:
    """Return the application of one worker."""
    app = load_application(disk, model=model)
    body = b"x" * n_bytes
    app.add_url_rule("/constant", "constant", lambda: Response(body, mimetype="application/json"))
    return app


if __name__ == "__main__":
    port, n_workers, n_bytes = (int(sys.argv[place]) for place in (1, 3, 4))
    disk = ServingDisk(ArrayCache(Path(sys.argv[2])))
    model = model_to_share(disk) if n_workers > 1 else None
    server = make_server("127.0.0.1", port, n_workers=n_workers)
    server.serve(target_loader=partial(load, disk, model, n_bytes), wrap_loader=False)
