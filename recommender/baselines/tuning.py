"""Choose a baseline's settings inside train, by the same budget that Footpath's methods have."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from recommender.choose import Trial, validation_part
from recommender.evaluate.split import Task
from recommender.graph import Float32Array
from recommender.histories import Histories
from recommender.score import Scorer

logger = logging.getLogger(__name__)

Settings = dict[str, Any]


@dataclass(frozen=True)
class Tuned:
    """A scorer with the settings that were chosen for it, and all that were tried."""

    scorer: Scorer
    settings: Settings
    trials: tuple[Trial, ...]

    @property
    def n_tried(self) -> int:
        """Number of settings that were compared."""
        return len(self.trials)

    def scores(self, histories: Histories) -> Float32Array:
        """Return the scores of the scorer; see :class:`~recommender.score.Scorer`."""
        return self.scorer.scores(histories)


def combinations(**options: Sequence[Any]) -> list[Settings]:
    """Return all combinations of some options; the first of each option together come first."""
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


def fit_best(
    name: str,
    train: Histories,
    task: Task,
    fit: Callable[[Histories, Settings], Scorer],
    grid: Sequence[Settings],
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> Tuned:
    """Return the scorer, fitted to all of train, of the settings that did best on a part of it.

    The first of the grid is always tried, the others in an order drawn by the seed, while another
    one of the last one's length fits into the task's budget. So a faster machine may try more;
    nothing else depends on time.

    Parameters
    ----------
    name : str
        The method, for the log.
    train : Histories
        A tenth is hidden while choosing; the test part is not known here.
    task : Task
        Protocol by which the tenth is cut, list length judged by NDCG, seed, budget in seconds.
    fit : callable
        Histories and settings -> scorer.
    grid : sequence of dict
        Settings, the usual ones first.
    clock : callable
        Gives seconds.

    Raises
    ------
    InvalidDataError
        If no part can be hidden, or ``fit`` refuses the data.
    """
    validation = validation_part(train, task)
    random = np.random.Generator(np.random.PCG64(task.seed))
    order = [0, *(1 + random.permutation(len(grid) - 1)).tolist()]
    best, best_value, begun = grid[0], -1.0, clock()
    for place in order:
        trial_begun = clock()
        value = float(validation.judge(fit(validation.train, grid[place])).mean())
        now = clock()
        seconds = round(now - trial_begun, 3)
        validation.trials.append(Trial(name, grid[place], round(value, 6), seconds))
        if value > best_value:
            best, best_value = grid[place], value
        if now - begun + (now - trial_begun) > task.budget_s:
            break
    logger.info(
        "%s: NDCG@%d %.4f on validation with %s, the best of %d tried",
        name, task.k, best_value, best, len(validation.trials),
    )  # fmt: skip
    return Tuned(fit(train, best), best, tuple(validation.trials))
