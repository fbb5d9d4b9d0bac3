"""Who may ask what: keys and their scopes, checked before a route runs.

While no key was ever made the API answers everybody who can connect, which is why it then listens
on this machine alone (``recommender.api.server``). From the first key on, revoked ones included, a
request needs a valid key of the route's scope in ``X-API-Key`` or as a Bearer token.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, g, request

from graphdb import GraphDbError
from recommender.api.errors import problem
from recommender.keys import ApiKey, Scope, list_keys, matching_key
from recommender.serve import ModelWatcher

REREAD_S = 5.0  # keys are read again after so long, beside the requests
STALE_S = 10.0  # a revoked key opens nothing after so long, whatever happens
DEADLINE_S = 1.0

# Open to everybody: whether it is well, how it is asked, and pages without data in them.
_OPEN = ("/v1/health/", "/v1/openapi.json", "/docs", "/explore/static/")
_OPEN_PAGES = ("/explore", "/explore/")
_ADMIN = ("/v1/rules", "/v1/experiments")  # to read them as well
_READING_POSTS = ("/v1/sessions/recommendations", "/v1/recommendations:batch")


class KeyRing:
    """The keys of the database, read anew every few seconds by whoever follows its versions.

    So no request waits for them, but one that finds them older than that: there is nobody who
    follows, or the database is slow. While it is away the last ones known go on being good: nothing
    opens by itself.
    """

    def __init__(self, watcher: ModelWatcher) -> None:
        self._watcher = watcher
        self._lock = threading.Lock()
        self._keys: Sequence[ApiKey] | None = None
        self._read_at = float("-inf")
        watcher.also_poll(self.refresh)

    def keys(self) -> Sequence[ApiKey]:
        """Return every key.

        Raises
        ------
        GraphDbError
            If they were never read and the database does not answer.
        """
        if self._keys is None or self._age_s() >= STALE_S:
            self._reread(STALE_S)
        assert self._keys is not None
        return self._keys

    def refresh(self) -> None:
        """Read the keys again if that is due."""
        if self._age_s() >= REREAD_S:
            with contextlib.suppress(GraphDbError):
                self._reread(REREAD_S)

    def has_any(self) -> bool:
        """Whether keys are asked for, as far as is known."""
        try:
            return bool(self.keys())
        except GraphDbError:
            return False

    def _age_s(self) -> float:
        return time.monotonic() - self._read_at

    def _reread(self, age_s: float) -> None:
        """Read the keys unless somebody else does; who has none yet waits for them."""
        if not self._lock.acquire(blocking=self._keys is None):
            return
        try:
            if self._keys is not None and self._age_s() < age_s:
                return
            try:
                self._watcher.check_database()
                self._keys = list_keys(self._watcher.database, deadline_s=DEADLINE_S)
            except GraphDbError:
                if self._keys is None:
                    raise
            self._read_at = time.monotonic()
        finally:
            self._lock.release()


def add_access(app: Flask, ring: KeyRing) -> None:
    """Ask for keys, once there are any.

    They are read now, so that a database lost later stops no answer from memory.
    """
    with contextlib.suppress(GraphDbError):
        ring.keys()

    @app.before_request
    def check() -> Response | None:
        if is_open(request.path):
            return None
        keys = ring.keys()
        if not keys:
            return None
        g.is_keyed = True
        key = matching_key(keys, given_key(request.environ))
        if key is None:
            refused = problem(
                401, "Give a valid key in the header X-API-Key, or as a Bearer token."
            )
            refused.headers["WWW-Authenticate"] = 'Bearer realm="Footpath"'
            return refused
        needed = scope_of(request.method, request.path)
        if not may(key, needed):
            return problem(403, f"This key may not do that: it has no scope '{needed}'.")
        g.key_id = key.id
        return None


def scope_of(method: str, path: str) -> Scope:
    """Return the scope that a request needs."""
    if path.startswith(_ADMIN):
        return "admin"
    if method in ("GET", "HEAD", "OPTIONS") or path in _READING_POSTS:
        return "read"
    if path in ("/v1/events", "/api/feedback"):
        return "events"
    if path.startswith("/v1/items"):
        return "write"
    return "admin"


def is_open(path: str) -> bool:
    """Whether everybody may ask for a path, keys or not."""
    return path in _OPEN_PAGES or path.startswith(_OPEN)


def may(key: ApiKey, needed: Scope) -> bool:
    """Whether a key opens what needs a scope."""
    return needed in key.scopes or "admin" in key.scopes


def given_key(environ: Mapping[str, Any]) -> str:
    """Return the key that a request brings, as WSGI has it; an empty text if it brings none."""
    header = environ.get("HTTP_X_API_KEY")
    if header is not None:
        return str(header)
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
