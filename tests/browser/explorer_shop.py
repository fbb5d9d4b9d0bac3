"""Thirty items of three kinds, for the explorer's page: relationships, visits, two versions, a map.

Items of one kind are joined by 4 / distance; the first of each kind to the first of the next by
0.5. Each pair of neighbours was in as many sessions as its count.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from graphdb import Database
from tests.recommender.serve.shop import ACTIVATE, SET_MODEL, run

HOSTILE = '<img src=x onerror="window.hacked=1">'
KINDS = ("teacup", "lantern", "ribbon")
COLOURS = ("RED", "BLUE", "GREEN", "PINK", "IVORY", "BLACK", "WHITE", "GOLD", "SILVER", "BROWN")
N_REACH = 4  # items of a kind are joined to so many before and after them
INDEX = {"indexConfig": {"vector.dimensions": 3, "vector.similarity_function": "cosine"}}

SET_ITEMS = """
UNWIND $rows AS row
CREATE (i:Item {id: row.id})
SET i.title = row.title, i.category = row.kind, i.support = row.support,
    i.community = row.community, i.map_a = row.place, i.map_b = row.place
WITH i, row
CALL db.create.setNodeVectorProperty(i, "embedding_a", row.one)
CALL db.create.setNodeVectorProperty(i, "embedding_b", row.two)
"""
SET_PAIRS = """
UNWIND $rows AS row
MATCH (a:Item {id: row.a}), (b:Item {id: row.b})
CREATE (a)-[:TOGETHER {weight: row.weight, count: row.count}]->(b)
"""
SET_VISITS = """
UNWIND $rows AS row
MATCH (a:Item {id: row.a}), (b:Item {id: row.b})
MERGE (u:User {id: row.user})
CREATE (u)-[:INTERACTED {key: row.session + "a", session: row.session,
                         at: datetime("2026-01-05T10:00:00Z")}]->(a)
CREATE (u)-[:INTERACTED {key: row.session + "b", session: row.session,
                         at: datetime("2026-01-05T10:01:00Z")}]->(b)
"""
SET_MEASURES = """
MATCH (m:Model)
SET m.map_method = "umap", m.dimension = 3, m.n_items = 30,
    m.metrics = '{"recall@10": 0.25, "nDCG@10": 0.125}'
"""


def fill_explorer_shop(database: Database) -> None:
    """Put the thirty items, their visits and both versions into an empty database."""
    pairs = _pairs()
    run(database, SET_ITEMS, rows=_items())
    run(database, SET_PAIRS, rows=pairs)
    run(database, SET_VISITS, rows=_visits(pairs))
    parameters = json.dumps({"min_support": 1, "graph_share": 0.5})
    for day, (version, slot) in enumerate([("one", "a"), ("two", "b")], start=1):
        values = {"version": version, "slot": slot, "parameters": parameters, "day": str(day)}
        run(database, SET_MODEL, **values)
        database.run_alone(f"publish/create_index_{slot}", options=INDEX)
    run(database, SET_MEASURES)
    run(database, ACTIVATE, version="one")
    run(database, "CALL db.awaitIndexes(60)")


def _items() -> list[dict[str, Any]]:
    random = np.random.default_rng(7)
    rows = []
    for community, kind in enumerate(KINDS):
        centre = np.eye(3)[community]
        for n, colour in enumerate(COLOURS):
            one, two = (centre + random.normal(0, 0.2, (2, 3))).tolist()
            place = [3.0 * community + 0.1 * n, float(n % 4)]
            title = HOSTILE if (kind, n) == ("teacup", 1) else f"{colour} {kind.upper()}"
            rows.append(
                {
                    "id": f"{kind}-{n}",
                    "title": title,
                    "kind": kind,
                    "support": 100 - n - community,
                    "community": community,
                    "place": place,
                    "one": one,
                    "two": two,
                }
            )
    return rows


def _pairs() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, kind in enumerate(KINDS):
        for a in range(len(COLOURS)):
            for b in range(a + 1, min(a + 1 + N_REACH, len(COLOURS))):
                weight = 4.0 / (b - a)
                rows.append(_pair(f"{kind}-{a}", f"{kind}-{b}", weight, 5 - (b - a)))
        rows.append(_pair(f"{kind}-0", f"{KINDS[(number + 1) % 3]}-0", 0.5, 1))
    return rows


def _pair(a: str, b: str, weight: float, count: int) -> dict[str, Any]:
    return {"a": a, "b": b, "weight": weight, "count": count}


def _visits(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for pair in pairs:
        for n in range(pair["count"]):
            session = f"{pair['a']}+{pair['b']}+{n}"
            rows.append({"a": pair["a"], "b": pair["b"], "user": f"u{n}", "session": session})
    return rows
