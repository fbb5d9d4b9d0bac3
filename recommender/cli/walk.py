"""``footpath walk``: random walks over the item graph, into a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.database import open_for_command
from recommender.cli.memory_option import check_reading, max_memory_option, tell_and_check
from recommender.graph import Int64Array, Relation, read_item_graph
from recommender.memory import estimate_walking
from recommender.walks import WalkSettings, save_walks, walk_blocks

DEFAULTS = WalkSettings()
_RELATIONS: dict[str, Relation | None] = {"auto": None, "NEXT": "NEXT", "TOGETHER": "TOGETHER"}


_OPTIONS = (
    click.option(
        "--walks",
        "n_walks",
        type=int,
        default=DEFAULTS.n_walks,
        show_default=True,
        help="Walks per item that has a neighbour.",
    ),
    click.option(
        "--length",
        type=int,
        default=DEFAULTS.length,
        show_default=True,
        help="Items in a walk; a dead end shortens it.",
    ),
    click.option(
        "--p",
        type=float,
        default=DEFAULTS.p,
        show_default=True,
        help="Return parameter: above 1, seldom straight back.",
    ),
    click.option(
        "--q",
        type=float,
        default=DEFAULTS.q,
        show_default=True,
        help="In-out parameter: above 1, stay near; below 1, go out.",
    ),
    click.option(
        "--starts",
        type=click.Choice(["uniform", "frequency"]),
        default=DEFAULTS.starts,
        show_default=True,
        help="From each item alike, or by its number of sessions.",
    ),
)


def walk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of walking, but for the seed and the threads, to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(name="walk")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="walks.npy",
    show_default=True,
    help="The matrix; ids and settings go to FILE.json beside it.",
)
@click.option(
    "--relation",
    type=click.Choice(list(_RELATIONS)),
    default="auto",
    show_default=True,
    help="What to walk; auto: what `footpath relate` made last.",
)
@walk_options
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    show_default=True,
    help="The same seed gives the same walks, whatever the threads.",
)
@click.option("--threads", type=int, default=None, help="By default one a processor.")
@max_memory_option
@json_option
def command(
    out: Path,
    relation: str,
    threads: int | None,
    max_memory: int | None,
    as_json: bool,
    **settings: Any,
) -> None:
    r"""Make random walks over the item graph.

    A step goes to a neighbour in proportion to the weight of the relationship. With --p or --q
    other than 1 it also depends on the item before (node2vec).

    \b
    Examples:
      footpath walk --out walks.npy --seed 1
      footpath walk --walks 10 --length 80 --p 4 --q 0.5 --threads 2
    """
    chosen = WalkSettings(**settings)
    with open_for_command() as database, progress_bar("Reading", "relationships") as report:
        check_reading(database, _RELATIONS[relation], max_memory)
        graph = read_item_graph(database, _RELATIONS[relation], report)
    tell_and_check(estimate_walking(graph, chosen, threads), max_memory)
    begun = time.perf_counter()
    with progress_bar("Walking", "walks") as report:
        walks = walk_blocks(graph, chosen, n_threads=threads, progress=report)
        visits = save_walks(walks, out)
    summary = {**_summary(walks.n_walks, visits, time.perf_counter() - begun), "file": str(out)}
    if as_json:
        print_json(summary)
    else:
        stdout.print(
            f"{summary['n_walks']:,} walks of {summary['mean_length']:.1f} items on average, "
            f"{summary['steps_per_s']:,} steps/s -> {out}",
            markup=False,
        )


def _summary(n_walks: int, visits: Int64Array, seconds: float) -> dict[str, float]:
    n_tokens = int(visits.sum())
    return {
        "n_walks": n_walks,
        "n_items": int(np.count_nonzero(visits)),
        "n_tokens": n_tokens,
        "mean_length": n_tokens / n_walks,
        "seconds": round(seconds, 3),
        "steps_per_s": round((n_tokens - n_walks) / max(seconds, 1e-9)),
    }
