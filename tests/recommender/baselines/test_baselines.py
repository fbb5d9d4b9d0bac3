"""Baselines against their formulas on a shop of four items."""

import numpy as np
import pytest

from recommender.baselines import BASELINES
from recommender.baselines.factors import fit_ease
from recommender.baselines.neighbours import fit_item_knn, fit_markov, fit_rp3beta
from recommender.errors import InvalidDataError
from recommender.evaluate.split import Task
from recommender.histories import Histories, build_histories


def of(*users: list[int]) -> Histories:
    return build_histories(
        np.repeat(np.arange(len(users)), [len(rows) for rows in users]),
        np.array([row for rows in users for row in rows]),
        user_ids=tuple(f"u{number}" for number in range(len(users))),
        item_ids=("a", "b", "c", "d"),
    )


TRAIN = of([0, 1], [0, 1, 2], [1, 2, 3])


def test_item_knn_is_the_shrunk_cosine() -> None:
    scores = fit_item_knn(TRAIN, n_neighbours=4, shrinkage=1).scores(of([0]))[0]
    # a is had by 2, b by 3, c by 2; a and b share 2 users, a and c one.
    assert scores == pytest.approx([0, 2 / (np.sqrt(6) + 1), 1 / (2 + 1), 0])


def test_rp3beta_is_the_damped_chance_of_the_walk() -> None:
    scores = fit_rp3beta(TRAIN, n_neighbours=4, alpha=1, beta=0.5).scores(of([0]))[0]
    # From a, either user by one half; then one of 2, or of 3, items.
    to_b, to_c = (1 / 2 + 1 / 3) / 2, (1 / 3) / 2
    assert scores == pytest.approx([0, to_b / np.sqrt(3), to_c / np.sqrt(2), 0], rel=1e-5)


def test_only_the_nearest_neighbours_vote() -> None:
    scores = fit_item_knn(TRAIN, n_neighbours=1, shrinkage=0).scores(of([0]))[0]
    assert np.flatnonzero(scores).tolist() == [1]


def test_markov_looks_at_the_last_item_alone() -> None:
    scores = fit_markov(TRAIN).scores(of([0, 2]))[0]
    assert int(scores.argmax()) == 3


def test_ease_is_the_closed_form() -> None:
    weights = fit_ease(TRAIN, regularisation=2.0).weights
    x = TRAIN.matrix.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 2 * np.eye(4))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert weights == pytest.approx(expected, abs=1e-5)


def blocks() -> Histories:
    """60 users, each with six of ten items of one of two groups that share nothing."""
    random = np.random.default_rng(4)
    chosen = [10 * (user % 2) + random.choice(10, 6, replace=False) for user in range(60)]
    return build_histories(
        np.repeat(np.arange(60), 6),
        np.concatenate(chosen),
        user_ids=tuple(f"u{number}" for number in range(60)),
        item_ids=tuple(f"i{number:02}" for number in range(20)),
    )


@pytest.mark.parametrize("method", BASELINES[1:], ids=lambda method: method.name)
def test_every_baseline_but_popularity_stays_within_the_group(method) -> None:  # type: ignore[no-untyped-def]
    train = blocks()
    scorer = method.fit(train, Task("random", 3, budget_s=0))
    scores = scorer.scores(train)
    scores[train.users(), train.rows] = -np.inf
    assert np.mean(scores.argmax(axis=1) // 10 == np.arange(60) % 2) > 0.8


def test_order_is_asked_for_where_it_is_needed() -> None:
    markov = next(method for method in BASELINES if method.name == "markov")
    unordered = build_histories(
        np.array([0]), np.array([0]), user_ids=("u",), item_ids=("a",), is_ordered=False
    )
    with pytest.raises(InvalidDataError, match="no order"):
        markov.fit(unordered, Task())


def test_markov_counts_no_order_within_a_basket() -> None:
    baskets = build_histories(
        np.zeros(4, int),
        np.array([0, 1, 2, 3]),
        user_ids=("u",),
        item_ids=("a", "b", "c", "d"),
        times=np.array([1, 1, 2, 2]),
    )
    # b, the last of the first basket, was followed by c; a by nothing, d by nothing.
    assert np.argwhere(fit_markov(baskets).relationships.toarray()).tolist() == [[1, 2]]
