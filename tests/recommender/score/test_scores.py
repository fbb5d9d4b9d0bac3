"""Each scorer against sums written out by hand or by loops."""

import numpy as np
import pytest

from recommender.errors import InvalidParameterError
from recommender.graph import build_item_graph
from recommender.histories import Histories, build_histories
from recommender.score import (
    HybridScorer,
    ReadOut,
    TransitionScorer,
    TwoStepScorer,
    VectorScorer,
    history_weights,
)

ITEMS = ("a", "b", "c", "d")


def of(*users: list[int]) -> Histories:
    """Return the histories of some users over four items."""
    return build_histories(
        np.repeat(np.arange(len(users)), [len(rows) for rows in users]),
        np.array([row for rows in users for row in rows]),
        user_ids=tuple(f"u{number}" for number in range(len(users))),
        item_ids=ITEMS,
    )


# a is had by 2 users, b by 3, c by 2, d by 1.
TRAIN = of([0, 1], [0, 1, 2], [1, 2, 3])


def test_two_steps_add_up_the_chances_over_shared_users() -> None:
    scorer = TwoStepScorer.fit(TRAIN, ReadOut())
    # From a: its users have 2 and 3 items. To b over both: 1/2 + 1/3; to c over the second: 1/3.
    scores = scorer.scores(of([0]))[0]
    assert scores == pytest.approx([5 / 6, 5 / 6, 1 / 3, 0])


def test_two_steps_weigh_history_and_candidate_by_powers_of_popularity() -> None:
    scorer = TwoStepScorer.fit(TRAIN, ReadOut(history_power=-1, item_power=-0.5))
    # From a (2 users): b over sqrt 3 users, c over sqrt 2.
    scores = scorer.scores(of([0]))[0]
    assert scores[1] == pytest.approx(5 / 6 / 2 / np.sqrt(3))
    assert scores[2] == pytest.approx(1 / 3 / 2 / np.sqrt(2))


def test_an_overlap_power_above_one_leans_to_users_who_share_more() -> None:
    scorer = TwoStepScorer.fit(TRAIN, ReadOut(history_power=-1), overlap_power=2)
    # a has 2 users, b 3. Reached: u0 and u1 by 1/2 + 1/3, u2 by 1/3, squared; over 2, 3, 3 items.
    much, little = (1 / 2 + 1 / 3) ** 2, (1 / 3) ** 2
    scores = scorer.scores(of([0, 1]))[0]
    assert scores[2:] == pytest.approx([much / 3 + little / 3, little / 3])


def test_later_items_count_more_and_repeats_count_once_at_their_last_place() -> None:
    weights = history_weights(of([1, 0, 1]), TRAIN.n_users_of, ReadOut(history_decay=0.5))
    assert weights.toarray().tolist() == [[0.5, 1, 0, 0]]


def test_transitions_are_followed_in_their_direction() -> None:
    graph = build_item_graph(
        ITEMS,
        np.array([0, 1], np.int32),
        np.array([1, 2], np.int32),
        np.array([2, 3], np.float32),
        support=np.ones(4, np.int64),
        is_directed=True,
    )
    scorer = TransitionScorer.from_graph(graph, TRAIN.n_users_of, ReadOut(history_decay=0.5))
    # History a, b: a is one place from the end, so a -> b tells 0.5 * 2; b -> c tells 3.
    assert scorer.scores(of([0, 1])).tolist() == [[0, 1, 3, 0]]


IN = np.array([[1, 0], [0, 1], [0, 0], [2, 2]], np.float32)
OUT = np.array([[1, 1], [2, 0], [0, 3], [0, 0]], np.float32)


def test_linear_read_out_is_in_times_out_and_leaves_out_items_without_vector() -> None:
    scorer = VectorScorer(IN, OUT, TRAIN.n_users_of, ReadOut(item_power=1))
    # a + b = (1, 1); a: 2 * 2 users, b: 2 * 3 users, c: 3 * 2 users; d has no out-vector.
    assert scorer.scores(of([0, 1])).tolist() == [[4, 6, 6, -np.inf]]


def test_exponential_read_out_adds_up_chances() -> None:
    scorer = VectorScorer(IN, OUT, TRAIN.n_users_of, ReadOut(), link="exp")
    scores = scorer.scores(of([0, 2, 1]))[0]
    # c has no in-vector and tells nothing. a: e^1 + e^1; b: e^2 + e^0; c: e^0 + e^3.
    assert scores[:3] == pytest.approx([2 * np.e, np.e**2 + 1, 1 + np.e**3])


def test_hybrid_compares_over_candidates_alone() -> None:
    class Fixed:
        def __init__(self, row: list[float]):
            self.row = np.array([row], np.float32)

        def scores(self, histories: Histories) -> np.ndarray:
            return self.row.copy()

    hybrid = HybridScorer(Fixed([100, 3, 4, 0]), Fixed([7, 0, 0, 2]), 0.25)
    # a is in the history and has no part in the lengths: graph (100; 3, 4, 0) / 5, embedding
    # (7; 0, 0, 2) / 2. Where it may be shown again it comes first.
    scores = hybrid.scores(of([0]))[0]
    assert scores == pytest.approx([0.75 * 20 + 0.25 * 3.5, 0.75 * 0.6, 0.75 * 0.8, 0.25])


def test_an_empty_history_scores_nothing() -> None:
    empty = build_histories(
        np.empty(0, np.int64), np.empty(0, np.int64), user_ids=("u",), item_ids=ITEMS
    )
    graph = TwoStepScorer.fit(TRAIN, ReadOut())
    vectors = VectorScorer(IN, OUT, TRAIN.n_users_of, ReadOut())
    assert not HybridScorer(graph, vectors, 0.5).scores(empty).any()


@pytest.mark.parametrize(
    "values", [{"history_power": 3}, {"item_power": float("nan")}, {"history_decay": 0}]
)
def test_settings_without_meaning_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError, match=next(iter(values))):
        ReadOut(**values)


def test_a_basket_has_one_place_in_a_history() -> None:
    times = np.array([1, 1, 2, 3, 3])
    rows = np.array([0, 1, 2, 3, 0])
    history = build_histories(np.zeros(5, int), rows, user_ids=("u",), item_ids=ITEMS, times=times)
    weights = history_weights(history, np.ones(4, np.int64), ReadOut(history_decay=0.5))
    # a and d stand in the last basket, c one before, b two.
    assert weights.toarray()[0] == pytest.approx([1.0, 0.25, 0.5, 1.0])
