"""A named way to make recommendations, as evaluation sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recommender.evaluate.split import Task
from recommender.histories import Histories
from recommender.score import Scorer


@dataclass(frozen=True)
class Method:
    """Learns from the training part alone; whatever it chooses, it chooses in there."""

    name: str
    fit: Callable[[Histories, Task], Scorer]
    is_baseline: bool = False
