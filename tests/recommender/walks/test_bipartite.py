"""Walks over users and items take the steps of the user-item graph, with its chances."""

import numpy as np
from scipy.stats import chisquare

from recommender.histories import Histories, build_histories
from recommender.walks import WalkSettings
from recommender.walks.bipartite import make_item_walks


def shop() -> Histories:
    """u0: a b; u1: a b c; u2: b c d d."""
    return build_histories(
        np.array([0, 0, 1, 1, 1, 2, 2, 2, 2]),
        np.array([0, 1, 0, 1, 2, 1, 2, 3, 3]),
        user_ids=("u0", "u1", "u2"),
        item_ids=("a", "b", "c", "d"),
    )


def test_steps_have_the_chance_of_going_over_a_shared_user() -> None:
    walks = make_item_walks(shop(), WalkSettings(n_walks=20_000, length=2)).walks
    x = shop().matrix.toarray().astype(float)
    chances = (x / x.sum(0)).T @ (x / x.sum(1)[:, None])  # item -> user -> item
    for item in range(4):
        mine = walks[walks[:, 0] == item]
        seen = np.bincount(mine[:, 1], minlength=4)
        possible = chances[item] > 0
        assert not seen[~possible].any()
        expected = chances[item, possible] * len(mine)
        assert chisquare(seen[possible], expected).pvalue > 1e-4


def test_damping_makes_popular_items_rarer() -> None:
    def share_of_b(item_power: float) -> float:
        walks = make_item_walks(shop(), WalkSettings(n_walks=500), item_power=item_power).walks
        return float((walks == 1).mean())

    assert share_of_b(-1.0) < share_of_b(0.0) - 0.05


def test_length_counts_items_and_starts_are_items_by_frequency() -> None:
    corpus = make_item_walks(shop(), WalkSettings(n_walks=3000, length=5))
    assert corpus.walks.shape[1] == 5
    assert corpus.item_ids == shop().item_ids
    starts = np.bincount(corpus.walks[:, 0], minlength=4)
    popularity = np.array([2, 3, 2, 1])
    assert chisquare(starts, popularity / 8 * len(corpus.walks)).pvalue > 1e-4


def test_walks_do_not_depend_on_the_number_of_threads() -> None:
    one, two = (
        make_item_walks(shop(), WalkSettings(n_walks=2000), n_threads=n).walks for n in (1, 2)
    )
    assert np.array_equal(one, two)
