"""Exploring from Python: data frames out of the real graph, with numbers worked out by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from graphdb import Database, Neo4jSettings
from graphdb.exploration import Exploration, ExplorationError, open_exploration
from graphdb.ogm import Item
from tests.recommender.serve.shop import fill_shop

pytestmark = pytest.mark.neo4j

VISITS = (
    "MATCH (bag:Item {id: 'bag'}), (mug:Item {id: 'mug'}), (plate:Item {id: 'plate'}) "
    "CREATE (u:User {id: 'u'}), (s:Session {id: 's'}), "
    "(u)-[:INTERACTED {key: '1', session: 'one'}]->(bag), "
    "(u)-[:INTERACTED {key: '2', session: 'one'}]->(mug), "
    "(u)-[:INTERACTED {key: '3', session: 'two'}]->(plate), "
    "(s)-[:INTERACTED {key: '4', session: 's'}]->(bag), "
    "(s)-[:INTERACTED {key: '5', session: 's'}]->(mug)"
)
LOOP = (
    "MATCH (bag:Item {id: 'bag'}), (mug:Item {id: 'mug'}), (cold:Item {id: 'cold'}) "
    "CREATE (bag)-[:NEXT {weight: 1.0, count: 1}]->(mug), "
    "(mug)-[:NEXT {weight: 3.0, count: 3}]->(bag), "
    "(mug)-[:NEXT {weight: 1e-9, count: 1}]->(cold)"
)


@pytest.fixture
def explore(database: Database, neo4j_settings: Neo4jSettings) -> Iterator[Exploration]:
    fill_shop(database)
    database.run_text("visits", VISITS, {})
    with open_exploration(neo4j_settings) as explore:
        yield explore


def test_neighbours_come_with_the_chance_of_a_step(explore: Exploration) -> None:
    frame = explore.neighbours("bag")
    assert frame["item_id"].tolist() == ["mug", "plate"]
    assert frame["share"].tolist() == [0.8, 0.2]
    assert frame["title"].tolist() == ["Mug & Spoon", "RED PLATE (LARGE)"]


def test_an_item_may_be_given_as_an_object(explore: Exploration) -> None:
    bag = explore.items.where("_.support = 40").first()
    assert isinstance(bag, Item)
    assert explore.neighbours(bag, k=1)["item_id"].tolist() == ["mug"]


def test_walks_follow_relationships_from_the_item(explore: Exploration) -> None:
    frame = explore.walk("cold", length=4, n_walks=20)
    assert len(frame) == 80
    walk = frame[frame["walk"] == 20].sort_values("step")
    assert walk["item_id"].tolist()[:3] == ["cold", "plate", walk["item_id"].iloc[2]]
    near = {"bag": {"mug", "plate"}, "plate": {"bag", "cold"}, "mug": {"bag"}, "cold": {"plate"}}
    for _, steps in frame.groupby("walk"):
        ids = steps["item_id"].tolist()
        assert all(b in near[a] for a, b in itertools.pairwise(ids))


def test_a_great_p_keeps_walks_from_turning_back(explore: Exploration) -> None:
    # At plate from bag the ways are back to bag (weight 1 / p) and on to cold (weight 2 / q).
    frame = explore.walk("bag", length=3, n_walks=60, p=1e9)
    thirds = frame[frame["step"] == 3].set_index("walk")["item_id"]
    seconds = frame[frame["step"] == 2].set_index("walk")["item_id"]
    after_plate = thirds[seconds == "plate"]
    assert len(after_plate) > 0
    assert set(after_plate) == {"cold"}


def test_the_active_models_relation_is_taken(explore: Exploration, database: Database) -> None:
    database.run_text("loop", LOOP, {})
    assert explore.relation() == "together"
    database.run_text("walked", "MATCH (m:Model) SET m.relation = 'NEXT'", {})
    assert explore.relation() == "next"
    assert explore.neighbours("bag")["share"].tolist() == [1.0]
    assert explore.neighbours("bag", relation="together")["item_id"].tolist() == ["mug", "plate"]


def test_why_tells_ways_and_shared_sessions(explore: Exploration) -> None:
    frame = explore.why("bag", "mug")
    assert frame["titles"].tolist() == [["RED BAG", "Mug & Spoon"]]
    assert frame["weights"].tolist() == [[4.0]]
    assert frame["n_shared"].tolist() == [2]
    assert explore.why("mug", "cold")["titles"].tolist() == [
        ["Mug & Spoon", "RED BAG", "RED PLATE (LARGE)", "cold"]
    ]


def test_find_looks_at_titles_and_ids(explore: Exploration) -> None:
    assert explore.find("red bag")["item_id"].tolist() == ["bag", "rare"]
    assert explore.find("B C")["item_id"].tolist() == ["a/b c"]


def test_versions_are_compared_place_by_place(explore: Exploration, database: Database) -> None:
    options = {"vector.dimensions": 2, "vector.similarity_function": "cosine"}
    for slot in "ab":
        database.run_alone(f"publish/create_index_{slot}", options={"indexConfig": options})
    database.run_alone("admin/await_indexes")
    frame = explore.ready(
        "compare_versions", item_id="mug", old_version="one", new_version="two", k=2
    ).set_index("item_id")
    # Cosines with mug in "one": a/b c .96, lunch bag .936, bag and rare .8; in "two": lunch bag and
    # rare .8, plate .8, bag and a/b c .6.
    assert frame.loc["a/b c", "old_rank"] == 1
    assert frame.loc["lunch bag", "old_rank"] == 2
    assert len(frame[frame["new_rank"].notna()]) == 2
    assert "a/b c" not in frame[frame["new_rank"].notna()].index


def test_degrees_are_counted_in_classes(explore: Exploration) -> None:
    frame = explore.ready("degree_distribution_together")
    # bag and plate have two neighbours, mug and cold one, three items none.
    assert frame[["from_degree", "to_degree", "n_items"]].values.tolist() == [
        [0, 0, 3],
        [1, 1, 2],
        [2, 3, 2],
    ]
    assert frame["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("call", ["neighbours", "walk"])
def test_an_unknown_item_is_named(explore: Exploration, call: str) -> None:
    with pytest.raises(ExplorationError, match="no item with the id 'nope'"):
        getattr(explore, call)("nope")


def test_without_relationships_it_says_what_to_run(
    items: Database, neo4j_settings: Neo4jSettings
) -> None:
    with (
        open_exploration(neo4j_settings) as explore,
        pytest.raises(ExplorationError, match="footpath relate"),
    ):
        explore.neighbours("i000")


def test_cypher_that_neo4j_does_not_take_is_an_error_of_one_line(explore: Exploration) -> None:
    with pytest.raises(ExplorationError, match="Invalid input"):
        explore.frame("MATCH (i:Item RETURN i")


@pytest.mark.parametrize("wrong", [{"length": 0}, {"p": 0.0}, {"q": -1.0}, {"n_walks": 0}])
def test_a_walk_that_is_none_is_refused(explore: Exploration, wrong: dict[str, float]) -> None:
    with pytest.raises(ExplorationError, match="p and q above 0"):
        explore.walk("bag", **wrong)  # type: ignore[arg-type]
