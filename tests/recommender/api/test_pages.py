"""Pages by cursor: no item twice, none left out, whatever happens meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdb import Database
from recommender.api import create_app
from recommender.serve import ModelWatcher
from tests.recommender.api.test_app import Client, assert_problem
from tests.recommender.api.test_recommendations import ADD_HISTORY, SESSIONS, SIMILAR, ids
from tests.recommender.serve.shop import HYBRID_ONE, SET_VECTORS, activate, fill_shop, run

pytestmark = pytest.mark.neo4j

ADD_ITEMS = """
UNWIND range(0, 249) AS n
CREATE (:Item {id: 'n' + n, title: 'Number ' + n, support: 10 + n % 40, price: n % 100,
               category: ['bags', 'mugs'][n % 2]})
"""


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    return database


@pytest.fixture
def client(shop: Database) -> Client:
    watcher = ModelWatcher(shop)
    watcher.poll()
    return create_app(watcher).test_client()


@pytest.fixture
def crowd(shop: Database) -> Client:
    """Give the client of a shop of 250 more items, with vectors all around."""
    run(shop, ADD_ITEMS)
    angles = np.random.default_rng(1).random(250) * 2 * np.pi
    for slot, shift in (("a", 0.0), ("b", 1.0)):
        rows = [
            {"id": f"n{n}", "vector": [float(np.cos(angle + shift)), float(np.sin(angle + shift))]}
            for n, angle in enumerate(angles)
        ]
        run(shop, SET_VECTORS, rows=rows, property=f"embedding_{slot}")
    watcher = ModelWatcher(shop)
    watcher.poll()
    client: Client = create_app(watcher).test_client()
    client.watcher = watcher
    return client


def all_pages(ask: Any, n_pages: int, between: Any = lambda: None) -> list[str]:
    """Return the items of some pages, one after the other."""
    found: list[str] = []
    cursor = None
    for _ in range(n_pages):
        answer = ask(cursor)
        ranks = [item["rank"] for item in answer.json["items"]]
        assert ranks == list(range(len(found) + 1, len(found) + 1 + len(ranks)))
        found += ids(answer)
        cursor = answer.json["next_cursor"]
        between()
    return found


def _going_on(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"cursor": cursor}


def test_pages_of_similar_items_hold_every_item_once(crowd: Client) -> None:
    for query in ({"k": 20}, {"k": 20, "diversity": 0.5}, {"k": 20, "filter": "price < 90"}):
        found = all_pages(
            lambda cursor, query=query: crowd.get(
                SIMILAR, query_string={**query, **_going_on(cursor)}
            ),
            10,
        )
        assert len(found) == len(set(found)) == 200
        whole = crowd.get(SIMILAR, query_string={**query, "k": 1000, "diversity": 0})
        if not query.get("diversity"):
            assert found == ids(whole)[:200]


def test_last_page_has_no_cursor(crowd: Client) -> None:
    first = crowd.get("/v1/popular?k=200").json
    last = crowd.get("/v1/popular", query_string={"k": 200, "cursor": first["next_cursor"]}).json
    assert len(last["items"]) < 200
    assert last["next_cursor"] is None


def test_ten_pages_of_a_user_stay_as_they_are_while_events_arrive(
    crowd: Client, shop: Database
) -> None:
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["bag", "n1"], at="2026-01-01T00:00:00Z")
    path = "/v1/users/ann/recommendations"
    expected = ids(crowd.get(f"{path}?k=200"))
    bought = iter(range(2, 100))

    def buy() -> None:
        at, item_ids = "2026-01-02T00:00:00Z", [f"n{next(bought)}", expected[50]]
        run(shop, ADD_HISTORY, user_id="ann", item_ids=item_ids, at=at)

    found = all_pages(
        lambda cursor: crowd.get(path, query_string={"k": 20, **_going_on(cursor)}),
        10,
        between=buy,
    )
    assert found == expected
    assert ids(crowd.get(f"{path}?k=200")) != expected  # without a cursor what was bought counts


def test_pages_go_on_with_their_version_when_another_is_activated(
    crowd: Client, shop: Database
) -> None:
    expected = ids(crowd.get(SIMILAR, query_string={"k": 100}))
    first = crowd.get(f"{SIMILAR}?k=50")
    activate(shop, "two")
    crowd.watcher.poll()
    query = {"k": 50, "cursor": first.json["next_cursor"]}
    second = crowd.get(SIMILAR, query_string=query)
    assert second.json["model_version"] == "one"
    assert ids(first) + ids(second) == expected
    assert crowd.get(SIMILAR).json["model_version"] == "two"


def test_history_that_changed_before_the_cursor_is_400(crowd: Client, shop: Database) -> None:
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["bag"], at="2026-01-02T00:00:00Z")
    path = "/v1/users/ann/recommendations"
    cursor = crowd.get(f"{path}?k=5").json["next_cursor"]
    run(shop, ADD_HISTORY, user_id="ann", item_ids=["mug"], at="2026-01-01T00:00:00Z")
    answer = crowd.get(path, query_string={"k": 5, "cursor": cursor})
    assert_problem(answer, 400)
    assert "has changed" in answer.json["detail"]


def test_cursor_that_was_altered_or_is_of_other_parameters_is_400(client: Client) -> None:
    cursor = client.get(f"{SIMILAR}?k=2").json["next_cursor"]
    assert ids(client.get(f"{SIMILAR}?k=2&cursor={cursor}")) == HYBRID_ONE[2:4]
    for path in (
        f"{SIMILAR}?k=3", f"{SIMILAR}?k=2&method=graph", f"{SIMILAR}?k=2&filter=price>1",
        "/v1/items/mug/similar?k=2", "/v1/popular?k=2",
    ):  # fmt: skip
        assert_problem(client.get(f"{path}&cursor={cursor}"), 400)
    for place in range(len(cursor)):
        other = "A" if cursor[place] != "A" else "B"
        altered = cursor[:place] + other + cursor[place + 1 :]
        assert client.get(f"{SIMILAR}?k=2&cursor={altered}").status_code == 400


def test_cursor_of_a_version_or_catalogue_that_is_gone_is_400(
    client: Client, shop: Database
) -> None:
    cursor = client.get(f"{SIMILAR}?k=2&model=two").json["next_cursor"]
    run(shop, "MATCH (m:Model {version: 'two'}) DELETE m")
    answer = client.get(f"{SIMILAR}?k=2&model=two&cursor={cursor}")
    assert_problem(answer, 400)
    assert "version is gone" in answer.json["detail"]
    cursor = client.get(f"{SIMILAR}?k=2").json["next_cursor"]
    run(shop, "CREATE (:Item {id: 'newer', support: 100})")
    watcher = ModelWatcher(shop)
    watcher.poll()
    fresh: Client = create_app(watcher).test_client()
    answer = fresh.get(f"{SIMILAR}?k=2&cursor={cursor}")
    assert_problem(answer, 400)
    assert "catalogue has changed" in answer.json["detail"]


def test_pages_of_a_session_go_on(crowd: Client) -> None:
    body = {"items": ["bag", "n1"], "k": 20}
    found = all_pages(
        lambda cursor: crowd.post(SESSIONS, json={**body, **_going_on(cursor)}),
        10,
    )
    assert found == ids(crowd.post(SESSIONS, json={**body, "k": 200}))
