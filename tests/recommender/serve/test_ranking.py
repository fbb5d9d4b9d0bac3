from __future__ import annotations

import numpy as np
import pytest

from recommender.serve import Selection
from recommender.serve.ranking import diversified, n_candidates
from tests.recommender.serve.test_model import names, shop_model
from tests.recommender.serve.vectors import clustered_vectors

# Four items: two alike (0, 1), one across (2), one opposite to the first (3).
VECTORS = np.array([[1, 0], [1, 0], [0, 1], [-1, 0]], np.float32)
RANKED = (np.array([0, 1, 2, 3]), np.array([0.9, 0.8, 0.6, 0.4], np.float32))


@pytest.mark.parametrize(
    ("diversity", "rows"),
    [
        # Relevance, scaled: 1, .8, .4, 0. After item 0 (always first):
        (0.1, [0, 1, 2, 3]),  # 1: .9x.8-.1 = .62, 2: .36, 3: .1
        (0.5, [0, 3, 2, 1]),  # 1: .4-.5 = -.1, 2: .2, 3: 0+.5 = .5; then 1: -.1, 2: .2
        (1.0, [0, 3, 2, 1]),
    ],
)
def test_item_that_adds_most_comes_next(diversity: float, rows: list[int]) -> None:
    found, scores = diversified(RANKED, VECTORS, diversity, 4, 4)
    assert found.tolist() == rows
    assert scores.tolist() == RANKED[1][rows].tolist()  # scores stay those of the item


def test_first_of_equal_gains_wins() -> None:
    ranked = (np.array([3, 1, 2]), np.ones(3, np.float32))
    assert diversified(ranked, np.zeros((4, 2), np.float32), 0.7, 3, 3)[0].tolist() == [3, 1, 2]


def test_every_block_of_candidates_is_ordered_by_itself() -> None:
    random = np.random.default_rng(1)
    scores = -np.sort(-random.random(200)).astype(np.float32)
    vectors = clustered_vectors(200, 8, seed=1)
    whole = diversified((np.arange(200), scores), vectors, 0.5, 10, 200)[0]
    assert n_candidates(10) == 40
    for first in range(0, 200, 40):
        assert set(whole[first : first + 40].tolist()) == set(range(first, first + 40))
    for n_needed in (10, 45, 80):
        part = diversified((np.arange(200), scores), vectors, 0.5, 10, n_needed)[0]
        assert part[:n_needed].tolist() == whole[:n_needed].tolist()


def test_diversity_lowers_the_similarity_within_lists_and_keeps_them_full() -> None:
    model = shop_model()
    assert names(model.similar("bag", 3)) == ["mug", "lunch bag", "a/b c"]
    answer = model.similar("bag", 3, selection=Selection(diversity=1.0))
    # All but the first by what is new: the plate stands across the mug, cos .6.
    assert names(answer) == ["mug", "plate", "lunch bag"]
    assert [item.rank for item in answer] == [1, 2, 3]
