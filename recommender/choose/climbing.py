"""Vary one setting at a time on a validation part, and move only beyond chance."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    judge: Callable[[Settings], Float64Array],
) -> tuple[Settings, float]:
    """Vary one setting at a time until none of the options is clearly better, or time is up.

    ``judge`` gives the NDCG@k of each user; ``start`` is judged in any case.
    """
    tried: dict[tuple[Any, ...], Float64Array] = {}

    def key_of(settings: Settings) -> tuple[Any, ...]:
        return tuple(settings[name] for name in start)

    def values_of(settings: Settings) -> Float64Array:
        key = key_of(settings)
        if key not in tried:
            begun = time.perf_counter()
            tried[key] = judge(settings)
            validation.note(part, settings, float(tried[key].mean()), begun)
        return tried[key]

    def is_affordable(settings: Settings) -> bool:
        return key_of(settings) in tried or not validation.is_spent(part)

    best, is_better = start, True
    values_of(start)
    while is_better:
        is_better = False
        for name in options:
            varied = filter(is_affordable, _varied(best, name, options[name]))  # asked one by one
            candidate = max(varied, key=lambda settings: values_of(settings).mean(), default=best)
            if is_clearly_better(values_of(candidate), values_of(best)):
                best, is_better = candidate, True
    return best, float(values_of(best).mean())


def is_clearly_better(values: Float64Array, others: Float64Array) -> bool:
    """Whether the mean difference over users is more than one standard error above zero."""
    differences = values - others
    error = differences.std() / np.sqrt(len(differences))
    return bool(differences.mean() > max(error, 1e-12))


def _varied(settings: Settings, name: str, options: Sequence[Any]) -> Iterator[Settings]:
    for option in options:
        if option != settings[name]:
            yield {**settings, name: option}
