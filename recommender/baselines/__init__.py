"""What Footpath must beat: known methods, each tuned inside train by the same budget."""

from __future__ import annotations

from itertools import product
from typing import Any

from recommender.baselines.factors import fit_als, fit_bpr, fit_ease
from recommender.baselines.neighbours import Popularity, fit_item_knn, fit_markov, fit_rp3beta
from recommender.baselines.skip_grams import fit_deepwalk, fit_item2vec
from recommender.baselines.tuning import fit_best
from recommender.errors import InvalidDataError
from recommender.evaluate.method import Method
from recommender.evaluate.split import Task
from recommender.histories import Histories
from recommender.score import Scorer

__all__ = ["BASELINES"]


def _grid(**options: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return all combinations; the first options together come first."""
    return [dict(zip(options, values, strict=True)) for values in product(*options.values())]


def _item_knn(train: Histories, task: Task) -> Scorer:
    grid = _grid(n_neighbours=(200, 50, 500), shrinkage=(0.0, 10.0, 100.0))
    return fit_best(train, task, lambda part, s: fit_item_knn(part, **s), grid)


def _rp3beta(train: Histories, task: Task) -> Scorer:
    grid = _grid(n_neighbours=(200, 500), alpha=(1.0, 0.8, 1.2), beta=(0.6, 0.3, 0.45, 0.8))
    return fit_best(train, task, lambda part, s: fit_rp3beta(part, **s), grid)


def _ease(train: Histories, task: Task) -> Scorer:
    grid = _grid(regularisation=(500.0, 50.0, 200.0, 1000.0))
    return fit_best(train, task, lambda part, s: fit_ease(part, **s), grid)


def _als(train: Histories, task: Task) -> Scorer:
    grid = _grid(
        factors=(64, 128),
        regularization=(0.01, 0.1, 1.0),
        alpha=(1.0, 5.0, 20.0),
        iterations=(15,),
    )
    return fit_best(train, task, lambda part, s: fit_als(part, **s, seed=task.seed), grid)


def _bpr(train: Histories, task: Task) -> Scorer:
    grid = _grid(
        factors=(64, 128),
        learning_rate=(0.05, 0.02, 0.1),
        regularization=(0.01, 0.001, 0.05),
        iterations=(100,),
    )
    return fit_best(train, task, lambda part, s: fit_bpr(part, **s, seed=task.seed), grid)


def _item2vec(train: Histories, task: Task) -> Scorer:
    grid = _grid(sample=(0.0, 0.001), epochs=(5, 20, 50))
    return fit_best(train, task, lambda part, s: fit_item2vec(part, **s, seed=task.seed), grid)


def _markov(train: Histories, task: Task) -> Scorer:
    if not train.is_ordered:
        raise InvalidDataError("The histories have no order, so nothing comes next.")
    return fit_markov(train)


BASELINES: tuple[Method, ...] = (
    Method("popularity", lambda train, task: Popularity.fit(train), is_baseline=True),
    Method("markov", _markov, is_baseline=True),
    Method("item_knn", _item_knn, is_baseline=True),
    Method("rp3beta", _rp3beta, is_baseline=True),
    Method("ease", _ease, is_baseline=True),
    Method("als", _als, is_baseline=True),
    Method("bpr", _bpr, is_baseline=True),
    Method("deepwalk", lambda train, task: fit_deepwalk(train, seed=task.seed), is_baseline=True),
    Method("item2vec", _item2vec, is_baseline=True),
)
