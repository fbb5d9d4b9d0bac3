r"""Walks: nanoseconds a step, first order and node2vec (p = 0.5, q = 2), weights followed.

Compared are the walkers themselves: what a library needs before the first step (set-up: tables;
compiling: numba at each start of a process) is beside, and so is what it needs afterwards where it
turns the walks into text. The last row of each size is the machine's limit: reads from memory at
random, 16 chains of them at once, over as much memory as our tables have.

\b
python -m bench walks                        10k, 100k and 1m items; needs 12 GiB
python -m bench walks --size 10k --runs 3
python -m bench walks --size 1m --peers pecanpy
"""

from __future__ import annotations

from statistics import median

import click

from bench.speed.graphs import MAKERS, SIZES, graph_file
from bench.speed.tables import Options, Table, ratio, significant
from bench.speed.workers import Measured, Side, interleave

LENGTH = 80
STEPS = 8_000_000
BYTES_AN_EDGE = 12  # one alias record

OURS, LIMIT = "Footpath", "16 chains of random reads"
KINDS = {"first order": (1.0, 1.0), "node2vec": (0.5, 2.0)}
NO_WEIGHTS = "ignores weights"


def sides(kind: str) -> list[Side]:
    """Return who walks; ``most_steps`` keeps the slow from taking all of the time."""
    fast, slow = {"most_steps": 2_000_000}, {"most_steps": 200_000}
    pecanpy = "PreCompFirstOrder" if kind == "first order" else "SparseOTF"
    is_second = kind == "node2vec"
    return [
        Side(OURS, "ours/walk.py"),
        Side(
            f"PecanPy {pecanpy}",
            "peers/walk_with_pecanpy.py",
            "pecanpy",
            {"mode": pecanpy, **(slow if is_second else fast)},
        ),
        Side("fastnode2vec", "peers/walk_with_fastnode2vec.py", "fastnode2vec", fast),
        Side(
            "torch_cluster", "peers/walk_with_torch_cluster.py", "torch_cluster", fast, NO_WEIGHTS
        ),
        Side(
            "csrgraph",
            "peers/walk_with_csrgraph.py",
            "nodevectors",
            {"most_steps": 20_000} if is_second else fast,
        ),
        Side("GRAPE", "peers/walk_with_grape.py", "grape", slow if is_second else fast),
        Side(LIMIT, "ours/read_at_random.py", None, {"bytes_an_edge": BYTES_AN_EDGE}),
    ]


@click.option("--graph", "shape", type=click.Choice(sorted(MAKERS)), default="planted")
@click.option("--kind", type=click.Choice([*KINDS, "both"]), default="both", show_default=True)
def measure(options: Options, shape: str, kind: str) -> Table:
    """Return the table of walks."""
    table = Table("Walks: ns a step on one thread, CPU time")
    for size in options.sizes or ("10k", "100k", "1m"):
        path = graph_file(options.cache, size, options.seed, shape)
        for name in KINDS if kind == "both" else (kind,):
            table.part = f"{size}, {name}"
            options.say(table.part)
            p, q = KINDS[name]
            asked = {"graph": str(path), "length": LENGTH, "steps": STEPS, "p": p, "q": q}
            _add(table, size, name, interleave(sides(name), asked, options, table))
    table.notes += [
        f"Walks of {LENGTH} items from all items (peers: from random ones), {shape} graph, "
        f"seed {options.seed}, median of {options.runs} runs in turn; each relationship is walked "
        "both ways. Peak memory is of the whole process and holds the graph twice where a library "
        "wants other types.",
        "Text: mapping walks to lists of ids, which PecanPy's `simulate_walks` does for each step "
        "on top of the time shown.",
        "Compiling: numba's, at each start of a process; Footpath's is kept on disk after the "
        "first.",
    ]
    return table


def _add(table: Table, size: str, kind: str, measured: dict[str, Measured]) -> None:
    items, relationships = SIZES[size]
    for name, result in measured.items():
        row = {
            "items": items,
            "relationships": relationships,
            "kind": kind,
            "walker": name + (f" ({result.side.note})" if result.side.note else ""),
            "ns a step": significant(median(_ns(result))),
            "set-up s": significant(result.ready["setup_s"]),
            "compile s": significant(result.ready["compile_s"]),
            "peak MiB": round(max(result.all_of("peak_mib"))),
        }
        if result.runs and "text_ns" in result.runs[0]:
            row["text ns a step"] = significant(median(result.all_of("text_ns")))
        table.rows.append(row)
    if OURS not in measured:
        return
    ours = _ns(measured[OURS])
    for name, result in measured.items():
        if name == LIMIT:
            table.ratios[f"{kind} {size}: {OURS} / {name}"] = ratio(ours, _ns(result))
        elif name != OURS:
            table.ratios[f"{kind} {size}: {name} / {OURS}"] = ratio(_ns(result), ours)


def _ns(result: Measured) -> list[float]:
    return [1e9 * run["cpu_s"] / run["steps"] for run in result.runs]
