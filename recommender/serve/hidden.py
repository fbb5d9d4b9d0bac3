"""Which items are hidden or gone since a model was loaded, as rows of that model.

Changes have numbers that count up. What a ranking leaves out is what was hidden at one number, so
that the pages of a list, which keep the number of the first, count the same places; what has been
hidden since is passed over when the list is written.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from recommender.graph import Int64Array
from recommender.items import ItemChange, State
from recommender.serve.item_columns import Mask

if TYPE_CHECKING:
    from recommender.serve.model import ServingModel


@dataclass(frozen=True, eq=False)
class HiddenRows:
    """What must not be shown of one model, as of a change."""

    number: int  # of the last change that is in it
    hidden: Mask  # (n_items,), hidden or gone now
    changed: Int64Array  # (n_items,), number of the change that hid or showed the row; 0: none

    def at(self, number: int) -> Mask:
        """Return which rows were hidden at an earlier change, by the last time each changed."""
        if number >= self.number:
            return self.hidden
        return np.asarray(self.hidden ^ (self.changed > number), np.bool_)

    def since(self, number: int) -> Int64Array:
        """Return the rows that were shown at an earlier change and are hidden now."""
        if number >= self.number:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.hidden & (self.changed > number))


class _Known(NamedTuple):
    """What is known of one item."""

    state: State
    last: int  # number of the last change it was part of
    turned: int  # number of the change that hid it, or showed it again; 0: none


_SHOWN = _Known("shown", -1, 0)


class HiddenItems:
    """What is known of hidden and gone items, by id; readers get :class:`HiddenRows` of a model."""

    def __init__(self, number: int = 0, hidden: Iterable[str] = ()) -> None:
        self.number = number
        self._begun_at = number  # changes up to it are in what was hidden then
        self._known = {item_id: _Known("hidden", 0, 0) for item_id in hidden}
        self._rows: WeakKeyDictionary[ServingModel, HiddenRows] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def apply(self, change: ItemChange) -> None:
        """Take up a change; one that is known already, or comes late, does no harm."""
        if change.number <= self._begun_at:
            return
        with self._lock:
            turned = []
            for item_id, state in change.states.items():
                known = self._known.get(item_id, _SHOWN)
                if change.number <= known.last:
                    continue
                is_turned = (state == "shown") != (known.state == "shown")
                at = change.number if is_turned else known.turned
                self._known[item_id] = _Known(state, change.number, at)
                if is_turned:
                    turned.append(item_id)
            self.number = max(self.number, change.number)
            for model, rows in list(self._rows.items()):
                self._rows[model] = self._moved(model, rows, turned)

    def is_gone(self, item_id: str) -> bool:
        """Whether an item was deleted."""
        return self._known.get(item_id, _SHOWN).state == "gone"

    def rows(self, model: ServingModel) -> HiddenRows:
        """Return what must not be shown of a model now."""
        found = self._rows.get(model)
        if found is not None:
            return found
        with self._lock:
            found = self._rows[model] = self._made(model)
        return found

    def _made(self, model: ServingModel) -> HiddenRows:
        nothing = HiddenRows(
            self.number, np.zeros(model.n_items, np.bool_), np.zeros(model.n_items, np.int64)
        )
        return self._moved(model, nothing, self._known)

    def _moved(self, model: ServingModel, rows: HiddenRows, item_ids: Iterable[str]) -> HiddenRows:
        """Return rows after some items have turned; those who read the old ones keep them."""
        places = {row: id_ for id_ in item_ids if (row := model.row_of.get(id_)) is not None}
        if not places:
            return HiddenRows(self.number, rows.hidden, rows.changed)
        hidden, changed = rows.hidden.copy(), rows.changed.copy()
        for row, item_id in places.items():
            known = self._known[item_id]
            hidden[row], changed[row] = known.state != "shown", known.turned
        return HiddenRows(self.number, hidden, changed)
