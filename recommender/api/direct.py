"""Plain questions for similar items, answered before Flask: in half the time.

Only what needs nothing but memory and has been asked before in the same words comes here: a GET
whose query string Flask has read and found good, for an item of the model. All else, all errors
among it, is left to Flask, so there is one place that says what is wrong. Keys, limits, counts,
headers and the list itself are made by the same functions there and here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NamedTuple

import orjson

from recommender.api.access import KeyRing, given_key, may
from recommender.api.caching import AWAY, KEYED, keeping
from recommender.api.logs import log_request
from recommender.api.metrics import Observe
from recommender.api.pages import (
    DEADLINE_S,
    asked_for,
    beside_item,
    close_page,
    note_etag,
    open_page,
    plain_choice,
)
from recommender.api.questions import SimilarQuery
from recommender.api.rate_limits import RateLimits
from recommender.api.state import RequestState, signature
from recommender.api.variants import treated
from recommender.keys import matching_key
from recommender.serve import ModelWatcher

ROUTE = "/v1/items/{item_id}/similar"
MAX_KNOWN, MAX_LENGTH = 4096, 512  # questions, and bytes of one
_BEFORE, _AFTER = ROUTE.split("{item_id}")
_NEEDS_FLASK = ("HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH")

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[Environ, Any], Iterable[bytes]]


class _Question(NamedTuple):
    query: SimilarQuery
    choice: dict[str, Any]  # the query as plain JSON


class KnownQuestions:
    """Query strings that were read already, and what they ask for; the oldest go first."""

    def __init__(self) -> None:
        self._known: dict[str, _Question] = {}
        self._lock = Lock()

    def remember(self, text: str, query: SimilarQuery) -> None:
        """Note a query; those that need the database, or are of one visitor, are passed over."""
        is_plain = not query.explain and query.cursor is query.model is query.visitor is None
        if not is_plain or len(text) > MAX_LENGTH or text in self._known:
            return
        with self._lock:
            while len(self._known) >= MAX_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[text] = _Question(query, plain_choice(query))

    def find(self, text: str) -> _Question | None:
        """Return what a query string asks for; None if that is not known."""
        return self._known.get(text)


class DirectAnswers:
    """The WSGI application around Flask's, which is ``inner``."""

    def __init__(
        self,
        inner: Application,
        watcher: ModelWatcher,
        known: KnownQuestions,
        keys: KeyRing,
        limits: RateLimits,
        observe: Observe,
        *,
        is_logged: bool = False,
    ) -> None:
        self.inner = inner
        self._watcher = watcher
        self._known = known
        self._keys = keys
        self._limits = limits
        self._observe = observe
        self._is_logged = is_logged

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer, or have Flask answer."""
        found = self._answer(environ)
        if found is None:
            return self.inner(environ, start_response)
        body, headers = found
        start_response("200 OK", headers)
        return [body]

    def warm_up(self, item_id: str, text: str) -> None:
        """Make an answer as if a known question were asked; nothing is counted."""
        question = self._known.find(text)
        if question is not None:
            state = RequestState()
            state.begin("", ROUTE)
            self._headers(self._list(item_id, question, state) or b"", state)

    def _answer(self, environ: Environ) -> tuple[bytes, list[tuple[str, str]]] | None:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "GET" or not path.endswith(_AFTER):
            return None
        question = self._known.find(environ.get("QUERY_STRING", ""))
        if question is None or not path.startswith(_BEFORE) or _needs_flask(environ):
            return None
        state = RequestState()
        state.begin(environ.get("HTTP_X_REQUEST_ID", ""), ROUTE)
        try:
            item_id = path[len(_BEFORE) : -len(_AFTER)].encode("latin-1").decode()
            if not self._may_ask(environ, state):
                return None
            body = self._list(item_id, question, state)
        except Exception:  # whatever it is, Flask runs into it as well, and says so
            return None
        if body is None:
            return None
        self._observe(state, "GET", 200)
        if self._is_logged:
            log_request(state, "GET", 200)
        return body, self._headers(body, state)

    def _may_ask(self, environ: Environ, state: RequestState) -> bool:
        """Whether neither limits nor keys keep the question from being answered."""
        if self._limits.take_address(environ):
            return False
        keys = self._keys.keys()
        if not keys:
            return True
        state.is_keyed = True
        key = matching_key(keys, given_key(environ))
        if key is None or not may(key, "read"):
            return False
        state.key_id = key.id
        return not self._limits.take_key(environ, key.id)

    def _list(self, item_id: str, question: _Question, state: RequestState) -> bytes | None:
        """Return the answer; None if the model in memory does not know the item."""
        query = question.query
        treatment = treated(self._watcher, "similar", query, None)
        asked = asked_for(treatment, item_id, choice=question.choice)
        page = open_page(self._watcher, treatment, asked, None, state)
        if item_id not in page.model.row_of:
            return None
        note_etag(page, asked)
        listed = beside_item(page, item_id, DEADLINE_S)
        return orjson.dumps({"item_id": item_id, **close_page(page, asked, listed)})

    def _headers(self, body: bytes, state: RequestState) -> list[tuple[str, str]]:
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            *keeping(state),
            *signature(state),
        ]
        if state.is_keyed:
            headers.append(("Vary", ", ".join(KEYED)))
        if self._watcher.is_database_away:
            headers += AWAY.items()
        return headers


def _needs_flask(environ: Environ) -> bool:
    return any(environ.get(name) for name in _NEEDS_FLASK)
