"""The whole way by Footpath: an edge list file to a file of vectors, as a process of its own."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from bench.speed.peers.worker import arguments
from recommender.graph import build_item_graph
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, make_walks

asked = arguments()
names = ["first", "second", "weight"]
table = csv.read_csv(
    asked["edges"],
    read_options=csv.ReadOptions(column_names=names, use_threads=False),
    parse_options=csv.ParseOptions(delimiter="\t"),
    convert_options=csv.ConvertOptions(
        column_types={"first": pa.string(), "second": pa.string(), "weight": pa.float32()}
    ),
)
ends = pa.chunked_array([*table["first"].chunks, *table["second"].chunks]).dictionary_encode()
ends = ends.combine_chunks()
rows = ends.indices.to_numpy()
item_ids = ends.dictionary.to_pylist()
graph = build_item_graph(
    item_ids,
    rows[: len(table)],
    rows[len(table) :],
    table["weight"].to_numpy(),
    support=np.ones(len(item_ids), dtype=np.int64),
    is_directed=False,
)
del table, ends, rows
n_walks, length = asked["n_walks"], asked["length"]
walks = make_walks(graph, WalkSettings(n_walks=n_walks, length=length), n_threads=1)
known = {part.name for part in fields(TrainSettings)}
settings = {key: value for key, value in asked.items() if key in known}
trained = train_embeddings(walks, TrainSettings(**settings, epochs=1))
out = Path(asked["out"])
np.save(out, trained.in_vectors)
out.with_suffix(".txt").write_text("\n".join(trained.item_ids), "utf-8")
sys.stdout.write("done\n")
