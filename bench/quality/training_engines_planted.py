"""Our training engine beside gensim's: CPU seconds and precision, in turn, on a planted graph.

The graph is weighted, of uneven popularity; a share of its relationships is inside communities of
20 items, the others fall anywhere. Both engines get the same walks, one thread, 128 dimensions,
window 5, 5 negatives, one epoch. An item's precision is the share of its ten nearest by cosine
that are of its own community, over 2,000 items. Each repeat has its own seed of training.

    python -m bench.quality.training_engines_planted --items 10000 --edges 200000 --walks 10
"""

from __future__ import annotations

import json
import time
from statistics import mean, median

import click
import numpy as np

from recommender.embeddings import Embeddings
from recommender.graph import ItemGraph, build_item_graph
from recommender.train import ENGINES, Engine, TrainSettings, train_embeddings
from recommender.walks import WalkCorpus, WalkSettings, make_walks

SIZE = 20  # items of a community
K = 10
N_JUDGED = 2000


@click.command(help=__doc__.partition("\n")[0])
@click.option("--items", "n_items", default=10_000, show_default=True)
@click.option("--edges", "n_edges", default=200_000, show_default=True)
@click.option("--inside", default=0.3, show_default=True, help="Share inside a community.")
@click.option("--walks", "n_walks", default=10, show_default=True, help="From each item.")
@click.option("--length", default=80, show_default=True, help="Items in a walk.")
@click.option("--learning-rate", default=0.025, show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option("--graph-seed", default=1, show_default=True)
def main(
    n_items: int,
    n_edges: int,
    inside: float,
    n_walks: int,
    length: int,
    learning_rate: float,
    repeats: int,
    graph_seed: int,
) -> None:
    """Print one JSON object."""
    graph = planted_graph(n_items, n_edges, inside, graph_seed)
    corpus = make_walks(graph, WalkSettings(n_walks=n_walks, length=length, seed=graph_seed))
    settings = TrainSettings(dimension=128, window=5, epochs=1, learning_rate=learning_rate)
    for engine in ENGINES:  # compile and import before the clock runs
        _run(WalkCorpus(corpus.item_ids, corpus.walks[:10]), settings, engine, 1)
    seconds: dict[Engine, list[float]] = {engine: [] for engine in ENGINES}
    precisions: dict[Engine, list[float]] = {engine: [] for engine in ENGINES}
    for seed in range(1, repeats + 1):
        for engine in ENGINES:
            took, embeddings = _run(corpus, settings, engine, seed)
            seconds[engine].append(took)
            precisions[engine].append(precision(embeddings))
            click.echo(f"{engine} {took:.2f} s {precisions[engine][-1]:.4f}", err=True)
    ours, theirs = (median(seconds[engine]) for engine in ENGINES)
    n_tokens = int((corpus.walks >= 0).sum())
    print(json.dumps({
        "items": n_items, "edges": n_edges, "inside": inside, "tokens": n_tokens,
        "cpu_seconds": {name: [round(s, 2) for s in each] for name, each in seconds.items()},
        "tokens_a_second": {"footpath": round(n_tokens / ours), "gensim": round(n_tokens / theirs)},
        "ratio": round(theirs / ours, 2),
        "precision@10": {name: [round(p, 4) for p in each] for name, each in precisions.items()},
        "difference": round(mean(precisions["footpath"]) - mean(precisions["gensim"]), 4),
    }))  # fmt: skip


def planted_graph(n_items: int, n_edges: int, inside: float, seed: int) -> ItemGraph:
    """Return the graph; weights and popularity are log-normal."""
    random = np.random.default_rng(seed)
    popularity = random.lognormal(0, 1, n_items)
    shares = popularity / popularity.sum()
    sources = random.choice(n_items, n_edges, p=shares)
    own = sources // SIZE * SIZE + random.integers(0, SIZE, n_edges)
    others = random.choice(n_items, n_edges, p=shares)
    targets = np.where(random.random(n_edges) < inside, own, others)
    return build_item_graph(
        [f"i{row}" for row in range(n_items)],
        sources.astype(np.int32),
        targets.astype(np.int32),
        random.lognormal(0, 1, n_edges).astype(np.float32),
        support=np.ones(n_items, np.int64),
        is_directed=False,
    )


def precision(embeddings: Embeddings) -> float:
    """Return precision@10 over some of the items that have a vector."""
    vectors = embeddings.in_vectors
    communities = np.array([int(item_id[1:]) // SIZE for item_id in embeddings.item_ids])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    judged = np.random.default_rng(0).choice(len(unit), min(N_JUDGED, len(unit)), replace=False)
    cosines = unit[judged] @ unit.T
    cosines[np.arange(len(judged)), judged] = -2
    nearest = np.argpartition(-cosines, K, axis=1)[:, :K]
    return float((communities[nearest] == communities[judged][:, None]).mean())


def _run(
    corpus: WalkCorpus, settings: TrainSettings, engine: Engine, seed: int
) -> tuple[float, Embeddings]:
    chosen = TrainSettings(**{**vars(settings), "engine": engine, "seed": seed})
    begun = time.process_time()
    embeddings = train_embeddings(corpus, chosen)
    return time.process_time() - begun, embeddings


if __name__ == "__main__":
    main()
