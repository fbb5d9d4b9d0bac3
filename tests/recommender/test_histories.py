"""The hash of histories is of who had what, when and in which order, and of nothing else."""

from __future__ import annotations

import numpy as np

from recommender.histories import Histories, build_histories

HAD = [("ann", "pot"), ("ann", "pan"), ("bob", "ink"), ("bob", "pot")]


def histories(
    had: list[tuple[str, str]],
    *,
    users: tuple[str, ...] = ("ann", "bob"),
    items: tuple[str, ...] = ("ink", "pan", "pot"),
    is_ordered: bool = True,
    times: list[int] | None = None,
) -> Histories:
    return build_histories(
        np.array([users.index(user) for user, _ in had]),
        np.array([items.index(item) for _, item in had]),
        user_ids=users,
        item_ids=items,
        times=None if times is None else np.array(times, np.int64),
        is_ordered=is_ordered,
    )


def test_the_hash_is_the_same_in_another_catalogue_and_another_order_of_users() -> None:
    more = histories(HAD, users=("zoe", "bob", "ann"), items=("pot", "axe", "pan", "ink"))
    assert more.sha256() == histories(HAD).sha256()


def test_the_hash_changes_with_item_user_order_and_time() -> None:
    different = [
        histories(HAD),
        histories([HAD[1], HAD[0], *HAD[2:]]),
        histories(HAD[:3]),
        histories([("bob", "pot"), *HAD[1:]]),
        histories(HAD, is_ordered=False),
        histories(HAD, times=[1, 2, 3, 4]),
        histories(HAD, times=[1, 2, 3, 5]),
    ]
    assert len({each.sha256() for each in different}) == len(different)


def test_without_order_the_order_of_the_items_does_not_matter() -> None:
    turned = histories([HAD[1], HAD[0], HAD[3], HAD[2]], is_ordered=False)
    assert turned.sha256() == histories(HAD, is_ordered=False).sha256()
