"""``footpath train``: embeddings from a file of walks, into a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.memory_option import max_memory_option, tell_and_check
from recommender.embedding_files import save_embeddings
from recommender.memory import estimate_training
from recommender.train import ENGINES, NEGATIVES_PER, TrainSettings, train_embeddings
from recommender.walks import load_walks

DEFAULTS = TrainSettings()


_OPTIONS = (
    click.option(
        "--dimension",
        type=int,
        default=DEFAULTS.dimension,
        show_default=True,
        help="Coordinates of a vector.",
    ),
    click.option(
        "--epochs",
        type=int,
        default=DEFAULTS.epochs,
        show_default=True,
        help="Passes over the walks.",
    ),
    click.option(
        "--learning-rate",
        type=float,
        default=DEFAULTS.learning_rate,
        show_default=True,
        help="First learning rate; it falls linearly.",
    ),
    click.option(
        "--min-learning-rate",
        type=float,
        default=DEFAULTS.min_learning_rate,
        show_default=True,
        help="Last learning rate.",
    ),
    click.option(
        "--negatives",
        "n_negatives",
        type=int,
        default=DEFAULTS.n_negatives,
        show_default=True,
        help="Negative samples for each pair.",
    ),
    click.option(
        "--negative-exponent",
        type=float,
        default=DEFAULTS.negative_exponent,
        show_default=True,
        help="Negative samples are drawn by count to this power.",
    ),
    click.option(
        "--sample",
        type=float,
        default=DEFAULTS.sample,
        show_default=True,
        help="Thin out items with a greater share of the tokens; 0: none.",
    ),
    click.option(
        "--workers",
        "n_workers",
        type=int,
        default=DEFAULTS.n_workers,
        show_default=True,
        help="Training threads; above 1 no two runs are alike.",
    ),
    click.option(
        "--negatives-per",
        type=click.Choice(NEGATIVES_PER),
        default=DEFAULTS.negatives_per,
        show_default=True,
        help="Draw negatives once for a centre's context, or for each pair: slower, as word2vec.",
    ),
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        default=DEFAULTS.engine,
        show_default=True,
        help="What trains: our own kernels, or gensim, the reference.",
    ),
)


def train_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of training, but for the window and the seed, to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(name="train")
@click.option(
    "--walks",
    "walks_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="walks.npy",
    show_default=True,
    help="What `footpath walk` wrote.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="model.npz",
    show_default=True,
    help="In- and out-vectors, ids, counts and settings.",
)
@train_options
@click.option(
    "--window",
    type=int,
    default=DEFAULTS.window,
    show_default=True,
    help="Items either side of the centre.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    show_default=True,
    help="With one worker, the same seed gives the same vectors.",
)
@max_memory_option
@json_option
def command(
    walks_file: Path, out: Path, max_memory: int | None, as_json: bool, **settings: Any
) -> None:  # fmt: skip
    r"""Train embeddings on walks (skip-gram with negative sampling).

    \b
    Examples:
      footpath train --walks walks.npy --out model.npz
      footpath train --dimension 128 --window 5 --epochs 10 --workers 2
    """
    chosen = TrainSettings(**settings)
    corpus = load_walks(walks_file)
    tell_and_check(estimate_training(len(corpus.item_ids), chosen), max_memory)
    begun = time.perf_counter()
    with progress_bar("Training", "tokens") as report:
        embeddings = train_embeddings(corpus, chosen, progress=report)
    seconds = time.perf_counter() - begun
    save_embeddings(embeddings, out)
    if as_json:
        print_json({
            "n_items": len(embeddings.item_ids),
            "dimension": embeddings.dimension,
            "n_tokens": int(embeddings.counts.sum()),
            "seconds": round(seconds, 3),
            "file": str(out),
        })  # fmt: skip
    else:
        stdout.print(
            f"{len(embeddings.item_ids):,} vectors of {embeddings.dimension} in {seconds:.1f} s "
            f"-> {out}",
            markup=False,
        )
