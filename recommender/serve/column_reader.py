"""Read the properties of items out of Neo4j into typed columns, within bounds."""

from __future__ import annotations

import logging
from typing import Any

from neo4j.time import Date

from graphdb import Database
from graphdb.contents import SLOTS
from recommender.serve.item_columns import Column, typed_column

logger = logging.getLogger(__name__)

MAX_COLUMNS = 32
MAX_CHARACTERS = 64_000_000  # of the texts of all columns together, repeats counted
# What every item has anyway, and what is no business of those who ask.
BUILT_IN = ("id", "item_id", "title", "category", "support")
_VECTORS = tuple(
    f"{kind}_{slot}" for kind in ("embedding", "out_embedding", "map") for slot in SLOTS
)
_PLAIN = ({"STRING"}, {"BOOLEAN"}, {"INTEGER"}, {"FLOAT"}, {"INTEGER", "FLOAT"}, {"DATE"})


def read_item_columns(database: Database, item_ids: tuple[str, ...]) -> dict[str, Column]:
    """Return the properties of items by name, in the rows of ``item_ids``.

    A property is read if all its values are texts, or all true or false, or all numbers, or all
    dates (kept as ISO 8601 texts). Of more than 32 the ones that most items have are read, and no
    more than 64 million characters of text; the log names those left out.
    """
    names = _chosen(database.read("serve/item_properties", ignored=[*BUILT_IN, *_VECTORS]))
    if not names:
        return {}
    row_of = {item_id: row for row, item_id in enumerate(item_ids)}
    values: list[list[Any]] = [[None] * len(item_ids) for _ in names]
    for part in database.stream("serve/read_item_properties", names=names):
        rows = [row_of.get(item_id) for item_id in part["item_ids"]]
        for column, found in zip(values, part["columns"], strict=True):
            for row, value in zip(rows, found, strict=True):
                if row is not None:
                    column[row] = value.iso_format() if isinstance(value, Date) else value
    columns = {name: typed_column(column) for name, column in zip(names, values, strict=True)}
    return {name: column for name, column in columns.items() if column is not None}


def _chosen(rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of the properties to read."""
    chosen: list[str] = []
    left_out: list[str] = []
    n_characters = 0
    for row in rows:
        types = {name.removesuffix(" NOT NULL") for name in row["types"]}
        length = row["n_characters"] if types == {"STRING"} else 0
        fits = len(chosen) < MAX_COLUMNS and n_characters + length <= MAX_CHARACTERS
        if types in _PLAIN and fits:
            chosen.append(row["name"])
            n_characters += length
        else:
            left_out.append(row["name"])
    if left_out:
        logger.info(
            "Not to be filtered by (lists, mixed types, or too many): %s.", ", ".join(left_out[:20])
        )
    return chosen
