"""Splits: which interactions are hidden, and that nothing leaks."""

import numpy as np
import pytest

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.evaluate.split import PROTOCOLS, Protocol, natural_protocol, split_histories
from recommender.histories import Histories, build_histories


def histories(*, is_ordered: bool = True) -> Histories:
    """Ann: a 1, b 2, c 3, d 10. Bob: b 4, c 9. Cid: a 5."""
    return build_histories(
        np.array([0, 0, 0, 0, 1, 1, 2]),
        np.array([0, 1, 2, 3, 1, 2, 0]),
        user_ids=("ann", "bob", "cid"),
        item_ids=("a", "b", "c", "d"),
        times=np.array([1, 2, 3, 10, 4, 9, 5], np.int64),
        is_ordered=is_ordered,
    )


def parts(protocol: Protocol, share: float = 0.3) -> tuple[list[list[int]], list[list[int]]]:
    split = split_histories(histories(), protocol, share=share)
    return tuple(
        [part.items_of(u).tolist() for u in range(3)] for part in (split.train, split.test)
    )  # type: ignore[return-value]


def test_time_hides_what_came_after_one_moment() -> None:
    # The last 3 of 10 tenths: the cut is at time 5, so d at 10 and Bob's c at 9 are hidden.
    assert parts("time") == ([[0, 1, 2], [1], [0]], [[3], [2], []])


def test_last_item_leaves_users_with_two_interactions_whole() -> None:
    assert parts("last-item") == ([[0, 1, 2], [1, 2], [0]], [[3], [], []])


def test_user_time_hides_the_end_of_each_history_but_never_all_of_it() -> None:
    assert parts("user-time", 0.5) == ([[0, 1], [1], [0]], [[2, 3], [2], []])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_interaction_is_in_exactly_one_part(protocol: Protocol) -> None:
    train, test = parts(protocol, 0.4)
    whole = [histories().items_of(user).tolist() for user in range(3)]
    assert [sorted(a + b) for a, b in zip(train, test, strict=True)] == whole


def test_random_is_a_function_of_the_seed() -> None:
    def hidden(seed: int) -> list[int]:
        rows: list[int] = split_histories(
            histories(), "random", share=0.5, seed=seed
        ).test.rows.tolist()
        return rows

    assert hidden(7) == hidden(7)
    assert any(hidden(7) != hidden(seed) for seed in range(20))


def in_order(*lengths: int) -> Histories:
    n_items = max(lengths)
    users = np.repeat(np.arange(len(lengths)), lengths)
    items = np.concatenate([np.arange(n) for n in lengths])
    return build_histories(
        users,
        items,
        user_ids=tuple(map(str, range(len(lengths)))),
        item_ids=tuple(map(str, range(n_items))),
    )


@pytest.mark.parametrize(
    ("cut", "protocol"),
    [
        (in_order(3, 5, 400), "last-item"),
        (in_order(3, 20, 400), "user-time"),
        (histories(is_ordered=False), "random"),
    ],
)
def test_long_histories_are_cut_by_share_when_nobody_says(
    cut: Histories, protocol: Protocol
) -> None:
    assert natural_protocol(cut) == protocol


def test_only_users_with_something_in_both_parts_are_judged() -> None:
    split = split_histories(histories(), "last-item")
    assert split.judged_users().tolist() == [0]


def test_an_item_that_the_user_had_before_is_not_in_the_test_part() -> None:
    again = build_histories(
        np.zeros(4, int), np.array([0, 1, 2, 0]), user_ids=("ann",), item_ids=("a", "b", "c")
    )
    with pytest.raises(InvalidDataError, match="leaves nobody"):
        split_histories(again, "last-item")


def test_order_is_asked_for_where_it_is_needed() -> None:
    with pytest.raises(InvalidDataError, match="needs histories in order"):
        split_histories(histories(is_ordered=False), "last-item")


@pytest.mark.parametrize("share", [0.0, 1.0, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InvalidParameterError, match="between 0 and 1"):
        split_histories(histories(), "time", share=share)
