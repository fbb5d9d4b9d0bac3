"""A part of the training part, hidden while a method chooses its settings."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.errors import InvalidDataError
from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.split import Protocol, Split, Task, split_histories
from recommender.graph import Float64Array
from recommender.histories import Histories
from recommender.progress import Progress, no_progress
from recommender.score import Scorer
from recommender.score.scorer import SCORES_AT_ONCE

logger = logging.getLogger(__name__)

VALIDATION_SHARE = 0.1
VALIDATION_USERS = 3_000


@dataclass(frozen=True)
class Trial:
    """What was tried, and how good its lists were on the validation part."""

    part: str
    settings: dict[str, Any]
    value: float  # NDCG@k
    seconds: float


@dataclass
class Validation:
    """The validation part, and the trials on it so far."""

    split: Split
    users: Histories  # their training part
    hidden: Histories
    task: Task
    trials: list[Trial] = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)
    parts: tuple[str, ...] = ()  # what is chosen one after the other; each may take as long
    progress: Progress = no_progress  # told the trials so far

    @property
    def train(self) -> Histories:
        """What is learned from while choosing."""
        return self.split.train

    def is_spent(self, part: str = "") -> bool:
        """Whether the time for choosing this part, or without one for choosing at all, has gone."""
        if self.task.budget_s is None:
            return False
        share = (self.parts.index(part) + 1) / len(self.parts) if part in self.parts else 1.0
        return time.perf_counter() - self.begun > share * self.task.budget_s

    def description(self) -> str:
        """Return a sentence on what is hidden, from whom, and how lists are judged."""
        return (
            f"Validation: {self.split.description}; {self.users.n_users:,} users, "
            f"NDCG@{self.task.k}."
        )

    def judge(self, scorer: Scorer) -> Float64Array:
        """Return the NDCG@k of the scorer's list for each user."""
        parts = [
            ndcg_by_rank(scorer.scores(block), block, hidden, self.task.k)
            for block, hidden in self.blocks()
        ]
        return np.concatenate(parts)

    def blocks(self) -> Iterator[tuple[Histories, Histories]]:
        """Yield some users at a time, with what is hidden of them."""
        users_at_once = max(1, SCORES_AT_ONCE // self.users.n_items)
        pairs = zip(
            self.users.blocks(users_at_once), self.hidden.blocks(users_at_once), strict=True
        )
        return ((block, hidden) for (_, block), (_, hidden) in pairs)

    def note(self, part: str, settings: dict[str, Any], value: float, begun: float) -> None:
        """Keep a trial."""
        seconds = round(time.perf_counter() - begun, 3)
        self.trials.append(Trial(part, settings, round(value, 6), seconds))
        self.progress(len(self.trials), 0)
        logger.debug("%s %s: %.5f in %.1f s", part, settings, value, seconds)


def validation_part(histories: Histories, task: Task) -> Validation:
    """Return a tenth of the histories, cut by the task's protocol, with users drawn by its seed."""
    split = _validation_split(histories, task)
    users = split.judged_users()
    if len(users) > VALIDATION_USERS:
        random = np.random.Generator(np.random.PCG64(task.seed))
        users = np.sort(random.choice(users, VALIDATION_USERS, replace=False))
    return Validation(split, split.train.select(users), split.test.select(users), task)


def _validation_split(histories: Histories, task: Task) -> Split:
    """Return the validation split by the task's protocol, or by the next one that is possible."""
    protocols: list[Protocol] = [task.protocol, "last-item", "random"]
    for protocol in protocols:
        try:
            return split_histories(histories, protocol, share=VALIDATION_SHARE, seed=task.seed)
        except InvalidDataError as error:
            problem = error
            logger.info("No validation part by %s: %s", protocol, error)
    raise problem
