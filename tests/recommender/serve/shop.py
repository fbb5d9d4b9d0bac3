"""A shop of seven items whose similar lists are worked out by hand.

Vectors of version "one" (slot a) and "two" (slot b), all of unit length, two coordinates:

    item       one           two           support  category
    bag        (1, 0)        (0, 1)        40       bags
    lunch bag  (0.96, 0.28)  (1, 0)        30       bags
    mug        (0.8, 0.6)    (0.8, 0.6)    30       mugs
    a/b c      (0.6, 0.8)    (0, 1)        30       -
    plate      (0, 1)        (0.28, 0.96)  20       mugs
    rare       (1, 0)        (1, 0)        1        bags       too rare to be recommended
    cold       none          none          25       bags       came after training

Cosine with bag in "one": rare 1, lunch bag .96, mug .8, a/b c .6, plate 0.
:TOGETHER: bag - mug 4, bag - plate 1, cold - plate 2.
Both versions were published with min_support 5 and graph_share 0.5, so hybrid from bag in "one" is
mug .8 + .5 x 4/4 = 1.3, lunch bag .96, a/b c .6, plate 0 + .5 x 1/4 = .125.
"""

from __future__ import annotations

import json
from typing import Any

from graphdb import Database

Rows = list[dict[str, Any]]

ITEMS: Rows = [
    {"id": "bag", "title": "RED BAG", "category": "bags", "support": 40},
    {"id": "lunch bag", "title": "LUNCH BAG BLACK SKULL.", "category": "bags", "support": 30},
    {"id": "mug", "title": "Mug & Spoon", "category": "mugs", "support": 30},
    {"id": "a/b c", "title": "Käfer-Lampe “rot”", "category": None, "support": 30},
    {"id": "plate", "title": "RED PLATE (LARGE)", "category": "mugs", "support": 20},
    {"id": "rare", "title": "RED BAG, RARE", "category": "bags", "support": 1},
    {"id": "cold", "title": None, "category": "bags", "support": 25},
]

VECTORS = {
    "a": {
        "bag": [1.0, 0.0],
        "lunch bag": [0.96, 0.28],
        "mug": [0.8, 0.6],
        "a/b c": [0.6, 0.8],
        "plate": [0.0, 1.0],
        "rare": [1.0, 0.0],
    },
    "b": {
        "bag": [0.0, 1.0],
        "lunch bag": [1.0, 0.0],
        "mug": [0.8, 0.6],
        "a/b c": [0.0, 1.0],
        "plate": [0.28, 0.96],
        "rare": [1.0, 0.0],
    },
}

EMBEDDING_ONE = ["lunch bag", "mug", "a/b c", "plate", "cold"]
HYBRID_ONE = ["mug", "lunch bag", "a/b c", "plate", "cold"]
# In "two": a/b c 1, plate .96 (+ .125), mug .6 (+ .5), lunch bag 0.
EMBEDDING_TWO = ["a/b c", "plate", "mug", "lunch bag", "cold"]
HYBRID_TWO = ["mug", "plate", "a/b c", "lunch bag", "cold"]

SET_ITEMS = """
UNWIND $rows AS row
MERGE (i:Item {id: row.id})
SET i.title = row.title, i.category = row.category, i.support = row.support
"""
SET_VECTORS = """
UNWIND $rows AS row
MATCH (i:Item {id: row.id})
CALL db.create.setNodeVectorProperty(i, $property, row.vector)
"""
SET_TOGETHER = """
UNWIND $rows AS row
MATCH (a:Item {id: row[0]}), (b:Item {id: row[1]})
MERGE (a)-[r:TOGETHER]->(b)
SET r.weight = row[2], r.count = 1
"""
SET_MODEL = """
MERGE (m:Model {version: $version})
SET m.status = "ready", m.is_active = false, m.slot = $slot, m.relation = "TOGETHER",
    m.dimension = 2, m.n_items = 6, m.parameters = $parameters, m.metrics = "{}",
    m.created_at = datetime("2026-01-0" + $day + "T00:00:00Z"),
    m.published_at = datetime("2026-01-0" + $day + "T00:00:00Z")
"""
ACTIVATE = """
MATCH (m:Model)
WITH m, m.version = $version AS is_chosen
SET m.is_active = is_chosen
"""
AWAIT_INDEXES = "CALL db.awaitIndexes(60)"
WIPE = "MATCH (n) WHERE NOT n:Migration DETACH DELETE n"
MARK = "MATCH (m:Migration {number: 1}) SET m:FootpathTest"  # see conftest.py


def fill_shop(database: Database, *, active: str | None = "one") -> None:
    """Put the shop and its two model versions into a wiped database."""
    run(database, SET_ITEMS, rows=ITEMS)
    pairs = [["bag", "mug", 4.0], ["bag", "plate", 1.0], ["cold", "plate", 2.0]]
    run(database, SET_TOGETHER, rows=pairs)
    parameters = json.dumps({"min_support": 5, "graph_share": 0.5})
    for day, (version, slot) in enumerate([("one", "a"), ("two", "b")], start=1):
        rows = [{"id": name, "vector": vector} for name, vector in VECTORS[slot].items()]
        run(database, SET_VECTORS, rows=rows, property=f"embedding_{slot}")
        values = {"version": version, "slot": slot, "parameters": parameters, "day": str(day)}
        run(database, SET_MODEL, **values)
    if active is not None:
        activate(database, active)
    run(database, AWAIT_INDEXES)


def activate(database: Database, version: str) -> None:
    """Make one version the active one, in one transaction."""
    run(database, ACTIVATE, version=version)


def wipe(database: Database) -> None:
    """Take everything out again but the schema."""
    run(database, WIPE)
    run(database, MARK)


def run(database: Database, text: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run a statement of a test."""
    return database.run_text("test", text, parameters)
