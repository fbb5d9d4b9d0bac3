"""What the explorer's page asks for, through Flask's client, against the shop in Neo4j."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from graphdb import Database, Neo4jSettings, connect
from recommender.api import create_app, schemas
from recommender.api.errors import PROBLEM_TYPE
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import Wire
from tests.recommender.serve.shop import EMBEDDING_ONE, HYBRID_ONE, SET_TOGETHER, fill_shop, run

pytestmark = pytest.mark.neo4j

Client = Any  # Flask's test client, whose answers' json may be None by its types

# Quotes of both kinds, backslashes, line ends and what Cypher would read as a parameter.
HOSTILE = "it\"s 'quoted' \\\" \\\\ \\n\nend\r `x` $other_id // }) DETACH DELETE n"
JOINED = {("bag", "mug"), ("bag", "plate"), ("cold", "plate")}

INDEX = {"indexConfig": {"vector.dimensions": 2, "vector.similarity_function": "cosine"}}

SET_VISITS = """
UNWIND [["ann", "s1", "bag"], ["ann", "s1", "mug"], ["bob", "s2", "bag"], ["bob", "s2", "mug"],
        ["eve", "s3", "bag"], ["eve", "s4", "mug"]] AS row
MATCH (i:Item {id: row[2]})
MERGE (u:User {id: row[0]})
CREATE (u)-[:INTERACTED {key: row[1] + row[2], session: row[1],
                         at: datetime("2026-01-0" + substring(row[1], 1) + "T10:00:00Z")}]->(i)
"""
SET_HOSTILE = """
MATCH (bag:Item {id: "bag"})
CREATE (:Item {id: $id})-[:TOGETHER {weight: 1.0, count: 3}]->(bag)
"""
SET_MAP = """
UNWIND [["bag", 1.0, 2.0], ["lunch bag", 3.0, 4.0], ["mug", 5.0, 6.0], ["a/b c", 7.0, 8.0],
        ["plate", 9.0, 10.0], ["rare", 11.0, 12.00004]] AS row
