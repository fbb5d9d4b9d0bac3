"""``footpath recommend-all``: a list for every user of a file, into a file."""

from __future__ import annotations

import time
from pathlib import Path

import click

from recommender.choose import choose_settings
from recommender.cli.config_option import config_option, refuse_beside
from recommender.cli.console import json_option, print_json, progress_bar, stderr, stdout
from recommender.cli.history_file_options import HISTORY_FILE, NEW_FILE, history_format_option
from recommender.config_files import load_choice
from recommender.evaluate.split import MAX_DIMENSION, Task, natural_protocol
from recommender.fitted import fit_scores
from recommender.history_files import HistoryFormat, read_histories, write_lists
from recommender.score import top_items
from recommender.serve import METHODS, Method

CONFIG_NAMES = ("train", "file_format", "k", "out", "method", "config", "include_seen", "as_json")


@click.command("recommend-all")
@click.option(
    "--train", type=HISTORY_FILE, required=True, help="Who had what; .xz, .gz and .bz2 too."
)
@history_format_option
@click.option("--k", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--out", type=NEW_FILE, required=True, help="The lists.")
@click.option("--method", type=click.Choice(METHODS), default="hybrid", show_default=True)
@click.option(
    "--dimension",
    type=click.IntRange(1, 4096),
    default=MAX_DIMENSION,
    show_default=True,
    help="Most coordinates of a vector.",
)
@config_option("Settings of footpath tune, taken as they are: none are chosen.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True)
@click.option("--include-seen", is_flag=True, help="Also recommend what the user has had.")
@json_option
def command(
    train: Path,
    file_format: HistoryFormat,
    k: int,
    out: Path,
    method: Method,
    dimension: int,
    config: Path | None,
    seed: int,
    include_seen: bool,
    as_json: bool,
) -> None:
    r"""Write the best items of every user in a file, `user item item ...`, best first.

    The file is related, decomposed and scored as it is, in memory; no database is touched. All
    settings are chosen on a tenth of the file, hidden while choosing, and then fitted to all of it;
    or taken from --config.

    \b
    Examples:
      footpath recommend-all --train train.txt --format lightgcn --k 20 --out lists.txt
      footpath recommend-all --train visits.txt.xz --format pairs --k 10 --out lists.txt
      footpath recommend-all --train train.txt --config tuned.toml --out lists.txt
    """
    if config is not None:
        refuse_beside("--config", CONFIG_NAMES)
    begun = time.perf_counter()
    histories = read_histories(train, file_format)
    if config is not None:
        choice = load_choice(config)
    else:
        task = Task(natural_protocol(histories), k, seed, max_dimension=dimension)
        with progress_bar("Choosing", "trials", is_kept=False) as progress:
            choice = choose_settings(
                histories,
                task,
                say=lambda line: stderr.print(line, markup=False),
                progress=progress,
            )
    fitted = fit_scores(histories, choice)
    scorer = getattr(fitted, method)
    with progress_bar("Recommending", "users") as progress:
        top = top_items(scorer, histories, k, exclude_seen=not include_seen, progress=progress)
    write_lists(out, histories, top)
    seconds = time.perf_counter() - begun
    if as_json:
        print_json({
            "file": str(out),
            "n_users": histories.n_users,
            "k": k,
            "method": method,
            "seconds": round(seconds, 3),
            "choice": choice.to_json(),
        })  # fmt: skip
    else:
        stdout.print(
            f"{histories.n_users:,} lists of {k} in {seconds:.0f} s -> {out}", markup=False
        )
