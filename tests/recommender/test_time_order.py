"""Time decides; among things of one time the order is fixed, and tells nothing of the items."""

import numpy as np

from recommender.time_order import time_order


def test_groups_come_first_then_time() -> None:
    order = time_order((np.array([1, 0, 1, 0]),), np.array([5, 9, 3, 7]), np.array([0, 1, 2, 3]))
    assert order.tolist() == [3, 1, 2, 0]


def test_the_order_does_not_hang_on_how_the_interactions_came() -> None:
    random = np.random.default_rng(1)
    visitors, times, rows = random.integers(0, 3, 90), random.integers(0, 4, 90), np.arange(90)
    order = time_order((visitors,), times, rows)
    shuffle = random.permutation(90)
    again = time_order((visitors[shuffle],), times[shuffle], rows[shuffle])
    assert rows[shuffle][again].tolist() == rows[order].tolist()


def test_neighbours_of_the_catalogue_are_not_side_by_side_in_a_basket() -> None:
    # 200 baskets of the same 30 items: if places told anything, i + 1 would often follow i.
    rows = np.tile(np.arange(30), 200)
    times = np.repeat(np.arange(200), 30)
    shown = rows[time_order((times,), times, rows)].reshape(200, 30)
    follows = (shown[:, 1:] - shown[:, :-1] == 1).mean()
    assert abs(follows - 1 / 30) < 0.01
    # And no pair is side by side in basket after basket.
    pairs = shown[:, :-1] * 30 + shown[:, 1:]
    assert np.bincount(pairs.ravel(), minlength=900).max() < 30
