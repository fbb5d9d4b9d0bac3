"""A first, large load without a running database: CSV files for Neo4j's offline importer.

Every row is checked just as in a load over Bolt, and the graph that comes out is the same; see
docs/decisions/0016. Memory holds the distinct ids, the properties of items, and 16 bytes a row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from graphdb.embedded import (
    EmbeddedSettings,
    ImportFiles,
    import_draft,
    import_offline,
)
from recommender.columns import CATEGORY, DEFAULT_TYPE, ITEM, SESSION, TIME, TYPE, USER, VALUE
from recommender.load.checks import CheckedRows
from recommender.load.loader import Data, check_all, plan_all
from recommender.load.options import LoadOptions, LoadReport
from recommender.load.plan import PROPERTY_PREFIX, Part
from recommender.progress import Progress, no_progress

CATEGORY_LABEL = "Category"
LABELS = {USER: "User", SESSION: "Session", ITEM: "Item", CATEGORY: CATEGORY_LABEL}
# What the importer calls the types that one of its columns can hold.
COLUMN_TYPES: dict[type, str] = {str: "string", int: "long", float: "double", bool: "boolean"}
_LINE_BREAK = "[\r\n]"


class NotForImporterError(Exception):
    """The importer cannot hold what a load over Bolt can; nothing has been written."""


def load_in_bulk(
    settings: EmbeddedSettings,
    environ: Mapping[str, str],
    data: Data | Sequence[Data],
    options: LoadOptions | None = None,
    *,
    items: Data | Sequence[Data] = (),
    progress: Progress = no_progress,
    say: Callable[[str], None] = lambda text: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> LoadReport:
    """Put interactions and items into the empty database of Footpath's own Neo4j.

    As ``load_interactions``, in one pass; the server is stopped at the end, and its new database
    needs ``apply_migrations``. ``on_step`` hears the steps of ``import_offline``.

    Raises
    ------
    InvalidDataError
        If a file cannot be read or a row is bad (unless ``options.skip_bad_rows``).
    NotForImporterError
        If an item property has values of several types, or of one that CSV cannot carry.
    EmbeddedServerError
        If the importer fails, or the database is not empty or in use by others by then.
    """
    options = options or LoadOptions()
    started, began_at = time.perf_counter(), datetime.now(UTC)
    parts = plan_all(data, options, items)
    with import_draft(settings) as folder:
        staging = _Staging(folder)
        found = check_all(parts, options, progress, staging.keep)
        source = ", ".join(part.source.name for part in parts)
        load = {
            "id": found.load_id, "source": source, "status": "done",
            "n_rows": found.n_rows + found.n_item_rows, "n_bad": found.n_bad,
            "started_at": began_at,
        }  # fmt: skip
        files = staging.finish(parts, load)
        import_offline(settings, environ, files, say=say, on_step=on_step)
    return LoadReport(
        load_id=found.load_id,
        n_rows=found.n_rows,
        n_interactions_new=staging.n_interactions,
        n_repeated=found.n_rows - found.n_bad_interactions - staging.n_interactions,
        n_bad_rows=found.n_bad,
        n_users_new=len(staging.numbers[USER]),
        n_sessions_new=len(staging.numbers[SESSION]),
        n_items_new=len(staging.numbers[ITEM]),
        n_item_rows=found.n_item_rows,
        seconds=time.perf_counter() - started,
        bad_rows=tuple(found.bad_rows),
    )


@dataclass
class _Staging:
    """What goes into the CSV files; interactions wait on the disk until repeated ones are known."""

    folder: Path
    numbers: dict[str, dict[str, int]] = field(
        default_factory=lambda: {role: {} for role in LABELS}
    )
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    n_interactions: int = 0
    has_line_breaks: bool = False
    _n_nodes: int = 0
    _keys: list[Any] = field(default_factory=list)  # per batch, (n_rows, 2) of uint64
    _waiting: pa.RecordBatchFileWriter | None = None

    def keep(self, part: Part, rows: CheckedRows, keys: list[str]) -> None:
        """Take the good rows of one batch."""
        items = self._numbered(ITEM, rows.columns[ITEM])
        if part.properties:
            self._keep_properties(part, rows)
        if part.is_items or not rows.n_rows:
            return
        columns, n_rows = rows.columns, rows.n_rows

        def column(role: str, kind: pa.DataType) -> pa.Array:
            return pa.array(columns[role], kind) if role in columns else pa.nulls(n_rows, kind)

        batch = pa.record_batch(
            {
                ":START_ID": pa.array(self._visitors(columns), pa.int64()),
                ":END_ID": pa.array(items, pa.int64()),
                "key:string": pa.array(keys, pa.string()),
                "at:datetime": _iso(column(TIME, pa.timestamp("us"))),
                "type:string": pc.fill_null(column(TYPE, pa.string()), DEFAULT_TYPE),
                "value:double": column(VALUE, pa.float64()),
                "session:string": column(SESSION, pa.string()),
            }
        )
        self._look_for_line_breaks(batch)
        self._keys.append(np.frombuffer(bytes.fromhex("".join(keys)), ">u8").reshape(-1, 2))
        if self._waiting is None:
            self._waiting = pa.ipc.new_file(self.folder / "waiting.arrow", batch.schema)
        self._waiting.write_batch(batch)

    def finish(self, parts: list[Part], load: dict[str, Any]) -> ImportFiles:
        """Write the CSV files and return them."""
        types = {name: convert for part in parts for name, convert in part.property_types.items()}
        columns = self._property_columns(types)
        kinds = self._numbered_categories(columns)
        nodes = {"Load": self._write("Load", _load_table(self._new_number(), load))}
        for role, label in LABELS.items():
            if self.numbers[role]:
                more = columns if role == ITEM else {}
                nodes[label] = self._write(label, self._node_table(role, more))
        relationships = {}
        if kinds is not None:
            relationships["HAS"] = self._write("HAS", kinds)
        if self._waiting is not None:
            self._waiting.close()
            relationships["INTERACTED"] = self._write_interactions()
        return ImportFiles(nodes, relationships, self.has_line_breaks)

    def _visitors(self, columns: Mapping[str, list[Any]]) -> list[int]:
        """Return the number of the user of each interaction, or of its session without one."""
        if USER not in columns:
            return self._numbered(SESSION, columns[SESSION])
        users = columns[USER]
        if None not in users:
            return self._numbered(USER, users)
        return [
            self._number(SESSION, session) if user is None else self._number(USER, user)
            for user, session in zip(users, columns[SESSION], strict=True)
        ]

    def _numbered(self, role: str, ids: Sequence[str]) -> list[int]:
        numbers = self.numbers[role]
        for each in dict.fromkeys(ids):
            if each not in numbers:
                numbers[each] = self._new_number()
        return list(map(numbers.__getitem__, ids))

    def _number(self, role: str, each: str) -> int:
        number = self.numbers[role].get(each)
        if number is None:
            number = self.numbers[role][each] = self._new_number()
        return number

    def _new_number(self) -> int:
        self._n_nodes += 1
        return self._n_nodes

    def _keep_properties(self, part: Part, rows: CheckedRows) -> None:
        for name in part.properties:
            values = rows.columns[PROPERTY_PREFIX + name]
            for item_id, value in zip(rows.columns[ITEM], values, strict=True):
                if value is not None:
                    self.properties.setdefault(item_id, {})[name] = value

    def _property_columns(self, types: Mapping[str, type]) -> dict[str, pa.Array]:
        """Return the properties of the items, in their order, by the importer's column names."""
        names = sorted({name for found in self.properties.values() for name in found})
        columns = {}
        for name in names:
            convert = types.get(name)
            values = [self.properties.get(i, {}).get(name) for i in self.numbers[ITEM]]
            if convert is not None:
                values = [None if value is None else convert(value) for value in values]
            (kind, *others) = {type(value) for value in values if value is not None}
            if others or kind not in COLUMN_TYPES:
                raise NotForImporterError(
                    f"item property {name} has values of several types, or neither text nor numbers"
                )
            columns[f"{name}:{COLUMN_TYPES[kind]}"] = pa.array(values)
        return columns

    def _numbered_categories(self, columns: dict[str, pa.Array]) -> pa.Table | None:
        """Return the relationships from items to their categories; these become nodes."""
        values = columns.get(f"{CATEGORY}:string")
        if values is None:
            return None
        pairs = zip(self.numbers[ITEM].values(), values.to_pylist(), strict=True)
        found = [(item, self._number(CATEGORY, name)) for item, name in pairs if name is not None]
        starts, ends = zip(*found, strict=True)
        return pa.table({":START_ID": starts, ":END_ID": ends})

    def _node_table(self, role: str, more: Mapping[str, pa.Array]) -> pa.Table:
        key = "name" if role == CATEGORY else "id"
        numbers = self.numbers[role]
        columns = {":ID": list(numbers.values()), f"{key}:string": pa.array(list(numbers))}
        return pa.table({**columns, **more})

    def _write(self, name: str, table: pa.Table) -> Path:
        for batch in table.to_batches():
            self._look_for_line_breaks(batch)
        path = self.folder / f"{name}.csv"
        csv.write_csv(table, path)
        return path

    def _write_interactions(self) -> Path:
        """Write those that are not repeated: of equal keys the first."""
        keys = np.concatenate(self._keys)
        order = np.lexsort((np.arange(len(keys)), keys[:, 1], keys[:, 0]))
        is_new = np.ones(len(keys), bool)
        is_new[order[1:]] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
        self.n_interactions = int(is_new.sum())
        path, first = self.folder / "INTERACTED.csv", 0
        with (
            pa.ipc.open_file(self.folder / "waiting.arrow") as reader,
            csv.CSVWriter(path, reader.schema) as writer,
        ):
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                writer.write_batch(batch.filter(pa.array(is_new[first : first + len(batch)])))
                first += len(batch)
        (self.folder / "waiting.arrow").unlink()
        return path

    def _look_for_line_breaks(self, batch: pa.RecordBatch) -> None:
        """Note whether a text has a line break, for which the importer reads more slowly."""
        for column in batch.columns:
            if not self.has_line_breaks and pa.types.is_string(column.type):
                found = pc.any(pc.match_substring_regex(column, _LINE_BREAK)).as_py()
                self.has_line_breaks = bool(found)


def _iso(times: pa.Array) -> pa.Array:
    """Return times as ISO 8601 text, by casts: ``strftime`` takes ten times as long."""
    return pc.binary_join_element_wise(
        pc.replace_substring(times.cast(pa.string()), " ", "T"), "Z", ""
    )


def _load_table(number: int, load: dict[str, Any]) -> pa.Table:
    now = datetime.now(UTC)
    return pa.table(
        {
            ":ID": [number],
            "id:string": [load["id"]],
            "source:string": [load["source"]],
            "status:string": [load["status"]],
            "n_rows:long": [load["n_rows"]],
            "n_bad:long": [load["n_bad"]],
            "started_at:datetime": [load["started_at"].isoformat()],
            "finished_at:datetime": [now.isoformat()],
        }
    )
