"""Weights, pruning and session cutting by hand; writing on a real Neo4j."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphdb import Database
from graphdb.projection import NO_TIME, InteractionTable, ItemTable
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import read_item_graph
from recommender.histories import build_histories
from recommender.load import load_interactions
from recommender.pairs import Pairs
from recommender.relate import (
    RelateSettings,
    cut_sessions,
    prune,
    relate_histories,
    relate_items,
    weigh_pairs,
)

MINUTE = 60_000


def pairs_of(*rows: tuple[int, int, int, float]) -> Pairs:
    """Return pairs from (source, target, count, evidence)."""
    sources, targets, counts, evidence = (np.array(column) for column in zip(*rows, strict=True))
    return Pairs(sources, targets, counts, evidence.astype(float), np.zeros(len(rows), np.int64))


# One pair: seen 3 times, evidence 1.5; support 4 and 9.
PAIR = pairs_of((0, 1, 3, 1.5))
SUPPORT = np.array([4, 9])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (RelateSettings(weight="count", shrinkage=0), 1.5),
        (RelateSettings(weight="count", shrinkage=3), 1.5 * 3 / 6),
        (RelateSettings(weight="log", shrinkage=0), math.log(2.5)),
        (RelateSettings(weight="cosine", shrinkage=0), 1.5 / 6),
        (RelateSettings(weight="cosine", shrinkage=7), 1.5 / math.sqrt(11 * 16)),
        (RelateSettings(weight="damped", damping=1, shrinkage=0), 1.5 / 36),
        (RelateSettings(weight="damped", damping=0, shrinkage=0), 1.5),
    ],
    ids=lambda value: value.weight if isinstance(value, RelateSettings) else f"{value:.3f}",
)
def test_weight_follows_its_formula(settings: RelateSettings, expected: float) -> None:
    assert weigh_pairs(PAIR, SUPPORT, settings)[0] == pytest.approx(expected)


def test_pruning_drops_pairs_seen_too_seldom() -> None:
    pairs = pairs_of((0, 1, 1, 1.0), (0, 2, 2, 1.0))
    assert prune(pairs, pairs.evidence, RelateSettings(min_count=2)).tolist() == [1]


def test_a_directed_pair_must_be_among_the_strongest_of_its_source() -> None:
    pairs = pairs_of((0, 1, 9, 1.0), (0, 2, 9, 2.0), (1, 2, 9, 0.5))
    settings = RelateSettings(relation="NEXT", top_k=1)
    assert prune(pairs, pairs.evidence, settings).tolist() == [1, 2]


def test_an_undirected_pair_may_be_among_the_strongest_of_either_end() -> None:
    # 0-1 is not 0's strongest, but it is 1's.
    pairs = pairs_of((0, 1, 9, 1.0), (0, 2, 9, 2.0), (1, 2, 9, 0.5))
    assert prune(pairs, pairs.evidence, RelateSettings(top_k=1)).tolist() == [0, 1]


def test_equal_weights_are_cut_by_the_smaller_row() -> None:
    pairs = pairs_of((0, 1, 9, 1.0), (0, 2, 9, 1.0), (0, 3, 9, 1.0))
    settings = RelateSettings(relation="NEXT", top_k=2)
    assert prune(pairs, pairs.evidence, settings).tolist() == [0, 1]


def table_of(*rows: tuple[int, int, int, int]) -> InteractionTable:
    """Return interactions from (visitor, item row, minute, session number)."""
    visitors, items, minutes, sessions = np.array(rows, np.int64).T
    n_items = int(items.max()) + 1
    table = ItemTable(tuple("abcdef"[:n_items]), np.zeros(n_items, np.int64), np.arange(n_items))
    times = np.where(minutes < 0, NO_TIME, minutes * MINUTE)
    visitor_ids = tuple(f"v{number}" for number in range(int(visitors.max()) + 1))
    return InteractionTable(table, visitor_ids, visitors, items, times, sessions)


def cut(table: InteractionTable, **settings: Any) -> tuple[list[list[int]], str]:
    sessions, by = cut_sessions(table, RelateSettings(**settings))
    return [part.tolist() for part in np.split(sessions.rows, sessions.offsets[1:-1])], by


def test_a_pause_longer_than_the_gap_starts_a_new_session() -> None:
    table = table_of((0, 0, 0, -1), (0, 1, 30, -1), (0, 2, 61, -1), (1, 3, 61, -1))
    assert cut(table, relation="NEXT") == ([[0, 1], [2], [3]], "gap")


def test_session_names_are_apart_for_different_visitors() -> None:
    table = table_of((0, 0, 0, 5), (1, 1, 0, 5), (0, 2, 9, 5), (0, 3, 9, 6))
    assert cut(table) == ([[0, 2], [3], [1]], "column")


def test_history_is_one_session_in_the_order_of_time() -> None:
    table = table_of((0, 2, 9, 7), (0, 0, 0, 8), (0, 1, 900, 9))
    assert cut(table, relation="NEXT", sessions="history") == ([[0, 2, 1]], "history")


def test_order_without_times_is_refused_with_the_way_out() -> None:
    with pytest.raises(InvalidDataError, match=r"1 of 2 interactions have no time.*--unordered"):
        cut(table_of((0, 0, -1, 1), (0, 1, 5, 1)), relation="NEXT")


def test_cutting_by_a_missing_session_column_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="No interaction has a session"):
        cut(table_of((0, 0, 1, -1)), sessions="column")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window", 0),
        ("distance_decay", 1.5),
        ("half_life_days", 0),
        ("min_count", 0),
        ("top_k", -1),
    ],
)
def test_a_meaningless_setting_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(InvalidParameterError, match=f"{name} is {value}"):
        RelateSettings(**{name: value})  # type: ignore[arg-type]


VISITS = (
    "UNWIND $rows AS row MERGE (i:Item {id: row[1]}) MERGE (s:Session {id: row[0]}) "
    "CREATE (s)-[:INTERACTED {session: row[0], at: datetime({epochSeconds: row[2]})}]->(i)"
)


def visit(database: Database, rows: list[list[Any]]) -> None:
    database.run_text("visits of the test", VISITS, {"rows": rows})


EDGES = (
    "MATCH (a:Item)-[r]->(b:Item) WHERE type(r) = $relation "
    "RETURN a.id AS a, b.id AS b, r.count AS count, r.weight AS weight"
)


def edges(database: Database, relation: Any) -> dict[tuple[str, str], tuple[int, float]]:
    rows = database.run_text("relationships of the test", EDGES, {"relation": relation})
    return {(row["a"], row["b"]): (row["count"], row["weight"]) for row in rows}


BASKETS = [["1", "a", 1], ["1", "b", 1], ["2", "a", 2], ["2", "b", 2], ["2", "c", 2]]
PLAIN = {"min_count": 1, "shrinkage": 0, "divide_by_session_length": False}


@pytest.mark.neo4j
def test_relating_writes_count_weight_and_support(database: Database) -> None:
    visit(database, BASKETS)
    report = relate_items(database, RelateSettings(**PLAIN))  # type: ignore[arg-type]
    written = edges(database, "TOGETHER")
    assert {pair: count for pair, (count, _) in written.items()} == {
        ("a", "b"): 2,
        ("a", "c"): 1,
        ("b", "c"): 1,
    }
    assert written["a", "b"][1] == pytest.approx(1.0)  # 2 / sqrt(2 x 2)
    assert written["a", "c"][1] == pytest.approx(1 / math.sqrt(2))
    graph = read_item_graph(database)
    assert graph.support.tolist() == [2, 2, 1]
    assert not graph.is_directed
    assert graph.n_edges == 6
    assert (report.n_sessions, report.n_relationships, report.sessions_by) == (2, 3, "column")


@pytest.mark.neo4j
def test_relating_again_under_another_scheme_replaces_the_weights(database: Database) -> None:
    visit(database, BASKETS)
    relate_items(database, RelateSettings(**PLAIN))  # type: ignore[arg-type]
    relate_items(database, RelateSettings(**PLAIN, weight="count"))  # type: ignore[arg-type]
    assert edges(database, "TOGETHER") == {
        ("a", "b"): (2, 2.0),
        ("a", "c"): (1, 1.0),
        ("b", "c"): (1, 1.0),
    }
    relate_items(database, RelateSettings(min_count=2))
    assert list(edges(database, "TOGETHER")) == [("a", "b")]


@pytest.mark.neo4j
def test_ordered_relating_follows_time_and_makes_a_directed_graph(database: Database) -> None:
    visit(database, [["1", "b", 1], ["1", "a", 2], ["2", "b", 1], ["2", "a", 5], ["2", "c", 9]])
    relate_items(database, RelateSettings(relation="NEXT", window=1, weight="count", **PLAIN))  # type: ignore[arg-type]
    assert edges(database, "NEXT") == {("b", "a"): (2, 2.0), ("a", "c"): (1, 1.0)}
    assert read_item_graph(database).is_directed


@pytest.mark.neo4j
def test_relating_an_empty_graph_says_what_to_do(database: Database) -> None:
    with pytest.raises(InvalidDataError, match="footpath load"):
        relate_items(database, RelateSettings())


@pytest.mark.neo4j
def test_a_graph_never_related_says_what_to_do(database: Database) -> None:
    with pytest.raises(InvalidDataError, match="footpath relate"):
        read_item_graph(database)


@pytest.mark.neo4j
def test_an_unfinished_run_is_noticed(database: Database) -> None:
    visit(database, BASKETS)
    database.write("relate/begin_relation", name="TOGETHER", settings="{}")
    with pytest.raises(InvalidDataError, match="did not finish"):
        read_item_graph(database)


def test_histories_make_in_memory_what_the_same_sessions_would() -> None:
    histories = build_histories(
        np.array([0, 0, 0, 1, 1]),
        np.array([0, 1, 2, 0, 1]),
        user_ids=("ann", "bob"),
        item_ids=("a", "b", "c"),
    )
    settings = RelateSettings(
        relation="NEXT", weight="count", shrinkage=0, min_count=1, distance_decay=0.5,
        divide_by_session_length=False,
    )  # fmt: skip
    graph = relate_histories(histories, settings)
    # a -> b twice next to each other; a -> c once, two apart; b -> c once.
    assert graph.neighbours_of(0).tolist() == [1, 2]
    assert graph.weights_of(0).tolist() == [2, 0.5]
    assert graph.weights_of(1).tolist() == [1]
    assert graph.is_directed


@pytest.mark.neo4j
def test_baskets_of_one_time_have_no_order_and_the_error_says_what_to_do(
    database: Database,
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [{"session_id": "s", "item_id": item, "timestamp": at} for item in "abc"]
    load_interactions(database, pd.DataFrame(rows))
    with pytest.raises(InvalidDataError, match="Relate with --unordered"):
        relate_items(database, RelateSettings(relation="NEXT"))
    report = relate_items(database, RelateSettings(relation="TOGETHER", min_count=1))
    assert report.n_relationships == 3


@pytest.mark.neo4j
def test_an_item_deleted_while_it_is_related_leaves_the_relation_unfinished(
    database: Database,
) -> None:
    visit(database, BASKETS)

    def delete_one(done: int, total: int) -> None:
        database.run_text("delete of the test", "MATCH (i:Item {id: 'c'}) DETACH DELETE i", {})

    with pytest.raises(InvalidDataError, match="such as 'c'"):
        relate_items(database, RelateSettings(**PLAIN), progress=delete_one)  # type: ignore[arg-type]
    with pytest.raises(InvalidDataError, match="did not finish"):
        read_item_graph(database)


@pytest.mark.neo4j
def test_a_pair_without_times_has_no_last_seen(database: Database) -> None:
    rows = [{"session_id": "s", "item_id": item} for item in "ab"]
    load_interactions(database, pd.DataFrame(rows))
    relate_items(database, RelateSettings(**PLAIN))  # type: ignore[arg-type]
    found = database.run_text("times", "MATCH ()-[r:TOGETHER]->() RETURN properties(r) AS r", {})
    assert found[0]["r"].keys() == {"count", "weight"}
