"""What a route may cost: the largest body it takes, and how long it may wait for the database."""

from __future__ import annotations

import threading
from contextvars import Token
from dataclasses import dataclass

from flask import Flask, abort, g, request

from graphdb.deadline import Allowance, begin_work, end_work
from recommender.serve import ModelWatcher

# Fewer than the threads of a worker (recommender.api.server): while the database hangs, the others
# go on answering from memory.
MAX_WAITING = 8
PING_S = 1.0


@dataclass(frozen=True)
class RouteLimits:
    """What one route may cost."""

    body_bytes: int = 64 * 1024
    database_s: float = 1.5  # of all it asks; with all else an answer takes less than 2 s


DEFAULT = RouteLimits()


def limit_route(app: Flask, rule: str, limits: RouteLimits) -> None:
    """Give a route, by its rule as Flask writes it, limits of its own."""
    app.extensions.setdefault("route_limits", {})[rule] = limits


def add_route_limits(app: Flask) -> None:
    """Refuse larger bodies, and bound what each request asks of the database."""
    own: dict[str, RouteLimits] = app.extensions.setdefault("route_limits", {})
    turns = threading.Semaphore(MAX_WAITING)

    @app.before_request
    def begin() -> None:
        rule = request.url_rule
        limits = DEFAULT if rule is None else own.get(rule.rule, DEFAULT)
        if _body_bytes(limits.body_bytes) > limits.body_bytes:
            abort(413, f"The body is larger than {limits.body_bytes} bytes.")
        g.route_limits = limits
        g.allowance = begin_work(limits.database_s, turns)

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        token: Token[Allowance | None] | None = g.pop("allowance", None)
        if token is not None:
            end_work(token)


def _body_bytes(limit: int) -> int:
    """Return how large the body is; one that does not tell is read, as far as one byte too many."""
    environ = request.environ
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return 0
    request.max_content_length = limit + 1
    if request.content_length is not None or request.url_rule is None:
        return request.content_length or 0
    return len(request.get_data())


def add_ping(app: Flask, watcher: ModelWatcher) -> None:
    """Ask the database for a sign of life before a route that may wait for it longer.

    So such a route, too, tells within two seconds that the database is away.
    """

    @app.before_request
    def ping() -> None:
        if g.route_limits.database_s > DEFAULT.database_s:
            watcher.check_database()
            watcher.database.read("admin/ping", deadline_s=PING_S)
