from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InvalidParameterError, UnknownItemError
from recommender.graph import build_item_graph
from recommender.serve import METHODS, Method, ServingModel, ServingSettings, SimilarItem
from tests.recommender.serve.shop import EMBEDDING_ONE, HYBRID_ONE, ITEMS, VECTORS


@pytest.fixture
def model() -> ServingModel:
    return shop_model()


def shop_model(**settings: float) -> ServingModel:
    """Return version "one" of the shop, as loading it would."""
    rows = sorted(ITEMS, key=lambda item: item["id"])
    item_ids = tuple(item["id"] for item in rows)
    row_of = {item_id: row for row, item_id in enumerate(item_ids)}
    edges = [("bag", "mug", 4.0), ("bag", "plate", 1.0), ("cold", "plate", 2.0)]
    support = np.array([item["support"] for item in rows], np.int64)
    graph = build_item_graph(
        item_ids,
        np.array([row_of[source] for source, _, _ in edges], np.int32),
        np.array([row_of[target] for _, target, _ in edges], np.int32),
        np.array([weight for _, _, weight in edges], np.float32),
        support=support,
        is_directed=False,
    )
    return ServingModel(
        version="one",
        item_ids=item_ids,
        titles=tuple(item["title"] for item in rows),
        categories=tuple(item["category"] for item in rows),
        support=support,
        vectors=np.array([VECTORS["a"].get(item_id, [0, 0]) for item_id in item_ids], np.float32),
        graph=graph,
        settings=ServingSettings(**{"min_support": 5, "graph_share": 0.5, **settings}),  # type: ignore[arg-type]
    )


def names(answer: list[SimilarItem]) -> list[str]:
    return [item.item_id for item in answer]


def sources(answer: list[SimilarItem]) -> list[str]:
    return [item.source for item in answer]


def test_embedding_orders_by_cosine(model: ServingModel) -> None:
    answer = model.similar("bag", 4, "embedding")
    assert names(answer) == EMBEDDING_ONE[:4]
    assert [item.score for item in answer] == pytest.approx([0.96, 0.8, 0.6, 0.0])


def test_hybrid_adds_a_share_of_the_weight_over_the_strongest(model: ServingModel) -> None:
    answer = model.similar("bag", 4)
    assert names(answer) == HYBRID_ONE[:4]
    assert [item.score for item in answer] == pytest.approx([1.3, 0.96, 0.6, 0.125])


def test_hybrid_without_a_graph_share_is_the_embedding() -> None:
    model = shop_model(graph_share=0.0)
    assert names(model.similar("bag", 4)) == EMBEDDING_ONE[:4]


def test_graph_orders_by_weight_and_the_embedding_fills_up(model: ServingModel) -> None:
    answer = model.similar("bag", 4, "graph")
    assert names(answer) == ["mug", "plate", "lunch bag", "a/b c"]
    assert sources(answer) == ["graph", "graph", "embedding", "embedding"]
    assert [item.score for item in answer[:2]] == pytest.approx([1.0, 0.25])


def test_hybrid_of_an_item_without_relationships_says_embedding(model: ServingModel) -> None:
    assert sources(model.similar("lunch bag", 1)) == ["embedding"]


def test_item_without_a_vector_is_answered_by_graph_then_category_then_popularity(
    model: ServingModel,
) -> None:
    # plate is its one neighbour; bag (40) and lunch bag (30) share its category; then by support.
    answer = model.similar("cold", 10)
    assert names(answer) == ["plate", "bag", "lunch bag", "a/b c", "mug"]
    assert sources(answer) == ["graph", "category", "category", "popular", "popular"]


@pytest.mark.parametrize("method", METHODS)
def test_rare_items_are_left_out_unless_asked_for(model: ServingModel, method: Method) -> None:
    assert "rare" not in names(model.similar("bag", 10, method))
    assert "rare" in names(model.similar("bag", 10, method, min_support=1))


def test_list_is_full_whenever_enough_items_have_the_support(model: ServingModel) -> None:
    assert len(model.similar("bag", 5, "graph")) == 5
    assert len(model.similar("bag", 6, "graph", min_support=0)) == 6


def test_new_item_is_answered_by_category_then_popularity(model: ServingModel) -> None:
    answer = model.similar_to_new("mugs", 4)
    assert names(answer) == ["mug", "plate", "bag", "a/b c"]
    assert sources(answer) == ["category", "category", "popular", "popular"]


def test_equal_scores_come_in_the_order_of_the_ids(model: ServingModel) -> None:
    popular = model.similar_to_new(None, 4)
    assert names(popular) == ["bag", "a/b c", "lunch bag", "mug"]  # three of support 30
    assert names(model.similar_to_new(None, 2)) == names(popular)[:2]


def test_unknown_item_is_an_error(model: ServingModel) -> None:
    with pytest.raises(UnknownItemError, match="no item 'nothing'"):
        model.similar("nothing")


@pytest.mark.parametrize(
    ("k", "method", "min_support"),
    [(0, "hybrid", None), (1001, "hybrid", None), (5, "cosine", None), (5, "graph", -1)],
    ids=["k too small", "k too large", "no such method", "negative support"],
)
def test_parameters_out_of_range_are_refused(
    model: ServingModel, k: int, method: Method, min_support: int | None
) -> None:
    with pytest.raises(InvalidParameterError):
        model.similar("bag", k, method, min_support=min_support)


@given(
    item_id=st.sampled_from([item["id"] for item in ITEMS]),
    k=st.integers(1, 10),
    method=st.sampled_from(METHODS),
    min_support=st.integers(0, 50),
)
def test_every_list_is_ranked_unique_supported_and_without_the_item_itself(
    item_id: str, k: int, method: Method, min_support: int
) -> None:
    model = shop_model()
    answer = model.similar(item_id, k, method, min_support=min_support)
    n_enough = sum(item["support"] >= min_support for item in ITEMS if item["id"] != item_id)
    assert len(answer) == min(k, n_enough)
    assert len(set(names(answer))) == len(answer)
    assert item_id not in names(answer)
    assert [item.rank for item in answer] == list(range(1, len(answer) + 1))
    assert all(model.support[model.row_of[name]] >= min_support for name in names(answer))
