"""A client of the HTTP API: typed answers, errors that say what to do, retries that do no harm.

It needs urllib3 alone and imports nothing else of Footpath::

    from recommender.client import Footpath

    shop = Footpath("http://127.0.0.1:8000", key="fp_…")
    for item in shop.similar("85123A", k=5, filter="price < 20"):
        print(item.rank, item.title, item.score)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

TIMEOUT_S = 10.0
RETRIES = 2
EVENTS_AT_ONCE = 500
CHANGES_AT_ONCE = 500

Value = str | int | float | bool | None
Parameter = Value | Sequence[str]


class FootpathError(Exception):
    """The API refused a request, or did not answer."""

    def __init__(self, status: int | None, detail: str, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status}: {detail}" if status else detail)
        self.status = status  # of HTTP; None: there was no answer
        self.detail = detail
        self.problem = problem  # RFC 9457, as it came
        self.request_id: str | None = problem.get("request_id")


@dataclass(frozen=True)
class Recommended:
    """One recommendation."""

    item_id: str
    title: str | None
    score: float  # compares with others of the same source
    rank: int  # from 1, over all pages
    source: str
    fields: Mapping[str, Value] = field(default_factory=dict)
    reasons: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Recommendations:
    """A list of recommendations; iterate over it for the items."""

    items: tuple[Recommended, ...]
    model_version: str
    request_id: str
    next_cursor: str | None
    answer: Mapping[str, Any]  # as it came, with what else is in it

    def __iter__(self) -> Iterator[Recommended]:
        """Iterate over the items, best first."""
        return iter(self.items)

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.items)


class Footpath:
    """The API of one server. Threads may share it; close it, or use it in a ``with`` block.

    Parameters
    ----------
    url : str
        Where the server is, such as ``http://127.0.0.1:8000``.
    key : str, optional
        A key from ``footpath keys create``.
    timeout_s : float
        Longest wait for an answer.

    Every method raises :class:`FootpathError` if the API refuses. A request that got no answer, or
    503, is sent again twice, after as long as the server says; none does anything twice.
    """

    def __init__(self, url: str, key: str | None = None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json", **({"X-API-Key": key} if key else {})}
        retries = urllib3.Retry(
            total=RETRIES,
            status_forcelist=(503,),
            allowed_methods=None,
            backoff_factor=0.2,
            raise_on_status=False,
        )
        self._pool = urllib3.PoolManager(
            maxsize=16, timeout=urllib3.Timeout(total=timeout_s), retries=retries
        )

    def __enter__(self) -> Footpath:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close all connections."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def similar(self, item_id: str, **choice: Parameter) -> Recommendations:
        """Return items similar to one; ``choice`` is k, method, filter, …, as in the reference."""
        return _list(self._ask("GET", f"/v1/items/{_part(item_id)}/similar", choice))

    def popular(self, **choice: Parameter) -> Recommendations:
        """Return the items that most sessions hold."""
        return _list(self._ask("GET", "/v1/popular", choice))

    def for_user(self, user_id: str, **choice: Parameter) -> Recommendations:
        """Return items that go with what a user had."""
        return _list(self._ask("GET", f"/v1/users/{_part(user_id)}/recommendations", choice))

    def for_session(self, items: Sequence[str], **choice: Parameter) -> Recommendations:
        """Return items for somebody unknown who has seen some, the latest last."""
        body = {"items": list(items), **choice}
        return _list(self._ask("POST", "/v1/sessions/recommendations", body=body))

    def batch(
        self, requests: Sequence[Mapping[str, Any]], model: str | None = None
    ) -> list[Mapping[str, Any]]:
        """Return the result of each of several requests, all from one version."""
        body: dict[str, Any] = {"requests": list(requests)}
        if model is not None:
            body["model"] = model
        results: list[Mapping[str, Any]] = self._ask(
            "POST", "/v1/recommendations:batch", body=body
        )["results"]
        return results

    def similar_pages(self, item_id: str, **choice: Parameter) -> Iterator[Recommendations]:
        """Yield a list page by page, without an item twice or left out."""
        page = self.similar(item_id, **choice)
        yield page
        while page.next_cursor is not None:
            page = self.similar(item_id, **choice, cursor=page.next_cursor)
            yield page

    def explanation(self, item_id: str, to: str) -> Mapping[str, Any]:
        """Return why one item goes with another."""
        return self._ask("GET", f"/v1/items/{_part(item_id)}/explanation", {"to": to})

    def item(self, item_id: str) -> Mapping[str, Any]:
        """Return an item with its properties."""
        return self._ask("GET", f"/v1/items/{_part(item_id)}")

    def search(self, words: str, limit: int = 20) -> list[Mapping[str, Any]]:
        """Return items by the words of their title."""
        answer = self._ask("GET", "/v1/items", {"query": words, "limit": limit})
        found: list[Mapping[str, Any]] = answer["items"]
        return found

    def put_item(self, item_id: str, **members: Any) -> Mapping[str, Any]:
        """Create an item or replace what it is: title, category, properties, is_hidden."""
        return self._ask("PUT", f"/v1/items/{_part(item_id)}", body=members)

    def patch_item(self, item_id: str, **members: Any) -> Mapping[str, Any]:
        """Change what is named of an item."""
        return self._ask("PATCH", f"/v1/items/{_part(item_id)}", body=members)

    def hide(self, item_id: str) -> None:
        """Never show an item again, from the moment this returns."""
        self.patch_item(item_id, is_hidden=True)

    def show(self, item_id: str) -> None:
        """Show a hidden item again."""
        self.patch_item(item_id, is_hidden=False)

    def delete_item(self, item_id: str) -> None:
        """Delete an item, with its relationships and all that visitors did with it."""
        self._ask("DELETE", f"/v1/items/{_part(item_id)}")

    def change_items(self, operations: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Make any number of changes, 500 in a transaction; return what became of each."""
        results: list[Mapping[str, Any]] = []
        for some in _parts(operations, CHANGES_AT_ONCE):
            results += self._ask("POST", "/v1/items:bulk", body={"operations": some})["results"]
        return results

    def send_events(self, events: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Tell any number of events, 500 at a time; return what became of each.

        What is told again under the same ``event_id`` is not written again.
        """
        results: list[Mapping[str, Any]] = []
        for some in _parts(events, EVENTS_AT_ONCE):
            results += self._ask("POST", "/v1/events", body={"events": some})["results"]
        return results

    def models(self) -> list[Mapping[str, Any]]:
        """Return the model versions, the newest first."""
        found: list[Mapping[str, Any]] = self._ask("GET", "/v1/models")["models"]
        return found

    def is_ready(self) -> bool:
        """Whether the server has a model and a database."""
        try:
            return bool(self._ask("GET", "/v1/health/ready", retries=False)["status"] == "ready")
        except FootpathError:
            return False

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Parameter] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        retries: bool | None = None,
    ) -> Mapping[str, Any]:
        parameters = [(name, value) for name, value in (query or {}).items() if value is not None]
        url = self._url + path
        if parameters:
            url += "?" + urlencode([(name, _text(value)) for name, value in parameters], doseq=True)
        headers, content = self._headers, None
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
            content = json.dumps(body).encode()
        try:
            answer = self._pool.request(method, url, body=content, headers=headers, retries=retries)
        except urllib3.exceptions.HTTPError as error:
            raise FootpathError(
                None, f"{self._url} does not answer ({type(error).__name__}).", {}
            ) from error
        return _value(answer)


def _value(answer: urllib3.BaseHTTPResponse) -> Mapping[str, Any]:
    try:
        found: Any = json.loads(answer.data) if answer.data else {}
    except ValueError:
        found = {}
    if not 200 <= answer.status < 300:
        problem = found if isinstance(found, dict) else {}
        raise FootpathError(answer.status, str(problem.get("detail", answer.reason)), problem)
    value: Mapping[str, Any] = found
    return value


def _list(answer: Mapping[str, Any]) -> Recommendations:
    return Recommendations(
        items=tuple(
            Recommended(**{name: item[name] for name in _MEMBERS if name in item})
            for item in answer["items"]
        ),
        model_version=answer["model_version"],
        request_id=answer["request_id"],
        next_cursor=answer["next_cursor"],
        answer=answer,
    )


_MEMBERS = tuple(Recommended.__dataclass_fields__)


def _part(item_id: str) -> str:
    return quote(item_id, safe="")


def _text(value: Parameter) -> str | list[str]:
    if isinstance(value, bool):
        return "true" if value else "false"
    return list(value) if isinstance(value, list | tuple) else str(value)


def _parts(all_: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    rest = iter(all_)
    while some := list(islice(rest, size)):
        yield some
