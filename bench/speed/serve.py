r"""Serve: the nearest 20 of an item, in memory beside peers, over HTTP beside Neo4j's index.

Vectors are word2vec's on a planted graph, and those of --vectors, so that recall is judged on such
as are served. In memory each side answers one item after the other on one thread; Footpath's
figure is of the whole answer. Over HTTP the real server answers on loopback, beside a route of the
same server that gives back a constant of the same size; Neo4j's vector index answers over Bolt.

\b
python -m bench serve                        1k, 10k and 100k items; HTTP at the largest
python -m bench serve --size 10k --runs 3 --json
python -m bench serve --vectors gowalla.npy --no-http
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

import click
import numpy as np

from bench.speed.graphs import graph_file, read_graph
from bench.speed.ours.graphs import item_graph
from bench.speed.serve_http import measure_http
from bench.speed.tables import Options, Row, Table, ratio, significant
from bench.speed.workers import Measured, Side, interleave
from recommender.embeddings import Embeddings
from recommender.graph import Float32Array
from recommender.serve.nearest import largest
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, make_walks

K, N_QUERIES, DIMENSION = 20, 500, 128
ON_PAGE = (  # the second and third on a quiet machine
    (),
    ("--size", "100k", "--runs", "3", "--peers", ""),
    ("--size", "316k", "--runs", "1", "--peers", ""),
)
LISTS, COMPARED = "Footpath, lists", "Footpath, all compared"


def sides() -> list[Side]:
    """Return who finds the nearest items in memory."""
    faiss = "peers/search_with_faiss.py"
    return [
        Side(LISTS, "ours/search.py", settings={"has_lists": True}),
        Side(COMPARED, "ours/search.py", settings={"has_lists": False}),
        *(
            Side(
                f"hnswlib, ef {ef}", "peers/search_with_hnswlib.py", "hnswlib", settings={"ef": ef}
            )
            for ef in (40, 100)
        ),
        Side("faiss, all compared", faiss, "faiss", settings={"probes": 0}),
        *(
            Side(f"faiss, {n} of its lists", faiss, "faiss", settings={"probes": n})
            for n in (8, 32)
        ),
    ]


@click.option(
    "--vectors",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An .npy file of vectors to search as well, one a row.",
)
@click.option("--http/--no-http", default=True, help="Also measure the server, at the last size.")
def measure(options: Options, file: Path | None, http: bool) -> Table:
    """Return the table of answers."""
    table = Table("Serve: the nearest 20 of an item")
    sizes = options.sizes or ("1k", "10k", "100k")
    for size in sizes:
        table.part = size
        _search(table, options, size, trained(options, size).in_vectors)
    if file is not None:
        table.part = file.stem
        _search(table, options, file.stem, np.load(file))
    if http:
        table.part = f"{sizes[-1]} over HTTP"
        measure_http(table, options, sizes[-1], trained(options, sizes[-1]))
    table.notes.append(
        f"{DIMENSION} dimensions, median of {options.runs} runs of {N_QUERIES} items in turn. "
        "Set-up: making lists or an index, once for each version and kept on disk."
    )
    return table


def trained(options: Options, size: str) -> Embeddings:
    """Return vectors of a planted graph, trained once and kept in the cache."""
    path = options.cache / "vectors" / f"{size}-{options.seed}.npz"
    if not path.exists():
        options.say(f"{size}: training")
        graph = item_graph(read_graph(graph_file(options.cache, size, options.seed)))
        walks = make_walks(graph, WalkSettings(n_walks=8, length=20, seed=options.seed))
        settings = TrainSettings(dimension=DIMENSION, epochs=1, seed=options.seed)
        made = train_embeddings(walks, settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            item_ids=np.array(made.item_ids),
            in_vectors=made.in_vectors,
            out_vectors=made.out_vectors,
        )
        partial.replace(path)
    with np.load(path) as kept:
        item_ids = tuple(kept["item_ids"].tolist())
        counts = np.ones(len(item_ids), np.int64)
        return Embeddings(item_ids, kept["in_vectors"], kept["out_vectors"], counts)


def _search(table: Table, options: Options, size: str, vectors: Float32Array) -> None:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.where(norms > 0, norms, 1)).astype(np.float32)
    folder = options.cache / "vectors"
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "unit.npy", unit)
    np.save(folder / "true.npy", _true_nearest(unit))
    settings = {
        "vectors": str(folder / "unit.npy"),
        "true": str(folder / "true.npy"),
        "k": K,
        "n_queries": min(N_QUERIES, len(unit)),
    }
    options.say(f"{size}: searching")
    measured = interleave(sides(), settings, options, table)
    for name, result in measured.items():
        table.rows.append(_row(size, len(unit), name, result))
    if LISTS in measured:
        ours = measured[LISTS].all_of("cpu_s")
        for name, result in measured.items():
            if name != LISTS:
                table.ratios[f"{size}: {name} / {LISTS}"] = ratio(result.all_of("cpu_s"), ours)
        recall = median(measured[LISTS].all_of("recall"))
        table.ratios[f"{size}: recall@{K} of {LISTS}"] = round(recall, 4)


def _row(size: str, n_items: int, name: str, result: Measured) -> Row:
    return {
        "vectors": size,
        "items": n_items,
        "answered by": name,
        "CPU us": significant(1e6 * median(result.all_of("cpu_s"))),
        f"recall@{K}": round(median(result.all_of("recall")), 4),
        "set-up CPU s": significant(float(result.ready["setup_s"])),
    }


def _true_nearest(unit: Float32Array) -> np.ndarray:
    """Return the rows of the nearest 20 of each row, itself left out, in any order."""
    nearest = np.empty((len(unit), K), np.int32)
    step = max(1, 20_000_000 // len(unit))
    for first in range(0, len(unit), step):
        scores = unit[first : first + step] @ unit.T
        scores[np.arange(len(scores)), first + np.arange(len(scores))] = -2
        nearest[first : first + step] = largest(scores, K)
    return nearest
