"""Reasons: relationships and shared sessions as they are in the graph, and their Cypher."""

from __future__ import annotations

from typing import Any

import pytest

from graphdb import Database
from recommender.api import create_app, schemas
from recommender.serve import ModelWatcher
from tests.recommender.api.test_app import Client, assert_problem, lose_database
from tests.recommender.serve.shop import fill_shop, run

pytestmark = pytest.mark.neo4j

WHY = "/v1/items/bag/explanation"
ADD_NEXT = """
MATCH (bag:Item {id: 'bag'}), (mug:Item {id: 'mug'}), (plate:Item {id: 'plate'})
CREATE (bag)-[:NEXT {weight: 2.0, count: 3, last_seen: datetime('2026-01-05T00:00:00Z')}]->(mug),
       (mug)-[:NEXT {weight: 1.0, count: 1}]->(plate)
"""
# ann had the bag and the mug in two sessions, and the plate in another; bob all in one visit.
ADD_VISITS = """
UNWIND [['ann', 's1', 'bag', 1], ['ann', 's1', 'mug', 2], ['ann', 's2', 'mug', 3],
        ['ann', 's2', 'bag', 4], ['ann', 's3', 'plate', 5], ['bob', null, 'bag', 6],
        ['bob', null, 'mug', 7], ['bob', null, 'bag', 8], ['eve', 's9', 'mug', 9]] AS row
MATCH (i:Item {id: row[2]})
MERGE (u:User {id: row[0]})
CREATE (u)-[r:INTERACTED {key: toString(row[3]), at: datetime('2026-01-0' + row[3])}]->(i)
SET r.session = row[1]
"""


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    run(database, ADD_NEXT)
    run(database, ADD_VISITS)
    return database


def test_list_tells_the_reasons_of_each_item(client: Client) -> None:
    answer = client.get("/v1/items/bag/similar?k=5&explain=true")
    body = schemas.SimilarAnswer.model_validate(answer.json)
    reasons = {item.item_id: item.reasons for item in body.items if item.reasons}
    assert set(reasons) == {"mug", "lunch bag", "a/b c", "plate", "cold"}
    assert (reasons["mug"].weight, reasons["mug"].count) == (4.0, 1)
    assert reasons["mug"].n_shared_sessions == 3  # ann's s1 and s2, bob's visit
    assert str(reasons["mug"].last_shared).startswith("2026-01-07")
    assert (reasons["plate"].weight, reasons["plate"].n_shared_sessions) == (1.0, 0)
    assert [(between.item_id, between.weights) for between in reasons["cold"].between] == [
        ("plate", [1.0, 2.0])
    ]
    assert (reasons["lunch bag"].weight, reasons["lunch bag"].between) == (None, [])
    assert "ann" not in answer.text


def test_list_without_explain_tells_no_reasons(client: Client) -> None:
    answer = client.get("/v1/items/bag/similar?k=1").json
    assert "replay" not in answer
    assert "reasons" not in answer["items"][0]


def test_replayed_queries_give_the_reasons(client: Client, shop: Database) -> None:
    answer = client.get("/v1/items/bag/similar?k=1&explain=true").json
    replay = answer["replay"]
    row = run(shop, replay["cypher"], **replay["parameters"])[0]
    assert row["n_shared_sessions"] == answer["items"][0]["reasons"]["n_shared_sessions"]
    replays = client.get(f"{WHY}?to=mug").json["replay"]
    assert len(replays) == 3
    for replay in replays:
        assert run(shop, replay["cypher"], **replay["parameters"])


def test_pair_is_explained_by_ways_and_sessions(client: Client) -> None:
    body = schemas.ExplanationAnswer.model_validate(client.get(f"{WHY}?to=cold").json)
    assert (body.relation, body.reasons.n_shared_sessions) == ("TOGETHER", 0)
    assert [(way.item_ids, way.weights) for way in body.ways] == [
        (["bag", "plate", "cold"], [1.0, 2.0])
    ]
    assert body.ways[0].titles == ["RED BAG", "RED PLATE (LARGE)", None]
    direct = schemas.ExplanationAnswer.model_validate(client.get(f"{WHY}?to=mug").json)
    assert direct.ways[0].item_ids == ["bag", "mug"]
    assert direct.reasons.n_shared_sessions == 3