MATCH (i:Item {id: row[0]})
SET i.map_a = [row[1], row[2]]
WITH count(*) AS n
MATCH (m:Model {version: "one"})
SET m.map_method = "umap"
"""


@pytest.fixture
def watcher(database: Database) -> ModelWatcher:
    fill_shop(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    return watcher


@pytest.fixture
def client(watcher: ModelWatcher) -> Client:
    return create_app(watcher).test_client()


@pytest.fixture
def wire(neo4j_settings: Neo4jSettings) -> Iterator[Wire]:
    if not neo4j_settings.uri.startswith(("bolt://", "neo4j://")):
        pytest.skip("an encrypted connection cannot be relayed")
    wire = Wire(neo4j_settings)
    yield wire
    wire.close()


def data(client: Client, name: str, **given: object) -> Any:
    answer = client.get(f"/explore/data/{name}", query_string=given)
    assert answer.status_code == 200, answer.text
    return answer.json


def assert_problem(answer: Any, status: int) -> None:
    assert (answer.status_code, answer.content_type) == (status, PROBLEM_TYPE)
    assert schemas.Problem.model_validate(answer.json).status == status


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["item_id"] for item in items]


def test_the_page_comes_with_a_policy_that_names_no_other_host(client: Client) -> None:
    for path in (
        "/explore",
        "/explore?view=map",
        "/explore/data/start",
        "/explore/static/js/dom.js",
    ):
        with client.get(path, follow_redirects=True) as answer:
            assert answer.status_code == 200
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'; script-src 'self'; " in policy
            assert "http" not in policy
            assert "unsafe-eval" not in policy


def test_start_tells_relations_versions_and_the_most_visited(client: Client) -> None:
    answer = data(client, "start")
    assert answer["relations"] == ["together"]
    assert {each["version"]: each["is_active"] for each in answer["versions"]} == {
        "one": True, "two": False,
    }  # fmt: skip
    assert ids(answer["popular"]) == ["bag", "a/b c", "lunch bag", "mug", "cold", "plate", "rare"]
    assert answer["problem"] is None


def test_start_on_an_empty_database_says_what_to_do(database: Database) -> None:
    watcher = ModelWatcher(database)
    watcher.poll()
    answer = data(create_app(watcher).test_client(), "start")
    assert (answer["relations"], answer["versions"], answer["popular"]) == ([], [], [])
    assert "`footpath demo`" in answer["problem"]


def test_search_finds_an_id_before_the_titles_that_hold_it(client: Client) -> None:
    found = ids(data(client, "search", text="bag")["items"])
    assert found[0] == "bag"
    assert len(found) == len(set(found))
    assert ids(data(client, "search", text="spoon")["items"]) == ["mug"]
    assert len(data(client, "search", text="red", k=1)["items"]) == 1
    assert data(client, "search", text='"(*')["items"] == []


def test_neighbours_come_strongest_first_with_their_share_of_all_weight(client: Client) -> None:
    answer = data(client, "neighbourhood", item="bag")
    assert ids(answer["items"]) == ["bag", "mug", "plate"]
    assert [item["share"] for item in answer["items"]] == [None, 4 / 5, 1 / 5]
    assert {(link["source"], link["target"], link["weight"]) for link in answer["links"]} == {
        ("bag", "mug", 4.0), ("bag", "plate", 1.0),
    }  # fmt: skip


@pytest.mark.parametrize("given", [{"n": 1}, {"least": 1.5}, {"n": 2, "least": 4}], ids=str)
def test_what_is_left_out_does_not_change_the_share_of_the_rest(
    client: Client, given: dict[str, Any]
) -> None:
    answer = data(client, "neighbourhood", item="bag", **given)
    assert ids(answer["items"]) == ["bag", "mug"]
    assert answer["items"][1]["share"] == 4 / 5


def test_links_among_neighbours_are_there_once(client: Client, watcher: ModelWatcher) -> None:
    run(watcher.database, SET_TOGETHER, rows=[["mug", "plate", 2.5]])
    pairs = [
        (each["source"], each["target"])
        for each in data(client, "neighbourhood", item="bag")["links"]
    ]
    assert sorted(pairs) == [("bag", "mug"), ("bag", "plate"), ("mug", "plate")]


def test_item_without_relationships_is_alone(client: Client) -> None:
    answer = data(client, "neighbourhood", item="rare")
    assert (ids(answer["items"]), answer["links"]) == (["rare"], [])


def test_walks_go_along_relationships_and_every_visit_is_counted(client: Client) -> None:
    answer = data(client, "walks", item="bag", walks=50, length=4, p=0.5, q=2)
    assert len(answer["walks"]) == 12
    for walk in answer["walks"]:
        assert (walk[0], len(walk)) == ("bag", 4)
        for pair in pairwise(walk):
            assert tuple(sorted(pair)) in JOINED
    # No walk ends early where every way goes both ways: 50 walks of 3 steps.
    assert answer["steps"] == {"asked": 150, "plain": 150}
    for kind in ("asked", "plain"):
        assert sum(row[kind] for row in answer["visits"]) == 150
        assert answer["different"][kind] == sum(row[kind] > 0 for row in answer["visits"])


def test_large_p_makes_walks_turn_back_seldom(client: Client) -> None:
    answer = data(client, "walks", item="mug", walks=300, length=3, p=100)
    # mug - bag, then back by 4 / 100 against 1 to plate, .04; with p = 1 by 4 against 1, .8.
    assert answer["turned_back"]["asked"] < 0.3
    assert answer["turned_back"]["plain"] > 0.6


def test_walk_from_an_item_without_relationships_stays(client: Client) -> None:
    answer = data(client, "walks", item="rare", walks=5)
    assert answer["steps"] == {"asked": 0, "plain": 0}
    assert answer["turned_back"] == {"asked": 0.0, "plain": 0.0}


def test_as_many_steps_as_allowed_are_walked(client: Client) -> None:
    assert data(client, "walks", item="bag", walks=160, length=50)["steps"]["asked"] == 160 * 49


def test_a_way_has_the_chance_of_its_steps(client: Client) -> None:
    answer = data(client, "why", item="bag", other="cold")
    # bag to plate 1 of 5, plate to cold 2 of 3.
    (way,) = answer["ways"]
    assert ids(way["items"]) == ["bag", "plate", "cold"]
    assert way["chances"] == pytest.approx([1 / 5, 2 / 3])
    assert way["probability"] == pytest.approx(2 / 15)
    assert (way["weights"], way["counts"]) == ([1.0, 2.0], [1, 1])
    assert ids(answer["items"]) == ["bag", "cold"]


def test_only_visits_that_hold_both_are_shared(client: Client, watcher: ModelWatcher) -> None:
    run(watcher.database, SET_VISITS)
    answer = data(client, "why", item="bag", other="mug")
    assert answer["n_shared"] == 2  # eve had them in two sessions
    assert [(row["visitor"], row["session"]) for row in answer["visits"]] == [
        ("bob", "s2"), ("ann", "s1"),
    ]  # fmt: skip
    assert answer["visits"][0]["at"].startswith("2026-01-02")
    assert answer["visits"][0]["is_user"] is True


def test_items_that_nothing_joins_have_no_way(client: Client) -> None:
    answer = data(client, "why", item="bag", other="rare")
    assert (answer["ways"], answer["n_shared"], answer["visits"]) == ([], 0, [])


def test_cypher_for_hostile_ids_runs_as_it_is_pasted(client: Client, watcher: ModelWatcher) -> None:
    run(watcher.database, SET_HOSTILE, id=HOSTILE)
    n_nodes = run(watcher.database, "MATCH (n) RETURN count(n) AS n")
    queries = data(client, "why", item=HOSTILE, other="bag")["cypher"]
    queries.append(data(client, "compare", item=HOSTILE, old="one", new="two")["cypher"])
    for query in queries:
        assert "\n" not in query["params"]
        assert query["title"]
        shown = query["params"].removeprefix(":params ")
        given = run(watcher.database, f"RETURN {shown} AS given")[0]["given"]
        assert given["item_id"] == HOSTILE
        run(watcher.database, query["text"], **given)
    ways = run(watcher.database, queries[0]["text"], item_id=HOSTILE, other_id="bag")
    assert ways
    assert run(watcher.database, "MATCH (n) RETURN count(n) AS n") == n_nodes


def test_similar_gives_the_list_of_each_method(client: Client) -> None:
    answer = data(client, "similar", item="bag", k=5)
    assert (answer["version"], answer["item"]["item_id"]) == ("one", "bag")
    assert ids(answer["lists"]["hybrid"]) == HYBRID_ONE
    assert ids(answer["lists"]["embedding"]) == EMBEDDING_ONE
    assert ids(answer["lists"]["graph"])[:2] == ["mug", "plate"]


def test_compare_tells_who_came_went_and_moved(client: Client, watcher: ModelWatcher) -> None:
    for slot in ("a", "b"):
        watcher.database.run_alone(f"publish/create_index_{slot}", options=INDEX)
    run(watcher.database, "CALL db.awaitIndexes(60)")
    rows = data(client, "compare", item="mug", old="one", new="two", k=2)["items"]
    # Cosine with mug in one: a/b c .96, lunch bag .936; in two a/b c has .6 as bag has, the last.
    one = [row["item_id"] for row in sorted(rows, key=lambda row: row["old_rank"] or 9)][:2]
    assert one == ["a/b c", "lunch bag"]
    for row in rows:
        both = row["old_rank"] is not None and row["new_rank"] is not None
        assert row["moved"] == (row["old_rank"] - row["new_rank"] if both else None)
    assert next(row for row in rows if row["item_id"] == "a/b c")["new_rank"] is None


def test_item_without_a_vector_has_nothing_to_compare(client: Client) -> None:
    assert data(client, "compare", item="cold", old="one", new="two")["items"] == []


def test_the_map_is_the_stored_one(client: Client, watcher: ModelWatcher) -> None:
    run(watcher.database, SET_MAP)
    answer = data(client, "map")
    assert (answer["version"], answer["method"]) == ("one", "umap")
    places = dict(zip(answer["item_ids"], zip(answer["x"], answer["y"], strict=True), strict=True))
    assert places == {
        "bag": (1, 2), "lunch bag": (3, 4), "mug": (5, 6), "a/b c": (7, 8), "plate": (9, 10),
        "rare": (11, 12),
    }  # fmt: skip
    assert answer["titles"][answer["item_ids"].index("mug")] == "Mug & Spoon"


def test_without_a_stored_map_the_vectors_in_memory_give_one(client: Client) -> None:
    answer = data(client, "map")
    assert answer["method"] == "pca"
    x, y = (dict(zip(answer["item_ids"], answer[axis], strict=True)) for axis in "xy")
    assert "cold" not in x  # it has no vector
    # Two coordinates are turned, not squeezed: bag and rare coincide, bag and plate are far apart.
    assert (x["bag"], y["bag"]) == (x["rare"], y["rare"])
    assert (x["bag"] - x["plate"]) ** 2 + (y["bag"] - y["plate"]) ** 2 > 1
    answer = client.get("/explore/data/map?version=two")
    assert_problem(answer, 400)
    assert "footpath map --model two" in answer.json["detail"]


def test_glance_counts_degrees_pieces_and_versions(client: Client) -> None:
    answer = data(client, "glance")
    (relation,) = answer["relations"]
    # a/b c, lunch bag, rare: 0; mug, cold: 1; bag, plate: 2.
    assert [(row["from_degree"], row["n_items"]) for row in relation["degrees"]] == [
        (0, 3), (1, 2), (2, 2),
    ]  # fmt: skip
    assert sum(row["n"] for row in relation["weights"]) == 3
    assert (relation["quantiles"]["least"], relation["quantiles"]["greatest"]) == (1.0, 4.0)
    assert answer["components"]["n_components"] == 1
    assert answer["components"]["largest"] == [4]
    assert answer["counts"]["items"] == 7
    assert {row["version"] for row in answer["versions"]} == {"one", "two"}


@pytest.mark.parametrize(
    "path",
    [
        "neighbourhood", "neighbourhood?item=", "neighbourhood?item=bag&n=0",
        "neighbourhood?item=bag&n=601", "neighbourhood?item=bag&n=1.5",
        "neighbourhood?item=bag&n=٣",
        "neighbourhood?item=bag&least=-1", "neighbourhood?item=bag&least=nan",
        "neighbourhood?item=bag&least=x", "neighbourhood?item=bag&relation=LIKES",
        "neighbourhood?item=bag&relation=next", "walks?item=bag&p=0", "walks?item=bag&q=inf",
        "walks?item=bag&q=101", "walks?item=bag&length=51", "walks?item=bag&walks=1001",
        "walks?item=bag&length=50&walks=161", "why?item=bag", "why?item=bag&other=bag",
        "similar?item=bag&k=51", "compare?item=bag", "compare?item=bag&old=one&new=none",
        "map?version=none", "search?text=a&k=0",
    ],
)  # fmt: skip
def test_questions_that_make_no_sense_are_400(client: Client, path: str) -> None:
    assert_problem(client.get(f"/explore/data/{path}"), 400)


@pytest.mark.parametrize(
    "path",
    [
        "neighbourhood?item=none", "walks?item=none", "why?item=bag&other=none",
        "why?item=none&other=bag", "similar?item=none", "compare?item=none&old=one&new=two",
        "neighbourhood?item=a%00b", "neighbourhood?item=" + "x" * 5000, "nothing",
    ],
    ids=lambda path: path[:40],
)  # fmt: skip
def test_unknown_items_and_questions_are_404(client: Client, path: str) -> None:
    assert_problem(client.get(f"/explore/data/{path}"), 404)


def test_files_beside_the_page_are_not_handed_out(client: Client) -> None:
    assert client.get("/explore/static/../pages.py").status_code == 404
    assert client.get("/explore/static/%2e%2e/pages.py").status_code == 404


def test_while_the_database_is_away_data_are_503_and_the_page_is_there(
    watcher: ModelWatcher, wire: Wire, neo4j_settings: Neo4jSettings
) -> None:
    with connect(replace(neo4j_settings, uri=wire.uri)) as database:
        lost = ModelWatcher(database)
        lost.poll()
        client = create_app(lost).test_client()
        assert client.get("/explore/data/start").status_code == 200
        wire.cut()
        lost.poll()
        for name in ("start", "map", "glance", "neighbourhood?item=bag", "similar?item=bag"):
            assert_problem(client.get(f"/explore/data/{name}"), 503)
        with client.get("/explore/") as page:
            assert page.status_code == 200
