"""Gorse's routes: what its callers send and get, over a real database."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recommender.api.test_app import Client, assert_problem
from tests.recommender.serve.shop import HYBRID_ONE

pytestmark = pytest.mark.neo4j


def feedback(kind: str, user: str, item: str, **members: Any) -> dict[str, Any]:
    return {"FeedbackType": kind, "UserId": user, "ItemId": item, **members}


def test_neighbours_are_ids_and_scores(client: Client) -> None:
    for path in ("/api/item/bag/neighbors", "/api/item-to-item/similar/bag"):
        found = client.get(path).json
        assert [each["Id"] for each in found] == HYBRID_ONE
        assert found[0]["Score"] == pytest.approx(1.3)
        assert client.get(f"{path}?n=2&offset=1").json == found[1:3]
    assert [each["Id"] for each in client.get("/api/item/bag/neighbors?category=mugs").json] == [
        "mug", "plate",
    ]  # fmt: skip
    assert_problem(client.get("/api/item/none/neighbors"), 404)
    assert_problem(client.get("/api/item/bag/neighbors?n=0"), 400)


def test_feedback_counts_once_and_steers_what_is_recommended(client: Client) -> None:
    before = client.get("/api/recommend/ann?n=3").json
    assert before == ["bag", "a/b c", "lunch bag"]  # popular, for somebody unknown
    told = [
        feedback("purchase", "ann", "bag", Timestamp="2026-01-01T12:00:00Z", Value=2),
        feedback("read", "ann", "bag"),
        feedback("read", "ann", "none"),
    ]
    for method in (client.post, client.put):
        answer = method("/api/feedback", json=told)
        assert answer.status_code == 200
    assert answer.json == {"RowAffected": 0}
    assert "bag" not in client.get("/api/recommend/ann").json
    assert client.get("/api/recommend/ann/mugs").json == ["mug", "plate"]


@pytest.mark.parametrize(
    "body", [{}, [{"UserId": "ann"}], [feedback("read", "", "bag")], "x", [1]], ids=str
)
def test_what_is_no_feedback_is_refused(client: Client, body: Any) -> None:
    assert_problem(client.post("/api/feedback", json=body), 400)


def test_business_rules_hold_here_too(client: Client) -> None:
    rule = {"kind": "hide", "filter": "item_id IN ('mug', 'lunch bag')"}
    assert client.put("/v1/rules/no", json=rule).status_code == 200
    neighbours = [each["Id"] for each in client.get("/api/item/bag/neighbors").json]
    assert neighbours == ["a/b c", "plate", "cold"]
    assert client.get("/api/recommend/ann").json == ["bag", "a/b c", "cold", "plate"]
    client.post("/api/feedback", json=[feedback("read", "ann", "bag")])
    found = client.get("/api/recommend/ann").json
    assert found
    assert not {"mug", "lunch bag"} & set(found)
