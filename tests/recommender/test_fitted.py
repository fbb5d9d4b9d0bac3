"""What is made is made once, and let go of again when it is too much."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.fitted import Made
from recommender.histories import build_histories
from recommender.relate import RelateSettings
from recommender.train import SpectralSettings, SpectralTrainer

RELATE = RelateSettings()


def trainer(dimension: int, power: float = -0.5) -> SpectralTrainer:
    return SpectralTrainer("histories", SpectralSettings(dimension, power, power))


@pytest.fixture
def made() -> Made:
    users, rows = np.divmod(np.random.default_rng(1).choice(200, 80, replace=False), 10)
    return Made(
        build_histories(
            users,
            rows,
            user_ids=tuple(f"u{number}" for number in range(20)),
            item_ids=tuple(f"i{number}" for number in range(10)),
        )
    )


def test_shorter_vectors_are_cut_from_longer_ones(made: Made) -> None:
    long = made.vectors(trainer(8), RELATE)
    short = made.vectors(trainer(3), RELATE)
    assert np.array_equal(short.in_vectors, long.in_vectors[:, :3])


def test_the_vectors_used_longest_ago_are_forgotten_first(made: Made) -> None:
    first, second = (made.vectors(trainer(4, power), RELATE) for power in (-0.5, -0.4))
    made.vectors(trainer(4, -0.5), RELATE)  # used again: now the second is the older one
    made.forget(first.in_vectors.nbytes * 2)
    assert made.vectors(trainer(4, -0.5), RELATE) is first
    assert made.vectors(trainer(4, -0.4), RELATE) is not second


def test_the_vectors_used_last_stay_however_large(made: Made) -> None:
    vectors = made.vectors(trainer(4), RELATE)
    made.forget(0)
    assert made.vectors(trainer(4), RELATE) is vectors
