"""Choose a baseline's settings inside train, within the budget that Footpath's methods have."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from recommender.evaluate.split import Task
from recommender.evaluate.validation import validation_part
from recommender.histories import Histories
from recommender.score import Scorer

logger = logging.getLogger(__name__)

Settings = dict[str, Any]


def fit_best(
    train: Histories,
    task: Task,
    fit: Callable[[Histories, Settings], Scorer],
    grid: Sequence[Settings],
) -> Scorer:
    """Return the scorer, fitted to all of train, of the settings that did best on a part of it.

    The first of the grid is always tried, the others in an order drawn by the seed until the
    task's budget is spent. So a faster machine may try more; nothing else depends on time.
    """
    validation = validation_part(train, task)
    random = np.random.Generator(np.random.PCG64(task.seed))
    order = [0, *(1 + random.permutation(len(grid) - 1)).tolist()]
    best, best_value = grid[0], -1.0
    for n_tried, place in enumerate(order):
        if n_tried and validation.is_spent():
            break
        value = float(validation.judge(fit(validation.train, grid[place])).mean())
        logger.info("%s: NDCG@%d %.4f on validation", grid[place], task.k, value)
        if value > best_value:
            best, best_value = grid[place], value
    return fit(train, best)
