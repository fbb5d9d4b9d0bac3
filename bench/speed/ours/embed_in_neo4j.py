"""From Neo4j to a published version by Footpath: project, walk, train, publish."""

from __future__ import annotations

import os
from dataclasses import fields

from bench.speed.peers.worker import arguments
from graphdb import open_database
from recommender.graph import read_item_graph
from recommender.publish import publish_embeddings
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, make_walks

asked = arguments()
known = {part.name for part in fields(TrainSettings)}
settings = {key: value for key, value in asked.items() if key in known}
with open_database(os.environ) as database:
    graph = read_item_graph(database, "TOGETHER")
    walk_settings = WalkSettings(n_walks=asked["n_walks"], length=asked["length"])
    walks = make_walks(graph, walk_settings, n_threads=1)
    trained = train_embeddings(walks, TrainSettings(**settings, epochs=1))
    publish_embeddings(database, trained, keep=1)
