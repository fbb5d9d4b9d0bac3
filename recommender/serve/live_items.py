"""Follow what happens to items after a model was loaded: hidden, deleted, changed ones.

Hiding and deleting count at once, in every worker of the server that was asked. Changed titles,
categories and properties get into the model in memory with the next look at the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from neo4j.time import Date

from graphdb import Database
from recommender.items import ItemChange, StoredItem, changes_since, hidden_items, read_items
from recommender.serve.column_reader import MAX_COLUMNS
from recommender.serve.hidden import HiddenItems
from recommender.serve.item_columns import Column, typed_column
from recommender.serve.model import ServingModel
from recommender.serve.news import NewsFile
from recommender.serve.ranking import Selection

logger = logging.getLogger(__name__)

PAUSE = 10  # times as long as the last refresh took: its share of a processor is at most a tenth


class LiveItems:
    """The hidden and gone items of now; models are brought up to date by :meth:`refreshed`."""

    def __init__(self, database: Database, news: NewsFile | None = None) -> None:
        self._database = database
        self._news = news
        self._hidden: HiddenItems | None = None
        self._polled = 0  # number of the last change read from the database, none before it missing
        self._refresh_at = 0.0
        self._lock = threading.Lock()

    def poll(self, *, deadline_s: float | None = None) -> None:
        """Ask the database for changes that it has not told yet."""
        self.now()
        changes = None
        if self._hidden is not None:
            changes = changes_since(self._database, self._polled, deadline_s=deadline_s)
        if changes is None:
            self._begin_anew(deadline_s)
        for change in changes or ():
            self._apply(change)
            self._polled = change.number

    def tell(self, change: ItemChange) -> None:
        """Take up a change made by this process, and tell the server's other workers of it."""
        if self._news is not None:
            self._news.append(change)
        self._apply(change)

    def now(self) -> HiddenItems:
        """Return what is hidden, with what other workers have told up to now."""
        if self._news is not None:
            self._news.read(self._apply)
        return self._known

    def shown(
        self, model: ServingModel, selection: Selection, change: int | None = None
    ) -> Selection:
        """Return a selection without what is hidden now.

        With the ``change`` of a first page, a later one counts the same places as it.
        """
        rows = self.now().rows(model)
        return replace(selection, hidden=rows, change=rows.number if change is None else change)

    def refreshed(
        self, model: ServingModel, *, deadline_s: float | None = None
    ) -> ServingModel | None:
        """Return a model with the items as they are now, itself if nothing changed.

        None if that can no longer be told: it has to be loaded anew.
        """
        if model.change >= self._known.number or time.monotonic() < self._refresh_at:
            return model
        started = time.monotonic()
        changes = changes_since(self._database, model.change, deadline_s=deadline_s)
        if changes is None:
            return None
        changed = sorted({item_id for change in changes for item_id in change.states})
        known = [item_id for item_id in changed if item_id in model.row_of]
        last = max((change.number for change in changes), default=model.change)
        items = read_items(self._database, known, deadline_s=deadline_s) if known else {}
        updated = with_items(model, items.values(), last)
        self._refresh_at = time.monotonic() + PAUSE * (time.monotonic() - started)
        return updated

    def _begin_anew(self, deadline_s: float | None) -> None:
        with self._lock:  # what is told while the database is read is taken up after it
            self._polled, item_ids = hidden_items(self._database, deadline_s=deadline_s)
            self._hidden = HiddenItems(self._polled, item_ids)

    def _apply(self, change: ItemChange) -> None:
        with self._lock:
            self._known.apply(change)

    @property
    def _known(self) -> HiddenItems:
        if self._hidden is None:
            return HiddenItems()  # the database was never asked: there is no model either
        return self._hidden


def with_items(model: ServingModel, items: Iterable[StoredItem], change: int) -> ServingModel:
    """Return a model with items as they are after a change; those it lacks are passed over."""
    by_row = {model.row_of[item.item_id]: item for item in items if item.item_id in model.row_of}
    titles, categories = list(model.titles), list(model.categories)
    for row, item in by_row.items():
        titles[row], categories[row] = item.title, item.category
    names = {name for item in by_row.values() for name in item.properties}
    properties = dict(model.properties)
    for name in sorted(names | properties.keys()):
        values = {row: _plain(item.properties.get(name)) for row, item in by_row.items()}
        if name in properties or len(properties) < MAX_COLUMNS:
            column = _with_values(properties.get(name), values, model.n_items)
            if column is not None:
                properties[name] = column
    return model.with_catalogue(tuple(titles), tuple(categories), properties, change)


def _with_values(column: Column | None, new: dict[int, Any], n_items: int) -> Column | None:
    """Return a column with some values changed; those of another type than the rest are missing."""
    if column is None:
        values: list[Any] = [None] * n_items
    elif all(_is_same(column.value(row), value) for row, value in new.items()):
        return column
    else:
        values = [column.value(row) for row in range(n_items)]
    for row, value in new.items():
        values[row] = value
    changed = typed_column(values)
    if changed is not None or column is None:
        return changed
    for row in new:
        values[row] = None
    return typed_column(values) or column


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _plain(value: Any) -> Any:
    """Return a value as columns hold it, None for what they do not."""
    if isinstance(value, Date):
        return value.iso_format()
    return value if isinstance(value, str | bool | int | float) else None
