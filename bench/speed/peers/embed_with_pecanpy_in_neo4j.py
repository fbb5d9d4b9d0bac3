"""From Neo4j to indexed vectors the usual way: rows, PecanPy, gensim, a statement an item."""

from __future__ import annotations

import os

import neo4j
from cypher import statement
from gensim.models import Word2Vec
from pecanpy import pecanpy
from pecanpy.graph import AdjlstGraph
from worker import arguments

ITEMS_A_TRANSACTION = 1000

asked = arguments()
sign_in = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
driver = neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=sign_in)
lists = AdjlstGraph()
with driver.session() as session:
    for first, second, weight in session.run(statement("read_rows")):
        lists.add_edge(first, second, weight, directed=False)
graph = pecanpy.PreCompFirstOrder.from_adjlst_graph(lists, p=1, q=1, workers=1, random_state=1)
walks = graph.simulate_walks(num_walks=asked["n_walks"], walk_length=asked["length"] - 1)
model = Word2Vec(
    walks,
    vector_size=asked["dimension"],
    window=asked["window"],
    negative=asked["n_negatives"],
    alpha=asked["learning_rate"],
    sample=0.0,
    sg=1,
    min_count=0,
    workers=1,
    epochs=1,
    seed=1,
)


def set_vectors(transaction, item_ids):
    """Set the vector of each item by a statement of its own."""
    text = statement("set_vector")
    for item_id in item_ids:
        transaction.run(text, id=item_id, vector=model.wv[item_id].tolist())


with driver.session() as session:
    for at in range(0, len(graph.nodes), ITEMS_A_TRANSACTION):
        item_ids = graph.nodes[at : at + ITEMS_A_TRANSACTION]
        session.execute_write(set_vectors, item_ids)
    session.run(statement("create_index")).consume()
    session.run(statement("await_index")).consume()
driver.close()
