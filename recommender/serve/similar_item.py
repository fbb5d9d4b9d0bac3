"""What a list is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.serve.lazy_kernels import kernels
from recommender.serve.method import Source
from recommender.serve.texts import Texts

Entries = Sequence[tuple[Source, int, float]]  # what put an item into a list, its row, its score


@dataclass  # not frozen, which would take three times as long to make, twenty to an answer
class SimilarItem:
    """One recommendation; scores compare only with others of the same ``source``."""

    item_id: str
    title: str | None
    score: float
    rank: int  # from 1
    source: Source


def as_items(
    shown: Sequence[tuple[int, Source, int, float]],
    item_ids: Texts[str],
    titles: Texts[str | None],
) -> list[SimilarItem]:
    """Return places of a ranking, each with its entry, as items of an answer.

    Scores have seven digits, which is what a float32 holds.
    """
    rows = [row for _, _, row, _ in shown]
    scores = np.empty(len(shown), np.float64)
    kernels().round_to_seven_digits(
        np.array([score for _, _, _, score in shown], np.float32), scores
    )
    return [
        SimilarItem(item_id, title, score, place, source)
        for item_id, title, score, (place, source, _, _) in zip(
            item_ids.some(rows), titles.some(rows), scores.tolist(), shown, strict=True
        )
    ]
