"""Spectral embeddings: the projection they stand for, and the graph they come from."""

import numpy as np
import pytest

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import build_item_graph
from recommender.histories import Histories, build_histories
from recommender.score import ReadOut, VectorScorer
from recommender.train import SpectralSettings, train_spectral, train_spectral_graph


def of(*users: list[int], n_items: int) -> Histories:
    return build_histories(
        np.repeat(np.arange(len(users)), [len(rows) for rows in users]),
        np.array([row for rows in users for row in rows], np.int64),
        user_ids=tuple(f"u{number}" for number in range(len(users))),
        item_ids=tuple(f"i{number}" for number in range(n_items)),
    )


def test_all_directions_give_the_history_back() -> None:
    # With as many dimensions as the matrix has rank, the projection changes nothing.
    train = of([0, 1], [1, 2], [0, 2, 3], [3], n_items=4)
    settings = SpectralSettings(dimension=4)
    trained = train_spectral(train, settings)
    read_out = ReadOut(history_power=settings.item_power, item_power=-settings.item_power)
    scorer = VectorScorer(trained.in_vectors, trained.out_vectors, train.n_users_of, read_out)
    assert scorer.scores(train) == pytest.approx(train.matrix.toarray(), abs=1e-5)


def test_vectors_are_the_eigenvectors_of_the_damped_item_graph() -> None:
    train = of([0, 1], [0, 1, 2], [2, 3], [0, 3], n_items=4)
    trained = train_spectral(train, SpectralSettings(dimension=2, user_power=-0.5, item_power=-0.5))
    x = train.matrix.toarray()
    damped = x / np.sqrt(x.sum(1))[:, None] / np.sqrt(x.sum(0))[None, :]
    values, vectors = np.linalg.eigh(damped.T @ damped)
    wanted = vectors[:, np.argsort(-values)[:2]]
    roots = np.diag(np.sqrt(np.sqrt(np.sort(values)[::-1][:2])))  # of the singular values
    assert np.abs(trained.in_vectors.T @ wanted) == pytest.approx(roots, abs=1e-4)
    assert np.abs(trained.out_vectors.T @ wanted) == pytest.approx(np.linalg.inv(roots), abs=1e-4)


def test_two_groups_that_share_nobody_come_out_at_right_angles() -> None:
    train = of([0, 1], [0, 1], [2, 3], [2, 3], [3, 2], n_items=4)
    vectors = train_spectral(train, SpectralSettings(dimension=2)).in_vectors
    assert abs(vectors[0] @ vectors[2]) < 1e-5
    assert vectors[0] @ vectors[1] > 0.1


def test_items_that_nobody_had_are_left_out() -> None:
    trained = train_spectral(of([0, 2], [2], n_items=4), SpectralSettings(dimension=8))
    assert trained.item_ids == ("i0", "i2")
    assert trained.dimension == 2
    assert trained.counts.tolist() == [1, 2]


def test_the_same_seed_gives_the_same_vectors() -> None:
    random = np.random.default_rng(5)
    train = of(*(random.integers(0, 40, 6).tolist() for _ in range(60)), n_items=40)
    first, again = (train_spectral(train, SpectralSettings(dimension=8)) for _ in range(2))
    assert np.array_equal(first.in_vectors, again.in_vectors)


def test_nothing_to_train_on_is_said() -> None:
    with pytest.raises(InvalidDataError, match="no interactions"):
        train_spectral(of([], n_items=2), SpectralSettings())


def test_a_power_without_meaning_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="user_power is nan"):
        SpectralSettings(user_power=float("nan"))


def test_in_times_out_is_the_damped_weight_from_one_item_to_the_other() -> None:
    sources, targets = np.array([0, 1, 2, 2], np.int32), np.array([1, 2, 0, 1], np.int32)
    graph = build_item_graph(
        ("a", "b", "c", "alone"),
        sources,
        targets,
        np.array([4, 1, 2, 6], np.float32),
        support=np.ones(4, np.int64),
        is_directed=True,
    )
    settings = SpectralSettings(dimension=3, user_power=-1, item_power=-0.5)
    trained = train_spectral_graph(graph, settings)
    # c -> b: 6 of the 8 leaving c, over the root of the 10 arriving at b.
    assert trained.item_ids == ("a", "b", "c")
    assert trained.in_vectors[2] @ trained.out_vectors[1] == pytest.approx(6 / 8 / np.sqrt(10))
    assert trained.in_vectors[1] @ trained.out_vectors[2] == pytest.approx(1)
    assert trained.in_vectors[1] @ trained.out_vectors[0] == pytest.approx(0, abs=1e-6)


def test_few_directions_hold_as_much_as_exact_ones() -> None:
    # A matrix of chance has no gap after any direction: the hardest case for a randomised method.
    random = np.random.default_rng(1)
    train = of(
        *(np.flatnonzero(random.random(600) < 0.04).tolist() for _ in range(800)), n_items=600
    )
    trained = train_spectral(train, SpectralSettings(dimension=60))
    x = train.matrix.toarray()
    damped = x * x.sum(1)[:, None] ** -0.4 * x.sum(0)[None, :] ** -0.4
    directions = trained.in_vectors / np.linalg.norm(trained.in_vectors, axis=0)
    held = np.linalg.norm(damped @ directions) ** 2
    exact = (np.linalg.svd(damped, compute_uv=False)[:60] ** 2).sum()
    assert held / exact > 0.99
