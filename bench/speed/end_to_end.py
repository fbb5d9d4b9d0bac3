r"""The whole way: an edge list file to a file of vectors, everything that a process does.

Start of Python, imports, compiling, reading, walks (first order, weighted), training (128
dimensions, window 5, 5 negatives, one pass), writing. One thread, 10 walks of 80 items from
each item. precision@10 of the vectors (see `train`) stands beside: nobody wins by doing less.

With --neo4j the graph is in a Neo4j of bench's own and the vectors end up there, indexed; by
default 100k items with 2M relationships, 10 walks of 40, which takes long.

\b
python -m bench end-to-end --neo4j --size 10k --runs 1
python -m bench end-to-end                   10k items, 200k relationships
python -m bench end-to-end --size 1k --runs 1
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
import pandas as pd

from bench.speed.from_neo4j import measure_from_neo4j
from bench.speed.graphs import SIZES, graph_file, read_graph
from bench.speed.processes import interleave_processes
from bench.speed.tables import Options, Table, ratio, significant
from bench.speed.train import SETTINGS, engines, precision_at_10
from bench.speed.workers import Side

N_WALKS, LENGTH = 10, 80
ON_PAGE = (("--runs", "3"), ("--neo4j", "--runs", "1"))
USUAL = "PecanPy + gensim"


def sides() -> list[Side]:
    """Return who makes vectors of an edge list."""
    ours = [
        Side(f"Footpath, {name}", "ours/embed.py", None, {"engine": name}) for name in engines()
    ]
    return [
        *ours,
        Side(USUAL, "peers/embed_with_pecanpy.py", "pecanpy"),
        Side("nodevectors", "peers/embed_with_nodevectors.py", "nodevectors"),
        Side("fastnode2vec", "peers/embed_with_fastnode2vec.py", "fastnode2vec"),
    ]


@click.option("--neo4j", is_flag=True, help="From a graph in Neo4j to vectors in its index.")
def measure(options: Options, neo4j: bool) -> Table:
    """Return the table of the whole way."""
    if neo4j:
        return measure_from_neo4j(options)
    table = Table("Edge list file to vectors: whole processes, one thread")
    for size in options.sizes or ("10k",):
        table.part = size
        options.say(size)
        folder = options.cache / "edges"
        asked = {
            "edges": str(edge_list_file(options.cache, size, options.seed)),
            "n_walks": N_WALKS,
            "length": LENGTH,
            **SETTINGS,
        }
        own = [_with_out(side, folder) for side in sides()]
        measured = interleave_processes(own, asked, options, table)
        communities = read_graph(graph_file(options.cache, size, options.seed)).communities
        for name, result in measured.items():
            vectors = _vectors(Path(result.side.settings["out"]), len(communities))
            table.rows.append(
                {
                    "items": SIZES[size][0],
                    "relationships": SIZES[size][1],
                    "done by": name,
                    "CPU s": significant(median(result.all_of("cpu_s"))),
                    "wall s": significant(median(result.all_of("wall_s"))),
                    "peak MiB": round(max(result.all_of("peak_mib"))),
                    "precision@10": round(precision_at_10(vectors, communities), 3),
                }
            )
        _add_ratios(table, size, measured)
    table.notes.append(
        f"{N_WALKS} walks of {LENGTH} items from each item; median of {options.runs} runs in turn."
    )
    return table


def _add_ratios(table: Table, size: str, measured: dict[str, Any]) -> None:
    for name, ours in measured.items():
        for other, theirs in measured.items():
            if ours.side.peer is None and theirs.side.peer is not None:
                label = f"end to end {size}: {other} / {name}"
                table.ratios[label] = ratio(theirs.all_of("cpu_s"), ours.all_of("cpu_s"))


def _with_out(side: Side, folder: Path) -> Side:
    name = f"vectors-{side.name.replace(' ', '').replace(',', '-')}.npy"
    return Side(side.name, side.script, side.peer, {**side.settings, "out": str(folder / name)})


def _vectors(path: Path, n_items: int) -> Any:
    """Return the vectors of a file by row; the ids are ``item<row>``, in the file beside."""
    item_ids = path.with_suffix(".txt").read_text("utf-8").split("\n")
    rows = np.array([int(item_id.removeprefix("item")) for item_id in item_ids])
    found = np.load(path)
    vectors = np.zeros((n_items, found.shape[1]), dtype=np.float32)
    vectors[rows] = found
    return vectors


def edge_list_file(cache: Path, size: str, seed: int) -> Path:
    """Return a file of `id, id, weight` separated by tabs, made unless it is there."""
    path = cache / "edges" / f"{size}-{seed}.tsv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        first, second, weights = read_graph(graph_file(cache, size, seed)).relationships()
        order = np.random.Generator(np.random.PCG64(seed)).permutation(len(first))
        table = pd.DataFrame({"a": first[order], "b": second[order], "w": weights[order]})
        for column in ("a", "b"):
            table[column] = "item" + table[column].astype(str)
        partial = path.with_suffix(".partial")
        table.to_csv(partial, sep="\t", header=False, index=False)
        partial.replace(path)
    return path
