"""Who had which items, in which order: what recommendations for a user are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.graph import Int32Array, Int64Array


@dataclass(frozen=True)
class Histories:
    """The items of each user, oldest first; an item may stand in a history more than once.

    User ``u`` is ``user_ids[u]`` and had ``rows[offsets[u]:offsets[u + 1]]``, rows of ``item_ids``.
    """

    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    offsets: Int64Array  # (n_users + 1,)
    rows: Int32Array  # (n_interactions,)
    times: Int64Array | None = None  # (n_interactions,), ms since 1970; None: not known
    is_ordered: bool = True  # whether the place in a history tells what came after what

    @property
    def n_users(self) -> int:
        """Number of users, those without a single item included."""
        return len(self.user_ids)

    @property
    def n_items(self) -> int:
        """Size of the catalogue."""
        return len(self.item_ids)

    def lengths(self) -> Int64Array:
        """Return the number of interactions of each user; shape (n_users,)."""
        return np.diff(self.offsets)

    def users(self) -> Int64Array:
        """Return the user of each interaction; shape (n_interactions,)."""
        return np.repeat(np.arange(self.n_users), self.lengths())

    def items_of(self, user: int) -> Int32Array:
        """Return the rows of one user's items, oldest first."""
        return self.rows[self.offsets[user] : self.offsets[user + 1]]

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """1 where a user had an item, however often; shape (n_users, n_items), float32."""
        ones = np.ones(len(self.rows), np.float32)
        shape = (self.n_users, self.n_items)
        # A copy: adding up repeats sorts and shortens the arrays in place.
        matrix = sparse.csr_array((ones, self.rows, self.offsets), shape=shape, copy=True)
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix

    @cached_property
    def n_users_of(self) -> Int64Array:
        """How many users had each item; shape (n_items,)."""
        return np.bincount(self.matrix.indices, minlength=self.n_items).astype(np.int64)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row number of each item id."""
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def sha256(self) -> str:
        """Return a hash of who had what, in which order and when.

        The same for the same interactions, whatever else is in the catalogue and whoever else has
        nothing: in whatever order users and items come.
        """
        had = np.unique(self.rows)
        items = sorted(had.tolist(), key=self.item_ids.__getitem__)
        users = sorted(np.flatnonzero(self.lengths()).tolist(), key=self.user_ids.__getitem__)
        place_of = np.zeros(self.n_items, np.int64)
        place_of[items] = np.arange(len(items))
        mine = self.select(np.array(users, np.int64))
        places = place_of[mine.rows]
        if not self.is_ordered:
            places = places[np.lexsort((places, mine.users()))]
        digest = hashlib.sha256(b"ordered" if self.is_ordered else b"")
        for ids in ([self.item_ids[row] for row in items], mine.user_ids):
            digest.update("\0".join(ids).encode("utf-8", "surrogatepass"))
        for array in (mine.offsets, places, mine.times):
            digest.update(b"" if array is None else array.tobytes())
        return digest.hexdigest()

    def over(self, item_ids: tuple[str, ...]) -> Histories:
        """Return the same histories over another catalogue; items that it lacks are left out."""
        if item_ids == self.item_ids:
            return replace(self, item_ids=item_ids)  # which are in memory once then
        rows = {item_id: row for row, item_id in enumerate(item_ids)}
        renamed = np.array([rows.get(item_id, -1) for item_id in self.item_ids], np.int32)
        kept = self.keep(renamed[self.rows] >= 0)
        return replace(kept, item_ids=item_ids, rows=renamed[kept.rows])

    def among(self, user_ids: tuple[str, ...]) -> Histories:
        """Return the same histories among more users, in the order of these ids."""
        if user_ids == self.user_ids:
            return self
        number_of = {user_id: number for number, user_id in enumerate(self.user_ids)}
        numbers = np.array([number_of.get(user_id, self.n_users) for user_id in user_ids], np.int64)
        more = replace(
            self,
            user_ids=(*self.user_ids, ""),
            offsets=np.append(self.offsets, self.offsets[-1]),
        )
        return replace(more.select(numbers), user_ids=user_ids)

    def select(self, users: NDArray[np.integer]) -> Histories:
        """Return some users, in the order given, with the whole catalogue."""
        lengths = self.lengths()[users]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[users] - offsets[:-1], lengths)
        return Histories(
            user_ids=tuple(self.user_ids[user] for user in users),
            item_ids=self.item_ids,
            offsets=offsets,
            rows=self.rows[places],
            times=None if self.times is None else self.times[places],
            is_ordered=self.is_ordered,
        )

    def keep(self, interactions: NDArray[np.bool_]) -> Histories:
        """Return the histories with only some interactions (a boolean each); users stay."""
        kept = np.concatenate([[0], np.cumsum(interactions)])
        return Histories(
            user_ids=self.user_ids,
            item_ids=self.item_ids,
            offsets=kept[self.offsets].astype(np.int64),
            rows=self.rows[interactions],
            times=None if self.times is None else self.times[interactions],
            is_ordered=self.is_ordered,
        )

    def blocks(self, users_at_once: int) -> Iterator[tuple[int, Histories]]:
        """Yield the users some at a time, each block with the number of its first user."""
        for first in range(0, self.n_users, users_at_once):
            last = min(first + users_at_once, self.n_users)
            yield first, self.select(np.arange(first, last))


def build_histories(
    users: NDArray[np.integer],
    rows: NDArray[np.integer],
    *,
    user_ids: tuple[str, ...],
    item_ids: tuple[str, ...],
    times: Int64Array | None = None,
    is_ordered: bool = True,
) -> Histories:
    """Return the histories of some interactions, given as numbers of users and rows of items.

    They are ordered by time where there are times, else they keep the order they come in.
    """
    keys = (users,) if times is None else (times, users)
    order = np.lexsort(keys)
    counts = np.bincount(users, minlength=len(user_ids))
    return Histories(
        user_ids=user_ids,
        item_ids=item_ids,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        rows=rows[order].astype(np.int32),
        times=None if times is None else times[order],
        is_ordered=is_ordered,
    )
