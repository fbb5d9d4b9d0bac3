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

import pandas as pd

from graphdb import Database
from recommender.columns import ITEM, SESSION, USER
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
from recommender.load.writer import GraphWriter
from recommender.progress import Progress, no_progress

logger = logging.getLogger(__name__)

Data = Path | str | pd.DataFrame

MAX_BAD_ROWS_KEPT = 5


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
    with GraphWriter(database) as writer:
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
    writer: GraphWriter,
    progress: Progress,
) -> None:
    """Read and check everything again, writing each batch while the next one is read.

    Memory holds two batches: the one being read and the one being written.
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
