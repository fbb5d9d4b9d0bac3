"""Files and data frames -> the graph, in two passes: check everything, then write.

Nothing is written before the last row has been checked, and memory holds a few batches whatever the
size of the files. Every write can be repeated without effect, so a load that broke off is finished
by loading the same data again.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from graphdb import Database, QueryError
from recommender.columns import CATEGORY, DEFAULT_TYPE, ITEM, SESSION, TIME, TYPE, USER, VALUE
from recommender.errors import InvalidDataError
from recommender.load.checks import (
    CheckedRows,
    check_batch,
    interaction_keys,
    narrowest_type,
)
from recommender.load.options import LoadOptions, LoadReport, UnfinishedLoad
from recommender.load.plan import (
    PROPERTY_PREFIX,
    Part,
    plan_interactions,
    plan_items,
    require_something,
)
from recommender.load.readers import open_source
from recommender.progress import Progress, no_progress

logger = logging.getLogger(__name__)

Data = Path | str | pd.DataFrame

MAX_BAD_ROWS_KEPT = 5
MAX_IDS_REMEMBERED = 300_000
MAX_CREATE_TRIES = 20
_NODE_QUERIES = {
    USER: "load/merge_users",
    SESSION: "load/merge_sessions",
    ITEM: "load/merge_items",
}


def load_interactions(
    database: Database,
    data: Data | Sequence[Data],
    options: LoadOptions | None = None,
    *,
    items: Data | Sequence[Data] = (),
    progress: Progress = no_progress,
) -> LoadReport:
    """Put interactions, and the properties of items, into the graph; return what was new.

    Loading the same data again changes nothing. Exactly repeated rows are one interaction.

    Parameters
    ----------
    database : Database
        With an up-to-date schema (``apply_migrations``).
    data : path, data frame, or several
        Interactions: CSV, JSON Lines or Parquet, plain or gzip. May be empty if there are items.
    options : LoadOptions, optional
        Column names, formats, and what to do with bad rows.
    items : path, data frame, or several
        One row per item: its id, and further columns that become properties.
    progress : Progress
        Told the rows checked (total 0), then the rows written and their total.

    Raises
    ------
    InvalidDataError
        If a file cannot be read or a row is bad (unless ``options.skip_bad_rows``). Nothing has
        been written then, except when a file changed while it was being loaded.
    """
    options = options or LoadOptions()
    started = time.perf_counter()
    parts = plan_all(data, options, items)
    found = check_all(parts, options, progress)
    source = ", ".join(part.source.name for part in parts)
    counts = {"n_rows": found.n_rows + found.n_item_rows, "n_bad": found.n_bad}
    database.write("load/start_load", id=found.load_id, source=source, **counts)
    logger.info("Checked %d rows of %s, %d of them bad", counts["n_rows"], source, found.n_bad)
    writer = _Writer(database)
    _write_all(parts, options, found, writer, progress)
    database.write("load/finish_load", id=found.load_id)
    n_good = found.n_rows - found.n_bad_interactions
    report = LoadReport(
        load_id=found.load_id,
        n_rows=found.n_rows,
        n_interactions_new=writer.n_interactions_new,
        n_repeated=n_good - writer.n_interactions_new,
        n_bad_rows=found.n_bad,
        n_users_new=writer.n_new[USER],
        n_sessions_new=writer.n_new[SESSION],
        n_items_new=writer.n_new[ITEM],
        n_item_rows=found.n_item_rows,
        seconds=time.perf_counter() - started,
        bad_rows=tuple(found.bad_rows),
    )
    logger.info("Loaded %d new interactions in %.1f s", report.n_interactions_new, report.seconds)
    return report


def plan_all(
    data: Data | Sequence[Data], options: LoadOptions, items: Data | Sequence[Data]
) -> list[Part]:
    """Return how to read each source, items first."""
    parts = [plan_items(open_source(each, options), options) for each in _as_list(items)]
    parts += [plan_interactions(open_source(each, options), options) for each in _as_list(data)]
    require_something(len(parts))
    return parts


def unfinished_loads(database: Database) -> list[UnfinishedLoad]:
    """Return the loads being written now, or broken off: loading the same data again ends those."""
    return [
        UnfinishedLoad(row["id"], row["source"], row["n_rows"], row["started_at"].to_native())
        for row in database.read("load/unfinished_loads")
    ]


@dataclass
class Findings:
    """What the first pass has found."""

    n_rows: int = 0
    n_item_rows: int = 0
    n_bad: int = 0
    n_bad_interactions: int = 0
    bad_rows: list[str] = field(default_factory=list)
    load_id: str = ""


def _as_list(data: Data | Sequence[Data]) -> list[Data]:
    return [data] if isinstance(data, (str, Path, pd.DataFrame)) else list(data)


def check_all(
    parts: list[Part],
    options: LoadOptions,
    progress: Progress,
    keep: Callable[[Part, CheckedRows, list[str]], None] = lambda part, rows, keys: None,
) -> Findings:
    """Return what is in the sources, after looking at every row; the content gives the id.

    ``keep`` is given the good rows of each batch, with the keys of their interactions.
    """
    found = Findings()
    digest = _new_digest(parts)
    for part, rows, keys in _checked_batches(parts, options):
        n_read = rows.n_rows + len(rows.bad)
        found.n_bad += len(rows.bad)
        if part.is_items:
            found.n_item_rows += n_read
        else:
            found.n_rows += n_read
            found.n_bad_interactions += len(rows.bad)
        if rows.bad and not options.skip_bad_rows:
            raise InvalidDataError(str(rows.bad[0]))
        room = MAX_BAD_ROWS_KEPT - len(found.bad_rows)
        found.bad_rows += [str(bad) for bad in rows.bad[:room]]
        for name, so_far in part.property_types.items():
            values = rows.columns[PROPERTY_PREFIX + name]
            part.property_types[name] = narrowest_type(values, so_far)
        digest.update(_fingerprint(part, rows, keys))
        keep(part, rows, keys)
        progress(found.n_rows + found.n_item_rows, 0)
    found.load_id = digest.hexdigest()
    return found


def _write_all(
    parts: list[Part],
    options: LoadOptions,
    found: Findings,
    writer: _Writer,
    progress: Progress,
) -> None:
    """Read and check everything again, writing each batch while the next one is read.

    One batch is written at a time: batches written side by side meet at popular items, where Neo4j
    ends one of them as deadlocked, and were no faster for it on two cores.
    """
    digest = _new_digest(parts)
    n_done, n_total = 0, found.n_rows + found.n_item_rows
    written: Future[None] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="load writer") as executor:
        for part, rows, keys in _checked_batches(parts, options):
            if rows.bad and not options.skip_bad_rows:
                raise _changed(part)
            digest.update(_fingerprint(part, rows, keys))
            if written is not None:
                written.result()
                progress(n_done, n_total)
            written = executor.submit(writer.write, part, rows, keys)
            n_done += rows.n_rows + len(rows.bad)
        if written is not None:
            written.result()
    progress(n_done, n_total)
    if digest.hexdigest() != found.load_id:
        raise _changed(parts[-1])


def _checked_batches(
    parts: list[Part], options: LoadOptions
) -> Iterator[tuple[Part, CheckedRows, list[str]]]:
    """Yield the batches of all sources, checked, with the keys of their interactions."""
    for part in parts:
        for batch in part.source.batches(part.columns, options.batch_size):
            rows = check_batch(
                part.source.name, batch, part.plan, part.checks, is_items=part.is_items
            )
            keys = [] if part.is_items else interaction_keys(rows.columns, rows.n_rows)
            yield part, rows, keys


def _new_digest(parts: list[Part]) -> hashlib.blake2b:
    """Return a digest of what the sources are for; their rows follow, one by one in their order."""
    purposes = [(part.is_items, part.properties) for part in parts]
    return hashlib.blake2b(repr(purposes).encode(), digest_size=16)


def _fingerprint(part: Part, rows: CheckedRows, keys: list[str]) -> bytes:
    """Return the content of some rows; that of two batches is that of both as one batch."""
    if not part.properties and not part.is_items:
        return "".join(keys).encode()
    properties = (rows.columns[PROPERTY_PREFIX + name] for name in part.properties)
    items = rows.columns[ITEM]
    return "".join(map(repr, zip(keys or items, items, *properties, strict=True))).encode()


def _changed(part: Part) -> InvalidDataError:
    return InvalidDataError(
        f"{part.source.name} changed while it was being loaded, and a part of it has been written. "
        "Load it again once it is complete."
    )


class _Writer:
    """Writes batches and counts what was new, by what the server answers."""

    def __init__(self, database: Database):
        self._database = database
        self.n_new = {USER: 0, SESSION: 0, ITEM: 0}
        self.n_interactions_new = 0
        self._known: dict[str, set[str]] = {USER: set(), SESSION: set(), ITEM: set()}
        self._expects_new = True

    def write(self, part: Part, rows: CheckedRows, keys: list[str]) -> None:
        """Write one batch: nodes, then relationships, then item properties."""
        self._merge_nodes(ITEM, rows.columns[ITEM])
        if not part.is_items:
            self._write_interactions(rows, keys)
        if part.properties:
            self._write_properties(part, rows)

    def _merge_nodes(self, role: str, ids: list[str]) -> None:
        known = self._known[role]
        unknown = sorted(set(ids) - known)  # one order for all loads, so that they do not deadlock
        if not unknown:
            return
        self.n_new[role] += self._database.write(_NODE_QUERIES[role], ids=unknown)[0]["n_new"]
        if len(known) + len(unknown) > MAX_IDS_REMEMBERED:
            known.clear()
        known.update(unknown)

    def _write_interactions(self, rows: CheckedRows, keys: list[str]) -> None:
        by_user: dict[str, list[Any]] = {}  # by key, so that no key comes twice
        by_session: dict[str, list[Any]] = {}
        nothing: list[Any] = [None] * rows.n_rows
        roles = (USER, SESSION, ITEM, TIME, TYPE, VALUE)
        columns = [rows.columns.get(role, nothing) for role in roles]
        for key, user, session, item, at, kind, value in zip(keys, *columns, strict=True):
            second, nanosecond = (None, 0) if at is None else (at // 10**6, at % 10**6 * 1000)
            rest = [item, key, second, nanosecond, kind or DEFAULT_TYPE, value, session]
            if user is None:
                by_session[key] = [session, *rest]
            else:
                by_user[key] = [user, *rest]
        for role, who, found in (
            (USER, "user", list(by_user.values())),
            (SESSION, "session", list(by_session.values())),
        ):
            if found:
                self._merge_nodes(role, [row[0] for row in found])
                self.n_interactions_new += self._create(who, found)

    def _create(self, who: str, rows: list[list[Any]]) -> int:
        """Create the interactions that are not there and return their number.

        As long as everything was new, nothing is looked up: if a key is there after all, the unique
        constraint refuses the batch as a whole, and it is done again with a look first.
        """
        if self._expects_new:
            try:
                name = f"load/create_new_{who}_interactions"
                return int(self._database.write(name, rows=_grouped(rows))[0]["n_new"])
            except QueryError as error:
                _raise_unless_key_is_there(error)
        n_new = self._look_and_create(f"load/create_{who}_interactions", rows)
        self._expects_new = n_new == len(rows)
        return n_new

    def _look_and_create(self, name: str, rows: list[list[Any]]) -> int:
        """Create what is not there; tried again if another load has created one in between."""
        for _ in range(MAX_CREATE_TRIES - 1):
            try:
                return int(self._database.write(name, rows=rows)[0]["n_new"])
            except QueryError as error:
                _raise_unless_key_is_there(error)
        return int(self._database.write(name, rows=rows)[0]["n_new"])

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


def _grouped(rows: list[list[Any]]) -> list[list[Any]]:
    """Return one row a visitor: its id, then a list for each further column."""
    by_visitor: dict[str, list[list[Any]]] = {}
    for visitor, *rest in rows:
        by_visitor.setdefault(visitor, []).append(rest)
    return [[v, *map(list, zip(*found, strict=True))] for v, found in by_visitor.items()]


def _raise_unless_key_is_there(error: QueryError) -> None:
    if not error.code.endswith("ConstraintValidationFailed"):
        raise error
