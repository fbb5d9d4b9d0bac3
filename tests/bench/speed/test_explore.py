"""What the explorer is measured on is what the page asks for."""

from __future__ import annotations

import pytest

from bench.speed.explore import _run
from graphdb import Database
from recommender.explorer.answers import item_map, neighbourhood
from recommender.serve import ModelWatcher


@pytest.mark.neo4j
def test_points_are_on_the_map_and_the_hub_has_its_neighbours(database: Database) -> None:
    rows = [
        {"id": f"p{n}", "community": n % 3, "support": 1, "x": n + 0.5, "y": 1.0} for n in range(9)
    ]
    _run(database, "create_points", rows=rows)
    _run(database, "create_hub", ids=[f"p{n}" for n in range(6)])
    shown = item_map(ModelWatcher(database), None)
    assert (shown["method"], len(shown["x"])) == ("umap", 9)
    answer = neighbourhood(database, "p0", None, 100, 0.0)
    assert [item["item_id"] for item in answer["items"]] == ["p0", "p1", "p2", "p3", "p4", "p5"]
    assert len(answer["links"]) == 5 + 5
