"""Maps of vectors whose groups are known."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.graph import Float32Array
from recommender.item_map import MAP_METHODS, MapMethod, map_positions


def groups(n_groups: int, size: int, dimension: int = 16, noise: float = 0.1) -> Float32Array:
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((n_groups, dimension))
    points = np.repeat(centres, size, axis=0)
    lengths = rng.uniform(0.1, 10.0, (len(points), 1))  # which must not count
    noisy = points + noise * rng.standard_normal(points.shape)
    return (lengths * noisy).astype(np.float32)


def nearest_in_group(positions: Float32Array, size: int) -> float:
    """Return the share of items whose nearest other on the map is of their own group."""
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((distances.argmin(axis=1) // size == np.arange(len(positions)) // size).mean())


@pytest.mark.slow
@pytest.mark.parametrize(("method", "least"), [("umap", 0.99), ("pca", 0.6)])
def test_items_of_one_group_are_neighbours_on_the_map(method: MapMethod, least: float) -> None:
    positions, used = map_positions(groups(8, 25), method)
    assert used == method
    assert positions.shape == (200, 2)
    assert np.isfinite(positions).all()
    assert nearest_in_group(positions, 25) >= least


@pytest.mark.parametrize("method", MAP_METHODS)
def test_the_same_vectors_give_the_same_map(method: MapMethod) -> None:
    vectors = groups(3, 20)
    first, second = (map_positions(vectors, method)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_pca_keeps_the_two_directions_of_greatest_variance() -> None:
    # Points on a circle in a plane of five dimensions: their distances stay as they are.
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    plane = np.linalg.qr(np.random.default_rng(2).standard_normal((5, 2)))[0]
    vectors = (np.column_stack([np.cos(turn), np.sin(turn)]) @ plane.T).astype(np.float32)
    positions, _ = map_positions(vectors, "pca")
    apart = np.linalg.norm(positions[0] - positions, axis=1)
    np.testing.assert_allclose(apart, np.linalg.norm(vectors[0] - vectors, axis=1), atol=1e-5)


@pytest.mark.parametrize("n_items", [1, 2, 15])
def test_a_few_items_are_placed_by_pca(n_items: int) -> None:
    positions, used = map_positions(groups(1, n_items), "umap")
    assert used == "pca"
    assert positions.shape == (n_items, 2)
    assert np.isfinite(positions).all()


def test_one_dimension_gives_a_line() -> None:
    positions, _ = map_positions(np.array([[1.0], [-2.0], [3.0]], np.float32), "pca")
    assert positions[0, 0] == positions[2, 0] != positions[1, 0]
    assert (positions[:, 1] == 0).all()


def test_items_of_one_and_the_same_vector_are_placed_too() -> None:
    positions, used = map_positions(np.ones((40, 4), np.float32), "umap")
    assert used == "pca"
    assert np.isfinite(positions).all()
