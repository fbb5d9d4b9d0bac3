"""Memory of walks and training beside what was estimated, on a star with other relationships.

Each item hangs on a hub, and other relationships join items at random; weights are log-normal. The
graph is made from a seed, walked and trained on in a process of its own, whose greatest resident
memory is read from the system. With `--max-memory` the run has to stay under that bound.

    python -m bench.memory --max-memory 4G
    python -m bench.memory --items 1000000 --relationships 20000000 --p 0.5 --q 2 --json
"""

from __future__ import annotations

import json
import resource
import sys
import time

import click
import numpy as np

from recommender.graph import ItemGraph, build_item_graph
from recommender.memory import (
    MemoryEstimate,
    estimate_fitting,
    estimate_reading,
    parse_size,
    readable_size,
)
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, walks_to_train_on
from recommender.walks.walker import table_bytes

MEGABYTE = 2**20


def star_graph(n_items: int, n_relationships: int, seed: int) -> ItemGraph:
    """Return a hub joined to all other items, and items joined at random beside it."""
    random = np.random.Generator(np.random.PCG64(seed))
    n_others = n_relationships - (n_items - 1)
    leaves = np.arange(1, n_items, dtype=np.int32)
    ends = random.integers(1, n_items, (2, n_others), dtype=np.int32)
    weights = np.exp(random.standard_normal(n_relationships, dtype=np.float32))
    return build_item_graph(
        [f"item {row}" for row in range(n_items)],
        np.concatenate([np.zeros_like(leaves), ends[0]]),
        np.concatenate([leaves, ends[1]]),
        weights,
        support=np.ones(n_items, dtype=np.int64),
        is_directed=False,
    )


def _greatest() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _figures(
    graph: ItemGraph, walk: WalkSettings, train: TrainSettings, estimate: MemoryEstimate
) -> dict[str, float]:
    arrays = graph.offsets, graph.neighbours, graph.weights, graph.support
    tables = table_bytes(graph.n_items, graph.n_edges, is_first_order=walk.is_first_order)
    after_reading = _greatest()
    begun = time.process_time()
    walks = walks_to_train_on(graph, walk)
    walked = time.process_time()
    train_embeddings(walks, train)
    trained = time.process_time()
    greatest, graph_bytes = _greatest(), sum(array.nbytes for array in arrays)
    return {
        "items": graph.n_items,
        "relationships": graph.n_edges // 2,
        "graph_mb": graph_bytes / MEGABYTE,
        "tables_mb": tables / MEGABYTE,
        "peak_of_reading_mb": after_reading / MEGABYTE,
        "estimated_mb": estimate.n_bytes / MEGABYTE,
        "peak_mb": greatest / MEGABYTE,
        "estimated_over_peak": estimate.n_bytes / greatest,
        "peak_beside_graph_and_tables_mb": (greatest - graph_bytes - tables) / MEGABYTE,
        "walk_cpu_s": walked - begun,
        "train_cpu_s": trained - walked,
    }


@click.command()
@click.option("--items", type=click.IntRange(2), default=1_000_001, show_default=True)
@click.option("--relationships", type=click.IntRange(1), default=10_000_000, show_default=True)
@click.option("--walks", type=click.IntRange(1), default=2, show_default=True)
@click.option("--length", type=click.IntRange(2), default=40, show_default=True)
@click.option("--p", type=float, default=1.0, show_default=True)
@click.option("--q", type=float, default=1.0, show_default=True)
@click.option("--dimension", type=click.IntRange(1), default=64, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--max-memory", default=None, help="Such as 4G; over it the run fails.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(
    items: int,
    relationships: int,
    walks: int,
    length: int,
    p: float,
    q: float,
    dimension: int,
    seed: int,
    max_memory: str | None,
    as_json: bool,
) -> None:
    """Walk a star and train on it, and print the memory that took beside the estimate."""
    bound = None if max_memory is None else parse_size(max_memory)
    estimate_reading(items, relationships).check(bound)
    graph = star_graph(items, relationships, seed)
    walk = WalkSettings(n_walks=walks, length=length, p=p, q=q)
    train = TrainSettings(dimension=dimension, epochs=1)
    estimate = estimate_fitting(graph, walk, train)
    click.echo(f"Estimated: {estimate}", err=True)
    estimate.check(bound)
    figures = _figures(graph, walk, train, estimate)
    if as_json:
        click.echo(json.dumps(figures, indent=2))
    else:
        click.echo("\n".join(f"{name:<34}{value:>14,.2f}" for name, value in figures.items()))
    if bound is not None and figures["peak_mb"] * MEGABYTE > bound:
        raise click.ClickException(f"It took more than {readable_size(bound)}.")


if __name__ == "__main__":
    main()
