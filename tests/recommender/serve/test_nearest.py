from __future__ import annotations

import numpy as np
import pytest

from recommender.graph import Float32Array
from recommender.serve.nearest import NearestLists, largest, nearest_lists
from tests.recommender.serve.vectors import clustered_vectors


def exact(vectors: Float32Array, k: int) -> np.ndarray:
    return np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")[:, :k]


def lists(vectors: Float32Array, **settings: object) -> NearestLists:
    made = nearest_lists(vectors, np.ones(len(vectors), bool), **settings)  # type: ignore[arg-type]
    assert made is not None
    return made


def recall(found: np.ndarray, true: np.ndarray) -> float:
    k = true.shape[1]
    shared = [len(set(a) & set(b)) / k for a, b in zip(found[:, :k], true, strict=True)]
    return float(np.mean(shared))


def test_every_pair_is_compared_in_a_small_catalogue() -> None:
    # Angles 0, 10, 50 and 90 degrees: from the third, the second is at 40, the fourth at 40 too.
    angles = np.radians([0, 10, 50, 90])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    made = lists(vectors, length=3)
    assert made.rows[:2].tolist() == [[0, 1, 2], [1, 0, 2]]
    assert made.cosines[0] == pytest.approx(np.cos(np.radians([0, 10, 50])), abs=1e-6)


def test_items_that_may_not_be_shown_or_have_no_vector_are_in_no_list() -> None:
    vectors = clustered_vectors(50, 4, seed=1)
    vectors[7] = 0
    is_shown = np.ones(50, bool)
    is_shown[3] = False
    made = nearest_lists(vectors, is_shown, length=60)
    assert made is not None
    assert made.rows.shape == (50, 48)
    with_vector = np.delete(made.rows, 7, axis=0)
    assert not np.isin(with_vector, [3, 7]).any()


def test_nothing_to_show_gives_no_lists() -> None:
    assert nearest_lists(np.zeros((5, 4), np.float32), np.ones(5, bool)) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_clusters_find_ninety_nine_of_a_hundred_of_the_true_nearest(seed: int) -> None:
    vectors = clustered_vectors(6000, 32, seed=seed)
    made = lists(vectors, exact_up_to=0, length=40)
    assert recall(made.rows, exact(vectors, 20)) >= 0.99


def test_vectors_without_clusters_are_all_compared() -> None:
    vectors = np.random.default_rng(1).normal(size=(2000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    made = lists(vectors, exact_up_to=0, length=20)
    assert recall(made.rows, exact(vectors, 20)) >= 0.99


def test_same_seed_gives_the_same_lists() -> None:
    vectors = clustered_vectors(3000, 16, seed=1)
    first, second = lists(vectors, exact_up_to=0), lists(vectors, exact_up_to=0)
    assert np.array_equal(first.rows, second.rows)
    assert np.array_equal(first.cosines, second.cosines)


def test_exact_compares_every_pair_whatever_the_size() -> None:
    vectors = clustered_vectors(3000, 16, seed=1)
    made = lists(vectors, exact_up_to=0, nearest="exact", length=20)
    assert recall(made.rows, exact(vectors, 20)) == 1.0


def test_of_equal_scores_the_first_columns_are_the_largest() -> None:
    scores = np.array([[1, 3, 1, 1], [2, 2, 2, 2], [0, 1, 2, 3]], np.float32)
    assert largest(scores, 2).tolist() == [[0, 1], [0, 1], [2, 3]]
    scores = np.array([[1, 1, 5, 1], [9, 0, 0, 9]], np.float32)
    assert largest(scores, 3).tolist() == [[0, 1, 2], [0, 1, 3]]
