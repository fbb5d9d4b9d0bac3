"""Checked rows -> the graph, over Bolt: nodes first, then interactions by several writers.

The interactions of a batch are cut into small transactions of different visitors, two of which are
written at a time. Where two meet at an item after all, Neo4j makes one wait, or ends it as
deadlocked, and the driver runs it again: docs/decisions/0016.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

from graphdb import Database, QueryError
from recommender.columns import CATEGORY, DEFAULT_TYPE, ITEM, SESSION, TIME, TYPE, USER, VALUE
from recommender.key_conflicts import again_after_conflicts, raise_unless_conflict
from recommender.load.checks import CheckedRows
from recommender.load.plan import PROPERTY_PREFIX, Part

N_WRITERS = 2
INTERACTIONS_A_TRANSACTION = 2_000
MAX_IDS_REMEMBERED = 300_000
MAX_CREATE_TRIES = 20
_NODES = {USER: "users", SESSION: "sessions", ITEM: "items"}


class GraphWriter:
    """Writes batches and counts what was new, by what the server answers. Use it in ``with``."""

    def __init__(self, database: Database):
        self._database = database
        self._writers = ThreadPoolExecutor(N_WRITERS, thread_name_prefix="interaction writer")
        self.n_new = {USER: 0, SESSION: 0, ITEM: 0}
        self.n_interactions_new = 0
        self._known: dict[str, set[str]] = {USER: set(), SESSION: set(), ITEM: set()}
        self._expects_new_nodes = set(_NODES)
        self._expects_new = True

    def __enter__(self) -> GraphWriter:
        """Return the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for transactions under way; those not begun are dropped."""
        self._writers.shutdown(cancel_futures=True)

    def write(self, part: Part, rows: CheckedRows, keys: list[str]) -> None:
        """Write one batch: nodes, then relationships, then item properties."""
        self._merge_nodes(ITEM, rows.columns[ITEM])
        if not part.is_items:
            self._write_interactions(rows, keys)
        if part.properties:
            self._write_properties(part, rows)

    def _merge_nodes(self, role: str, ids: Sequence[str]) -> None:
        known = self._known[role]
        unknown = sorted(set(ids) - known)  # one order for all loads, so that they do not deadlock
        if not unknown:
            return
        self.n_new[role] += self._add_nodes(role, unknown)
        if len(known) + len(unknown) > MAX_IDS_REMEMBERED:
            known.clear()
        known.update(unknown)

    def _add_nodes(self, role: str, ids: list[str]) -> int:
        """Create the nodes that are not there and return their number; as ``_create`` does."""
        if role in self._expects_new_nodes:
            try:
                return self._n_new(f"load/create_{_NODES[role]}", ids=ids)
            except QueryError as error:
                raise_unless_conflict(error)
        n_new = self._n_new(f"load/merge_{_NODES[role]}", ids=ids)
        if n_new < len(ids):
            self._expects_new_nodes.discard(role)
        return n_new

    def _n_new(self, name: str, **parameters: Any) -> int:
        return int(self._database.write(name, **parameters)[0]["n_new"])

    def _write_interactions(self, rows: CheckedRows, keys: list[str]) -> None:
        places = list(dict(zip(keys, range(rows.n_rows), strict=True)).values())  # each key once
        users = rows.columns.get(USER)
        by_user = [] if users is None else [p for p in places if users[p] is not None]
        by_session = places if users is None else [p for p in places if users[p] is None]
        for role, who, found in ((USER, "user", by_user), (SESSION, "session", by_session)):
            if found:
                visitors = rows.columns[role]
                self._merge_nodes(role, [visitors[place] for place in found])
                chunks = _chunks(rows, keys, role, found)
                written = [self._writers.submit(self._create, who, chunk) for chunk in chunks]
                self.n_interactions_new += sum(each.result() for each in written)

    def _create(self, who: str, chunk: dict[str, Any]) -> int:
        """Create the interactions that are not there and return their number.

        As long as everything was new, nothing is looked up: if a key is there after all, the unique
        constraint refuses the chunk as a whole, and it is done again with a look first.
        """
        if self._expects_new:
            try:
                return self._n_new(f"load/create_new_{who}_interactions", **chunk)
            except QueryError as error:
                raise_unless_conflict(error)
        n_new = self._look_and_create(f"load/create_{who}_interactions", chunk)
        self._expects_new = n_new == len(chunk["keys"])
        return n_new

    def _look_and_create(self, name: str, chunk: dict[str, Any]) -> int:
        """Create what is not there; tried again if another load has created one in between."""
        return again_after_conflicts(lambda: self._n_new(name, **chunk), MAX_CREATE_TRIES)

    def _write_properties(self, part: Part, rows: CheckedRows) -> None:
        by_item: dict[str, dict[str, Any]] = {}
        for name in part.properties:
            convert = part.property_types.get(name)
            values = rows.columns[PROPERTY_PREFIX + name]
            for item_id, value in zip(rows.columns[ITEM], values, strict=True):
                if value is not None:
                    found = by_item.setdefault(item_id, {})
                    found[name] = convert(value) if convert else value
        updates: list[dict[str, Any]] = [
            {"item_id": i, "properties": by_item[i]} for i in sorted(by_item)
        ]
        if updates:
            self._database.write("load/set_item_properties", rows=updates)
        categories = [
            {"item_id": each["item_id"], "category": each["properties"][CATEGORY]}
            for each in updates
            if CATEGORY in each["properties"]
        ]
        if categories:
            self._database.write("load/set_item_categories", rows=categories)


def _chunks(
    rows: CheckedRows, keys: list[str], role: str, places: list[int]
) -> Iterator[dict[str, Any]]:
    """Yield the parameters of transactions that create some interactions, each visitor's together.

    Columns travel as one list each, which the driver packs and the server reads quickest.
    """
    visitors = rows.columns[role]
    nothing: list[Any] = [None] * rows.n_rows
    items, times, types, values, sessions = (
        rows.columns.get(name, nothing) for name in (ITEM, TIME, TYPE, VALUE, SESSION)
    )
    places = sorted(places, key=visitors.__getitem__)
    for first in range(0, len(places), INTERACTIONS_A_TRANSACTION):
        part = places[first : first + INTERACTIONS_A_TRANSACTION]
        ids = [visitors[place] for place in part]
        starts = [k for k, visitor in enumerate(ids) if not k or visitor != ids[k - 1]]
        at = [times[place] for place in part]
        yield {
            "visitors": [[ids[k], k, end - 1] for k, end in pairwise([*starts, len(ids)])],
            "items": [items[place] for place in part],
            "keys": [keys[place] for place in part],
            "seconds": [None if each is None else each // 10**6 for each in at],
            "nanoseconds": [0 if each is None else each % 10**6 * 1000 for each in at],
            "types": [types[place] or DEFAULT_TYPE for place in part],
            "values": [values[place] for place in part],
            "sessions": [sessions[place] for place in part],
        }
