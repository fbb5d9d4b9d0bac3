"""Ask the graph from Python and get data frames: what `footpath shell` and notebooks use.

It stands on py2neo, as ``graphdb.ogm`` does, and so nothing that loads, publishes or serves may
import it (docs/decisions/0002).

    from graphdb.exploration import open_exploration
    with open_exploration(settings) as explore:
        explore.neighbours("85123A")
        explore.walk("85123A", length=10, q=0.5)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pandas as pd
from py2neo import Graph
from py2neo.errors import Neo4jError

from graphdb.errors import GraphDbError
from graphdb.ogm import Item, open_graph
from graphdb.queries import find_query
from graphdb.settings import Neo4jSettings

RelationName = Literal["together", "next"]
WALK_COLUMNS = ["walk", "step", "item_id", "title"]


class ExplorationError(GraphDbError):
    """What was asked for is not in the graph."""


class Exploration:
    """The graph with short ways to ask it. An item is an id, or an :class:`graphdb.ogm.Item`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @property
    def items(self) -> Any:
        """A py2neo matcher of items: ``items.where("_.support > 50").limit(5).all()``."""
        return Item.match(self.graph)

    def frame(self, cypher: str, **parameters: Any) -> pd.DataFrame:
        """Return the rows of a Cypher statement as a data frame.

        Raises
        ------
        ExplorationError
            If Neo4j does not take the statement; the message is Neo4j's.
        """
        try:
            cursor = self.graph.run(cypher, parameters)
        except Neo4jError as error:
            raise ExplorationError(str(error)) from error
        columns = cursor.keys() or []
        return pd.DataFrame([list(record.values()) for record in cursor], columns=columns)

    def ready(self, name: str, **parameters: Any) -> pd.DataFrame:
        """Return the rows of a query of ``graphdb/queries/browser``, by the name of its file."""
        return self.frame(find_query(f"browser/{name}").text, **parameters)

    def find(self, words: str, k: int = 10) -> pd.DataFrame:
        """Return the items whose title or id holds a text, the most visited first."""
        return self.frame(find_query("explore/find_items").text, words=words, k=k)

    def relation(self, relation: RelationName | None = None) -> RelationName:
        """Return the relation that is meant: the one given, the active model's, or the only one.

        Raises
        ------
        ExplorationError
            If items have no relationships yet.
        """
        if relation is not None:
            return relation
        names = self.frame(find_query("explore/relations").text)["relation"]
        if names.empty:
            raise ExplorationError("Items have no relationships yet. Run `footpath relate` or fit.")
        name: RelationName = "next" if names.iloc[0] == "NEXT" else "together"
        return name

    def neighbours(
        self, item: str | Item, k: int = 10, relation: RelationName | None = None
    ) -> pd.DataFrame:
        """Return an item's strongest neighbours: id, title, category, count, weight, share.

        ``share`` is the chance that a walk from the item goes there.
        """
        query = find_query(f"explore/neighbours_{self.relation(relation)}")
        return self.frame(query.text, item_id=self._id(item), k=k)

    def walk(
        self,
        item: str | Item,
        length: int = 10,
        *,
        n_walks: int = 1,
        p: float = 1.0,
        q: float = 1.0,
        relation: RelationName | None = None,
    ) -> pd.DataFrame:
        """Return random walks from an item, a row a step: walk, step (both from 1), id, title.

        Drawn by Cypher, each time anew; of second order where p or q is not 1 (node2vec, Grover
        and Leskovec 2016).
        """
        if length < 1 or n_walks < 1 or p <= 0 or q <= 0:
            raise ExplorationError("A walk has a length of 1 or more, and p and q above 0.")
        order = "first_order" if p == 1 and q == 1 else "second_order"
        values: dict[str, Any] = {"start_ids": [self._id(item)] * n_walks, "length": length}
        if order == "second_order":
            values |= {"p": float(p), "q": float(q)}
        walks = self.frame(find_query(f"walk/{order}_{self.relation(relation)}").text, **values)
        titles = self._titles({each for walk in walks["item_ids"] for each in walk})
        rows = [
            (number + 1, step, item_id, titles[item_id])
            for number, item_ids in zip(walks["number"], walks["item_ids"], strict=True)
            for step, item_id in enumerate(item_ids, 1)
        ]
        return pd.DataFrame(rows, columns=WALK_COLUMNS)

    def why(
        self, item: str | Item, other: str | Item, relation: RelationName | None = None
    ) -> pd.DataFrame:
        """Return why two items are close: the shortest ways between them, the strongest first.

        Columns: titles along the way, weights of its relationships, and the number of sessions
        (or users, where interactions have no session) that hold both items.
        """
        pair = {"item_id": self._id(item), "other_id": self._id(other)}
        ways = self.ready(f"why_two_items_{self.relation(relation)}", **pair)
        shared = self.frame(find_query("explore/count_shared").text, **pair)["n_shared"]
        return ways.drop(columns="way").assign(n_shared=int(shared.iloc[0]))

    def _id(self, item: str | Item) -> str:
        item_id = str(item.id if isinstance(item, Item) else item)
        if self.graph.evaluate(find_query("serve/find_item").text, {"item_id": item_id}) is None:
            raise ExplorationError(
                f"There is no item with the id '{item_id[:80]}'. Look for it with find(\"words\")."
            )
        return item_id

    def _titles(self, item_ids: set[str]) -> dict[str, str | None]:
        rows = self.frame(find_query("items/titles").text, item_ids=sorted(item_ids))
        return dict(zip(rows["item_id"], rows["title"], strict=True))


@contextmanager
def open_exploration(settings: Neo4jSettings) -> Iterator[Exploration]:
    """Give the graph of a database, to be explored."""
    with open_graph(settings) as graph:
        yield Exploration(graph)
