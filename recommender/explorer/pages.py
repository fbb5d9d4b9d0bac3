"""The page at ``/explore`` and the data it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, request, send_from_directory

from recommender.explorer import answers
from recommender.explorer.parameters import (
    item_asked,
    number_asked,
    relation_asked,
    walk_asked,
    whole_asked,
)
from recommender.serve import ModelWatcher
from recommender.serve.catalogue import MAX_QUERY_LENGTH

STATIC = Path(__file__).parent / "static"

# Cytoscape and Plotly set inline styles and draw blob: images; nothing may come from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
MAX_NEIGHBOURS = 600
MAX_LIST = 50

Answer = dict[str, Any]
Given = Mapping[str, str]
Ask = Callable[[ModelWatcher, Given], Answer]


def add_explorer(app: Flask, watcher: ModelWatcher) -> None:
    """Add ``/explore``, its files, and its data under ``/explore/data``."""
    explorer = Blueprint(
        "explorer",
        __name__,
        url_prefix="/explore",
        static_folder=str(STATIC),
        static_url_path="/static",
    )

    @explorer.get("/")
    def page() -> Response:
        return send_from_directory(STATIC, "index.html", max_age=0)

    _add_data(explorer, watcher)

    @explorer.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    app.register_blueprint(explorer)


def _add_data(explorer: Blueprint, watcher: ModelWatcher) -> None:
    for name, ask in DATA.items():
        explorer.add_url_rule(f"/data/{name}", name, _view(watcher, ask))


def _view(watcher: ModelWatcher, ask: Ask) -> Callable[[], Answer]:
    def view() -> Answer:
        watcher.check_database()
        return ask(watcher, request.args)

    return view


def _search(watcher: ModelWatcher, given: Given) -> Answer:
    text = given.get("text", "")[:MAX_QUERY_LENGTH]
    return answers.search(watcher.database, text, whole_asked(given, "k", 12, MAX_LIST))


def _neighbourhood(watcher: ModelWatcher, given: Given) -> Answer:
    return answers.neighbourhood(
        watcher.database,
        item_asked(given),
        relation_asked(given),
        whole_asked(given, "n", 15, MAX_NEIGHBOURS),
        number_asked(given, "least", 0.0, 0.0, 1e12),
    )


def _walks(watcher: ModelWatcher, given: Given) -> Answer:
    return answers.walks(
        watcher.database, item_asked(given), relation_asked(given), walk_asked(given)
    )


def _why(watcher: ModelWatcher, given: Given) -> Answer:
    item_id, other_id = item_asked(given), item_asked(given, "other")
    return answers.why(watcher.database, item_id, other_id, relation_asked(given))


def _compare(watcher: ModelWatcher, given: Given) -> Answer:
    return answers.compare(
        watcher.database,
        item_asked(given),
        given.get("old", ""),
        given.get("new", ""),
        whole_asked(given, "k", 10, MAX_LIST),
    )


DATA: dict[str, Ask] = {
    "start": lambda watcher, _: answers.start(watcher),
    "search": _search,
    "neighbourhood": _neighbourhood,
    "walks": _walks,
    "why": _why,
    "similar": lambda watcher, given: answers.similar(
        watcher, item_asked(given), whole_asked(given, "k", 10, MAX_LIST)
    ),
    "compare": _compare,
    "map": lambda watcher, given: answers.item_map(watcher, given.get("version") or None),
    "glance": lambda watcher, _: answers.glance(watcher),
}
