"""Lists are the best of the catalogue, ties by row, what was seen left out."""

import numpy as np

from recommender.histories import Histories, build_histories
from recommender.score import best_of, top_items


class Fixed:
    """Scores every user alike."""

    def __init__(self, scores: list[float]):
        self.row = np.array(scores, np.float32)

    def scores(self, histories: Histories) -> np.ndarray:
        return np.tile(self.row, (histories.n_users, 1))


def two_users() -> Histories:
    return build_histories(
        np.array([0, 1, 0]),
        np.array([2, 0, 1]),
        user_ids=("ann", "bob"),
        item_ids=("a", "b", "c", "d"),
    )


def test_best_of_breaks_ties_by_column_also_at_the_end_of_the_list() -> None:
    columns, values = best_of(np.array([[1, 3, 1, 3, 1]], np.float32), 4)
    assert columns.tolist() == [[1, 3, 0, 2]]
    assert values.tolist() == [[3, 3, 1, 1]]


def test_items_of_the_own_history_are_left_out() -> None:
    best = top_items(Fixed([4, 3, 2, 1]), two_users(), 2)
    assert best.rows.tolist() == [[0, 3], [1, 2]]


def test_a_list_ends_early_when_nothing_may_be_recommended() -> None:
    best = top_items(Fixed([1, 1, 1, -np.inf]), two_users(), 4)
    assert best.rows.tolist() == [[0, -1, -1, -1], [1, 2, -1, -1]]


def test_a_history_is_in_the_order_of_time_and_keeps_repeats() -> None:
    histories = build_histories(
        np.array([0, 0, 0]),
        np.array([1, 0, 1]),
        user_ids=("ann",),
        item_ids=("a", "b"),
        times=np.array([30, 20, 10]),
    )
    assert histories.matrix.nnz == 2
    assert histories.items_of(0).tolist() == [1, 0, 1]
    assert histories.matrix.toarray().tolist() == [[1, 1]]
    assert histories.n_users_of.tolist() == [1, 1]


def test_selecting_users_keeps_their_histories() -> None:
    chosen = two_users().select(np.array([1, 0, 1]))
    assert chosen.user_ids == ("bob", "ann", "bob")
    assert [chosen.items_of(user).tolist() for user in range(3)] == [[0], [2, 1], [0]]


def test_keeping_interactions_keeps_users_without_any() -> None:
    kept = two_users().keep(np.array([True, False, False]))
    assert [kept.items_of(user).tolist() for user in range(2)] == [[2], []]
