"""Vary one setting at a time on a validation part, and move only beyond chance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from recommender.evaluate.validation import Validation
from recommender.graph import Float64Array

Settings = dict[str, Any]


def climb(
    validation: Validation,
    part: str,
    start: Settings,
    options: Mapping[str, Sequence[Any]],
    judge: Callable[[list[Settings]], Iterable[Float64Array]],
) -> tuple[Settings, float]:
    """Vary one setting at a time until none of the options is clearly better, or time is up.

    ``judge`` gives the values of one settings after another; it is left off when time is up.
    """
    tried: dict[tuple[Any, ...], Float64Array] = {}

    def key_of(settings: Settings) -> tuple[Any, ...]:
        return tuple(settings[name] for name in start)

    def try_all(candidates: Iterable[Settings]) -> None:
        new = [each for each in candidates if key_of(each) not in tried]
        begun = time.perf_counter()
        for settings, values in zip(new, judge(new), strict=False):
            tried[key_of(settings)] = values
            validation.note(part, settings, float(values.mean()), begun)
            if validation.is_spent(part):
                break
            begun = time.perf_counter()

    def value_of(settings: Settings) -> float:
        return float(tried[key_of(settings)].mean())

    best, is_better = start, True
    try_all([start])
    while is_better:
        is_better = False
        for name in options:
            varied = list(_varied(best, name, options[name]))
            if not validation.is_spent(part):
                try_all(varied)
            known = [each for each in varied if key_of(each) in tried]
            candidate = max(known, key=value_of, default=best)
            if is_clearly_better(tried[key_of(candidate)], tried[key_of(best)]):
                best, is_better = candidate, True
    return best, value_of(best)


def is_clearly_better(values: Float64Array, others: Float64Array) -> bool:
    """Whether the mean difference over users is more than one standard error above zero."""
    differences = values - others
    error = differences.std() / np.sqrt(len(differences))
    return bool(differences.mean() > max(error, 1e-12))


def _varied(settings: Settings, name: str, options: Sequence[Any]) -> Iterator[Settings]:
    for option in options:
        if option != settings[name]:
            yield {**settings, name: option}
