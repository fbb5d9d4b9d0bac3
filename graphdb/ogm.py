"""py2neo models of the graph, for exploring it from Python; nothing else of Footpath imports this.

py2neo is end-of-life (docs/decisions/0002), so it stays behind this one file: loading, publishing
and serving use the official driver.

    from graphdb.ogm import Item, open_graph
    with open_graph(settings) as graph:
        lamp = Item.match(graph, "21731").first()
        for neighbour, weight in lamp.strongest(5):
            print(neighbour.title, weight)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from py2neo import Graph
from py2neo.ogm import Model as GraphModel
from py2neo.ogm import Property, Related, RelatedFrom, RelatedTo

from graphdb.settings import Neo4jSettings


class Item(GraphModel):  # type: ignore[misc]  # py2neo has no types
    """An item with its neighbours; ``together`` reads both directions."""

    __primarylabel__ = "Item"
    __primarykey__ = "id"

    id = Property()
    title = Property()
    category = Property()
    support = Property()

    next = RelatedTo("Item", "NEXT")
    together = Related("Item", "TOGETHER")
    categories = RelatedTo("Category", "HAS")
    users = RelatedFrom("User", "INTERACTED")

    def strongest(self, k: int = 10, relation: str = "together") -> list[tuple[Item, float]]:
        """Return the ``k`` neighbours of greatest weight with it, best first, ties by id."""
        related: Any = getattr(self, relation)
        weighed = [(item, float(related.get(item, "weight"))) for item in related]
        return sorted(weighed, key=lambda pair: (-pair[1], pair[0].id))[:k]


class User(GraphModel):  # type: ignore[misc]
    """A user with the items of its interactions."""

    __primarylabel__ = "User"
    __primarykey__ = "id"

    id = Property()
    items = RelatedTo(Item, "INTERACTED")


class Category(GraphModel):  # type: ignore[misc]
    """A category with its items."""

    __primarylabel__ = "Category"
    __primarykey__ = "name"

    name = Property()
    items = RelatedFrom(Item, "HAS")


class Model(GraphModel):  # type: ignore[misc]
    """A model version."""

    __primarylabel__ = "Model"
    __primarykey__ = "version"

    version = Property()
    status = Property()
    is_active = Property()
    slot = Property()
    n_items = Property()


@contextmanager
def open_graph(settings: Neo4jSettings) -> Iterator[Graph]:
    """Give a py2neo graph of the database; it speaks plain Bolt, so routing is left out."""
    parts = urlsplit(settings.uri)
    scheme = parts.scheme.replace("neo4j", "bolt")
    graph = Graph(
        f"{scheme}://{parts.netloc}",
        auth=(settings.username, settings.password),
        name=settings.database,
    )
    try:
        yield graph
    finally:
        graph.service.connector.close()
