"""Have an application do what its first requests would be the first to do."""

from __future__ import annotations

from urllib.parse import quote

from flask_openapi3.openapi import OpenAPI

from recommender.api.direct import ROUTE, DirectAnswers
from recommender.api.state import current

QUERIES = ("k=20", "k=10&method=embedding&explain=false")
N_TIMES = 20  # Python makes its code quicker after some


def warm_up(app: OpenAPI, item_id: str) -> None:
    """Answer what is similar to an item, without limits and keys; nothing is counted."""
    path = ROUTE.replace("{item_id}", quote(item_id, safe=""))
    for query in QUERIES:
        for _ in range(N_TIMES):
            with app.test_request_context(path, query_string=query):
                current().begin("", ROUTE)
                app.make_response(app.dispatch_request())
            if isinstance(app.wsgi_app, DirectAnswers):
                app.wsgi_app.warm_up(item_id, query)
