r"""Training: thousand tokens a CPU-second on the same walks, one thread.

word2vec, skip-gram: 128 dimensions, window 5, 5 negatives, rate 0.025, one pass. gensim is fed in
its three ways, and Footpath trains with each engine it has. gensim's figure is of training
alone (its pass for the vocabulary is beside), Footpath's of everything from the matrix of walks to
vectors.

With --quality it is also measured whether the vectors are as good: precision@10 is the share of an
item's ten nearest (cosine) that are of its planted community, on three graphs with three seeds.

\b
python -m bench train
python -m bench train --quality --size 10k
python -m bench train --size 10k --runs 3 --json
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import mean, median
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

import recommender.train
from bench.speed.graphs import SIZES, graph_file, read_graph
from bench.speed.ours.graphs import item_graph
from bench.speed.tables import Options, Table, ratio, significant
from bench.speed.workers import Measured, Side, interleave
from recommender.walks import WalkSettings, make_walks

SETTINGS = {"dimension": 128, "window": 5, "n_negatives": 5, "learning_rate": 0.025}
LENGTH = 80
TOKENS = 800_000
# Walks of 80 from each of 10k items; with more, everybody is right (3.2 M: .99).
QUALITY_WALKS = {"0.8 M tokens": 1, "1.6 M tokens": 2}
REFERENCE = "gensim corpus_file"
GRAPHS = 3
ON_PAGE = (("--quality",),)


def engines() -> tuple[str, ...]:
    """Return the engines that Footpath can train with."""
    return tuple(getattr(recommender.train, "ENGINES", ("gensim",)))


def sides() -> list[Side]:
    """Return who trains."""
    ours = [
        Side(f"Footpath, {name}", "ours/train.py", None, {"engine": name}) for name in engines()
    ]
    shared = {"engine": "footpath", "negatives_per": "context"}
    ours.append(Side("Footpath, negatives of a context", "ours/train.py", None, shared))
    sources = ("corpus_file", "list of str", "LineSentence")
    script = "peers/train_with_gensim.py"
    return [*ours, *(Side(f"gensim {s}", script, "gensim", {"source": s}) for s in sources)]


@click.option("--quality", is_flag=True, help="Measure precision@10 too; takes many minutes.")
def measure(options: Options, quality: bool) -> Table:
    """Return the table of training."""
    table = Table("Training: thousand tokens a CPU-second on one thread")
    for size in options.sizes or ("10k", "100k"):
        table.part = size
        options.say(size)
        n_walks = math.ceil(TOKENS / (SIZES[size][0] * LENGTH))
        asked = _asked(options, size, options.seed, n_walks=n_walks, most_tokens=TOKENS)
        _add_speed(table, size, interleave(sides(), asked, options, table))
    if quality:
        for label, n_walks in QUALITY_WALKS.items():
            _add_quality(table, label, _precisions(options, table, n_walks))
    table.notes.append(
        f"{TOKENS:,} tokens in walks of {LENGTH}, median of {options.runs} runs in turn. Peak "
        "memory is of the whole process, with the walks."
    )
    return table


def _asked(
    options: Options, size: str, seed: int, *, n_walks: int, most_tokens: int | None = None
) -> dict[str, Any]:
    """Return what sides are asked for; walks as a matrix and as text are made unless there."""
    folder = options.cache / "walks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{size}-{seed}-{n_walks}x{LENGTH}-{most_tokens or 'all'}.npy"
    text = path.with_suffix(".txt")
    if not text.exists():
        graph = item_graph(read_graph(graph_file(options.cache, size, seed)))
        walks = make_walks(graph, WalkSettings(n_walks=n_walks, length=LENGTH, seed=seed)).walks
        walks = walks[: None if most_tokens is None else most_tokens // LENGTH]
        np.save(path, walks)
        partial = text.with_suffix(".partial")
        np.savetxt(partial, walks, fmt="%d")
        partial.replace(text)
    return {
        "walks": str(path),
        "text": str(text),
        "n_items": SIZES[size][0],
        "vectors": None,
        **SETTINGS,
    }


def _add_speed(table: Table, size: str, measured: dict[str, Measured]) -> None:
    items, relationships = SIZES[size]
    for name, result in measured.items():
        row: dict[str, Any] = {
            "items": items,
            "relationships": relationships,
            "trainer": name,
            "k tokens/CPU-s": significant(median(_rate(result))),
            "set-up s": significant(result.ready["setup_s"]),
            "compile s": significant(result.ready["compile_s"]),
            "peak MiB": round(max(result.all_of("peak_mib"))),
        }
        if "vocabulary_s" in result.runs[0]:
            row["vocabulary s"] = significant(median(result.all_of("vocabulary_s")))
        table.rows.append(row)
    if REFERENCE not in measured:
        return
    reference = measured[REFERENCE].all_of("cpu_s")
    for name, result in measured.items():
        if result.side.peer is None:
            label = f"training {size}: {REFERENCE} / {name}"
            table.ratios[label] = ratio(reference, result.all_of("cpu_s"))


def _rate(result: Measured) -> list[float]:
    return [run["tokens"] / run["cpu_s"] / 1000 for run in result.runs]


def _precisions(options: Options, table: Table, n_walks: int) -> dict[str, list[float]]:
    """Return precision@10 of each side: of each graph, three seeds."""
    once = replace(options, runs=1)
    asked_of = [side for side in sides() if side.peer is None or side.name == REFERENCE]
    precisions: dict[str, list[float]] = {}
    for number in range(GRAPHS):
        graph_seed = options.seed + number
        path = graph_file(options.cache, "10k", graph_seed)
        communities = read_graph(path).communities
        asked = _asked(options, "10k", graph_seed, n_walks=n_walks)
        for seed in range(1, 4):
            options.say(f"quality: graph {number + 1}, seed {seed}")
            for side in asked_of:
                found = _precision(side, asked, communities, replace(once, seed=seed), table)
                if found is not None:
                    precisions.setdefault(side.name, []).append(found)
    return precisions


def _precision(
    side: Side,
    asked: dict[str, Any],
    communities: NDArray[np.int32],
    options: Options,
    table: Table,
) -> float | None:
    with tempfile.TemporaryDirectory() as folder:  # another bench may run at the same time
        vectors = Path(folder) / "vectors.npy"
        done = interleave([side], {**asked, "vectors": str(vectors)}, options, table)
        return precision_at_10(np.load(vectors), communities) if side.name in done else None


def _add_quality(table: Table, label: str, precisions: dict[str, list[float]]) -> None:
    for name, found in precisions.items():
        table.ratios[f"precision@10, {label}: {name}"] = round(mean(found), 4)
        if name != REFERENCE and REFERENCE in precisions:
            differences = [a - b for a, b in zip(found, precisions[REFERENCE], strict=True)]
            name_of = f"precision@10, {label}: {name} - {REFERENCE}"
            table.ratios[name_of] = round(mean(differences), 4)
            table.notes.append(
                f"{name_of}: from {min(differences):+.4f} to {max(differences):+.4f} over "
                f"{len(found)} pairs of graph and seed."
            )


def precision_at_10(vectors: NDArray[np.float32], communities: NDArray[np.int32]) -> float:
    """Return the share of items' ten nearest, by cosine, that are of the item's community.

    Items without a vector (all zero) count, with whatever is nearest.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, 1e-12)
    right = 0
    for at in range(0, len(unit), 1000):
        cosines = unit[at : at + 1000] @ unit.T
        np.put_along_axis(cosines, np.arange(at, at + len(cosines))[:, None], -np.inf, axis=1)
        nearest = np.argpartition(-cosines, 10, axis=1)[:, :10]
        right += int((communities[nearest] == communities[at : at + 1000, None]).sum())
    return right / (10 * len(unit))
