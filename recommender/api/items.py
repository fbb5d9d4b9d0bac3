"""Routes of items: look up, search, and change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from flask import Response, g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.errors import problems
from recommender.api.pages import DEADLINE_S, Answer
from recommender.api.questions import ItemPath
from recommender.api.schemas import ItemAnswer, ItemsAnswer, SearchQuery
from recommender.api.writes import BulkAnswer, BulkBody, ItemBody
from recommender.errors import UnknownItemError
from recommender.ids import is_id
from recommender.items import ItemWrite, ItemWrites, read_items, write_items
from recommender.serve import ModelWatcher, find_item, search_items

DELETE_DEADLINE_S = 30.0  # an item may have hundreds of thousands of relationships

ITEMS = Tag(name="items")


def add_items(app: OpenAPI, watcher: ModelWatcher) -> None:
    """Add the routes of items."""
    _add_reading(app, watcher)
    _add_changing(app, watcher)
    _add_bulk(app, watcher)


def item_answer(watcher: ModelWatcher, item_id: str, said: str) -> Answer:
    """Return one item; ``said`` is the id that an error names."""
    watcher.check_database()
    found = read_items(watcher.database, [item_id], deadline_s=DEADLINE_S) if is_id(item_id) else {}
    if item_id not in found:
        raise UnknownItemError(f"There is no item '{said[:80]}'.")
    return {**asdict(found[item_id]), "request_id": g.request_id}


def _add_reading(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        "/v1/items/<item_id:item_id>",
        tags=[ITEMS],
        responses={200: ItemAnswer, **problems(404, 503)},
    )
    def item(path: ItemPath) -> Answer:
        """One item."""
        return item_answer(watcher, path.item_id, path.item_id)

    @app.get("/v1/items", tags=[ITEMS], responses={200: ItemsAnswer, **problems(400, 503)})
    def items(query: SearchQuery) -> Answer:
        """Items by the words of their title, or one by its id."""
        watcher.check_database()
        if query.query is not None:
            found = search_items(watcher.database, query.query, query.limit, deadline_s=DEADLINE_S)
        else:
            item = find_item(watcher.database, query.item_id or "", deadline_s=DEADLINE_S)
            found = [item] if item is not None else []
        return {"items": [asdict(item) for item in found], "request_id": g.request_id}


def _add_changing(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.put(
        "/v1/items/<writable_item_id:item_id>",
        tags=[ITEMS],
        description=(
            "Makes the item be as the body says: properties that it does not name are taken away. "
            "What visitors did with it, its vectors, and whether it is hidden stay. An id ending "
            "in `/similar` or `/explanation` is written by `/v1/items:bulk`."
        ),
        responses={200: ItemAnswer, 201: ItemAnswer, **problems(400, 413, 503)},
    )
    def put_item(path: ItemPath, body: ItemBody) -> tuple[Answer, int]:
        """Create or replace an item."""
        done = _write(watcher, [body.write("put", path.item_id)])
        answer = item_answer(watcher, path.item_id, path.item_id)
        return answer, 201 if path.item_id in done.created else 200

    @app.patch(
        "/v1/items/<writable_item_id:item_id>",
        tags=[ITEMS],
        description="Changes what the body names; null takes a property away.",
        responses={200: ItemAnswer, **problems(400, 404, 413, 503)},
    )
    def patch_item(path: ItemPath, body: ItemBody) -> Answer:
        """Change some properties of an item, hide it, or show it again."""
        _write_one(watcher, body.write("patch", path.item_id))
        return item_answer(watcher, path.item_id, path.item_id)

    @app.delete(
        "/v1/items/<writable_item_id:item_id>",
        tags=[ITEMS],
        description=(
            "With its relationships and all that visitors did with it. Once this has answered the "
            "item is never shown again by this server, and within a second or so by no other."
        ),
        responses={204: None, **problems(400, 404, 503)},
    )
    def delete_item(path: ItemPath) -> Response:
        """Delete an item."""
        _write_one(watcher, ItemWrite("delete", path.item_id))
        return Response(status=204)


def _add_bulk(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.post(
        "/v1/items:bulk",
        tags=[ITEMS],
        description=(
            "Up to 1,000 changes in one transaction, each of another item: all are made, but for "
            "those of items that are not there, or none."
        ),
        responses={200: BulkAnswer, **problems(400, 413, 503)},
    )
    def change_items(body: BulkBody) -> Answer:
        """Change several items at once."""
        writes = [each.write(each.operation, each.item_id) for each in body.operations]
        done = _write(watcher, writes)
        return {
            "results": [
                {"item_id": write.item_id, "status": _status(done, write.item_id)}
                for write in writes
            ],
            "request_id": g.request_id,
        }


def _status(done: ItemWrites, item_id: str) -> int:
    if item_id in done.created:
        return 201
    return 200 if item_id in done.done else 404


def _write_one(watcher: ModelWatcher, write: ItemWrite) -> None:
    done = _write(watcher, [write])
    if write.item_id not in done.done:
        raise UnknownItemError(f"There is no item '{write.item_id[:80]}'.")


def _write(watcher: ModelWatcher, writes: Sequence[ItemWrite]) -> ItemWrites:
    """Write, and tell every worker of it before the answer goes out."""
    watcher.check_database()
    deletes = any(write.operation == "delete" for write in writes)
    done = write_items(
        watcher.database, writes, deadline_s=DELETE_DEADLINE_S if deletes else DEADLINE_S
    )
    if done.change is not None:
        watcher.items.tell(done.change)
    return done
