"""What training reads: walks, a block at a time, as often as there are epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.errors import InvalidDataError
from recommender.graph import Int32Array, Int64Array
from recommender.walks.corpus import Walks, count_visits


@dataclass(frozen=True)
class WalkStream:
    """Walks that can be made while training, so that they are never all in memory.

    ``blocks`` is called with the number of an epoch, from 0, and yields its walks, some at a time
    and always in the same order. It may give the same walks in each epoch, or new ones; ``counts``
    are of one epoch, exact or nearly so: negatives are drawn and the rate falls by them.
    """

    item_ids: tuple[str, ...]
    counts: Int64Array  # (n_items,), visits in an epoch
    n_walks: int  # in an epoch
    blocks: Callable[[int], Iterator[Int32Array]]  # each (n, length), -1 after the end of a walk
    provenance: dict[str, Any] = field(default_factory=dict)

    def checked_blocks(self, epoch: int) -> Iterator[Int32Array]:
        """Yield the blocks of an epoch, contiguous, after a look at their rows.

        Raises
        ------
        InvalidDataError
            If a block is not a matrix of int32, or holds rows that are no items.
        """
        for block in self.blocks(epoch):
            if block.ndim != 2 or block.dtype != np.int32:
                raise InvalidDataError(
                    f"A block of walks has {block.ndim} dimensions of {block.dtype}. "
                    "Give int32 matrices."
                )
            if not block.size:
                continue
            if block.min() < -1 or block.max() >= len(self.item_ids):
                raise InvalidDataError(
                    f"A block of walks holds rows from {block.min()} to {block.max()}, "
                    f"where there are {len(self.item_ids)} items."
                )
            # Always the same kind of array, so that the kernel is compiled once.
            yield np.require(block, requirements=["C", "W"])


def stream_of(walks: Walks) -> WalkStream:
    """Return walks in memory, in a file or made meanwhile as a stream, the same in each epoch."""
    return WalkStream(
        walks.item_ids,
        count_visits(walks),
        walks.n_walks,
        lambda epoch: iter(walks),
        walks.provenance,
    )