def test_pair_that_is_far_apart_has_its_shortest_way(client: Client) -> None:
    # mug - bag - plate - cold: three steps
    body = client.get("/v1/items/mug/explanation?to=cold").json
    assert [way["item_ids"] for way in body["ways"]] == [["mug", "bag", "plate", "cold"]]
    assert client.get(f"{WHY}?to=rare").json["ways"] == []


def test_no_way_goes_over_a_hidden_item(client: Client) -> None:
    assert client.patch("/v1/items/plate", json={"is_hidden": True}).status_code == 200
    assert client.get("/v1/items/mug/explanation?to=cold").json["ways"] == []
    # The two items themselves may be hidden: somebody asks for them.
    ways = client.get("/v1/items/mug/explanation?to=plate").json["ways"]
    assert [way["item_ids"] for way in ways] == [["mug", "bag", "plate"]]


def test_ways_follow_the_relation_of_the_model(shop: Database) -> None:
    run(shop, "MATCH (m:Model {version: 'one'}) SET m.relation = 'NEXT'")
    watcher = ModelWatcher(shop)
    watcher.poll()
    client: Client = create_app(watcher).test_client()
    body = client.get(f"{WHY}?to=plate").json
    assert body["relation"] == "NEXT"
    assert [way["item_ids"] for way in body["ways"]] == [["bag", "mug", "plate"]]
    there, back = (
        client.get(path).json for path in (f"{WHY}?to=mug", "/v1/items/mug/explanation?to=bag")
    )
    assert (there["reasons"]["count"], there["reasons"]["last_seen"]) == (3, "2026-01-05T00:00:00Z")
    assert (back["reasons"]["count"], back["ways"]) == (None, [])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{WHY}?to=nothing", 404),
        ("/v1/items/nothing/explanation?to=bag", 404),
        (f"{WHY}?to=a%00b", 404),
        (f"{WHY}?to=bag", 400),
        (f"{WHY}?to=", 400),
        (WHY, 400),
        (f"{WHY}?to=mug&from=x", 400),
        (f"{WHY}?to=" + "x" * 513, 400),
        ("/v1/items/bag/similar?explain=maybe", 400),
        ("/v1/items/nothing/similar?explain=true", 404),
    ],
    ids=lambda value: str(value)[-30:],
)
def test_what_cannot_be_explained_is_a_problem(client: Client, path: str, status: int) -> None:
    assert_problem(client.get(path), status)


def test_item_whose_id_ends_like_the_route_is_found(client: Client, shop: Database) -> None:
    run(shop, "CREATE (:Item {id: 'x/explanation'})")
    assert client.get("/v1/items/x%2Fexplanation").json["item_id"] == "x/explanation"


def test_long_lists_are_not_explained(client: Client, shop: Database) -> None:
    run(shop, "UNWIND range(1, 150) AS n CREATE (:Item {id: 'n' + n, support: 9})")
    watcher = ModelWatcher(shop)
    watcher.poll()
    fresh: Client = create_app(watcher).test_client()
    assert_problem(fresh.get("/v1/items/bag/similar?k=101&explain=true"), 400)
    assert len(fresh.get("/v1/items/bag/similar?k=100&explain=true").json["items"]) == 100


def test_pair_of_a_hub_is_explained_within_the_memory_of_a_query(
    client: Client, shop: Database
) -> None:
    # Visits collected and carried along in every row would take over a gigabyte here.
    run(
        shop,
        "MATCH (bag:Item {id: 'bag'}), (rare:Item {id: 'rare'}) UNWIND range(1, 4000) AS n "
        "CREATE (u:User {id: 'v' + n})-[:INTERACTED {key: 'b' + n}]->(bag) "
        "CREATE (u)-[:INTERACTED {key: 'r' + n}]->(rare)",
    )
    assert client.get(f"{WHY}?to=rare").json["reasons"]["n_shared_sessions"] == 4000


@pytest.mark.parametrize("is_noticed", [False, True], ids=["not noticed yet", "noticed"])
def test_reasons_are_503_while_the_database_is_away(
    client: Client, watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch, is_noticed: bool
) -> None:
    lose_database(watcher, monkeypatch)
    if is_noticed:
        watcher.poll()
    for path in (f"{WHY}?to=mug", "/v1/items/bag/similar?explain=true"):
        answer: Any = client.get(path)
        assert_problem(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
