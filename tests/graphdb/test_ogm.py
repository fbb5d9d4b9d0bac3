"""The py2neo models read the real graph, and only explorers use them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import graphdb
import recommender
from graphdb import Database, Neo4jSettings

SHOP = (
    "CREATE (a:Item {id: 'a', title: 'Lamp'}), (b:Item {id: 'b'}), (c:Item {id: 'c'}), "
    "(a)-[:TOGETHER {count: 3, weight: 0.5}]->(b), (c)-[:TOGETHER {count: 9, weight: 0.9}]->(a), "
    "(a)-[:NEXT {count: 1, weight: 0.1}]->(c), (a)-[:HAS]->(:Category {name: 'light'}), "
    "(:User {id: 'u'})-[:INTERACTED {key: 'k'}]->(a)"
)


@pytest.mark.neo4j
def test_items_are_read_with_their_neighbours(
    database: Database, neo4j_settings: Neo4jSettings
) -> None:
    from graphdb.ogm import Item, open_graph

    database.run_text("shop", SHOP, {})
    with open_graph(neo4j_settings) as graph:
        lamp = Item.match(graph, "a").first()
        assert lamp.title == "Lamp"
        assert [(item.id, weight) for item, weight in lamp.strongest()] == [("c", 0.9), ("b", 0.5)]
        assert [(item.id, weight) for item, weight in lamp.strongest(relation="next")] == [
            ("c", 0.1)
        ]
        assert [category.name for category in lamp.categories] == ["light"]
        assert [user.id for user in lamp.users] == ["u"]


def test_only_the_exploring_layer_imports_py2neo() -> None:
    users = set()
    for package in (graphdb, recommender):
        folder = Path(str(package.__file__)).parent
        for file in folder.rglob("*.py"):
            names = {
                name if name.startswith("graphdb.") else name.split(".")[0]
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Import | ast.ImportFrom)
                for name in _imported(node)
            }
            if names & {"py2neo", "graphdb.ogm", "graphdb.exploration"}:
                users.add(file.name)
    assert users == {"ogm.py", "exploration.py", "shell.py"}


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]
