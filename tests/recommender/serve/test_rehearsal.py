from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from graphdb import Database
from recommender.events import Event, write_events
from recommender.items import ItemWrite, last_change, read_items, write_items
from recommender.serve import explain_list
from recommender.serve.catalogue import read_history
from recommender.serve.rehearsal import rehearse
from tests.recommender.serve.shop import fill_shop, run

pytestmark = pytest.mark.neo4j


def ask_and_write(database: Database) -> None:
    explain_list(database, "TOGETHER", "bag", ["mug", "plate"])
    read_items(database, ["bag"])
    read_history(database, "anna")
    write_items(database, [ItemWrite("put", "lamp", {"title": "LAMP", "category": "lights"})])
    write_items(database, [ItemWrite("patch", "bag", {"price": 2.5})])
    write_items(database, [ItemWrite("hide", "mug")])
    write_items(database, [ItemWrite("delete", "rare")])
    write_events(database, [Event("1", "bag", "anna", None)])
    write_events(database, [Event("2", "bag", None, "s1")])


def cleared_plans(database: Database) -> int:
    """Take away all plans the server keeps, and return how many there were."""
    rows = run(database, "CALL db.clearQueryCaches() YIELD value RETURN value")
    found = re.search(r"\d+", rows[0]["value"])
    return int(found.group()) if found else 0


def plans_after(database: Database, *works: Callable[[], None]) -> int:
    cleared_plans(database)
    for work in works:
        work()
    return cleared_plans(database)


def test_requests_after_a_rehearsal_need_no_new_plans(database: Database) -> None:
    def rehearsal() -> None:
        rehearse(database, "TOGETHER", deadline_s=30)

    def requests() -> None:
        ask_and_write(database)

    fill_shop(database)
    requests()  # labels and types come into being, after which plans are made again
    n_plans = plans_after(database, rehearsal)
    assert n_plans >= 12
    assert plans_after(database, rehearsal, requests) == n_plans


def test_rehearsal_changes_nothing(database: Database) -> None:
    fill_shop(database)
    write_items(database, [ItemWrite("hide", "mug")])
    count = "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n) AS n, count(r) AS r"
    before = run(database, count), last_change(database)
    rehearse(database, "NEXT", deadline_s=30)
    assert (run(database, count), last_change(database)) == before
