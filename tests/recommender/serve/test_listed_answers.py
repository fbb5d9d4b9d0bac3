"""Answers read from lists of the nearest items are those of comparing all items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.graph import build_item_graph
from recommender.serve import Method, ServingModel, ServingSettings
from recommender.serve.nearest import nearest_lists
from tests.recommender.serve.vectors import clustered_vectors

N_ITEMS = 600
LEAST = 20


@pytest.fixture(scope="module")
def compared() -> ServingModel:
    """Return a model that compares all items for each answer."""
    random = np.random.default_rng(1)
    ids = tuple(f"item-{row:03}" for row in range(N_ITEMS))
    vectors = clustered_vectors(N_ITEMS, 16, seed=1)
    vectors[::50] = 0
    support = random.integers(0, 100, N_ITEMS)
    sources, targets = random.integers(0, N_ITEMS, (2, 1500)).astype(np.int32)
    weights = random.random(1500).astype(np.float32)
    graph = build_item_graph(ids, sources, targets, weights, support=support, is_directed=False)
    return ServingModel(
        "one", ids, ids, ("all",) * N_ITEMS, support, vectors, graph, ServingSettings(LEAST)
    )


@pytest.fixture(scope="module")
def listed(compared: ServingModel) -> ServingModel:
    """Return the same model with lists of 40."""
    is_shown = compared.support >= LEAST
    return replace(compared, nearest=nearest_lists(compared.vectors, is_shown, length=40))


@pytest.mark.parametrize("k", [1, 20, 39, 41, 300], ids="k={}".format)
@pytest.mark.parametrize("min_support", [None, 0, 30, 90, 99])
@pytest.mark.parametrize("method", ["hybrid", "embedding", "graph"])
def test_lists_give_the_same_answers(
    compared: ServingModel, listed: ServingModel, method: Method, min_support: int | None, k: int
) -> None:
    for item_id in compared.item_ids[::25]:
        expected = compared.similar(item_id, k, method, min_support=min_support)
        answer = listed.similar(item_id, k, method, min_support=min_support)
        assert [(item.item_id, item.rank, item.source) for item in answer] == [
            (item.item_id, item.rank, item.source) for item in expected
        ]
        assert [item.score for item in answer] == pytest.approx(
            [item.score for item in expected], abs=1e-6
        )


def test_list_that_a_filter_leaves_too_short_is_not_served(
    compared: ServingModel, listed: ServingModel
) -> None:
    # Of 40 listed items some 4 have a support of 90: the other 16 come from comparing all.
    answer = listed.similar("item-001", 20, "embedding", min_support=90)
    assert len(answer) == 20
    assert {item.source for item in answer} == {"embedding"}


def test_item_is_never_in_its_own_list(listed: ServingModel) -> None:
    for item_id in listed.item_ids:
        assert item_id not in {item.item_id for item in listed.similar(item_id, 20)}
