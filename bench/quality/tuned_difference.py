"""How much better tuned settings are than those of fit --auto, user by user, on a hidden part.

`footpath evaluate` gives both values; this gives the interval of their difference, and how much of
the tuned value `--auto` reaches alone. Splits what is loaded, or one file, or takes two files,
exactly as `footpath evaluate` does.

    python -m bench.quality.tuned_difference --config tuned.toml --split user-time --k 10
    python -m bench.quality.tuned_difference --config tuned.toml --data all.txt --split random
    python -m bench.quality.tuned_difference --config tuned.toml --train a.txt --test b.txt
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from recommender.choose import choose_settings
from recommender.cli.database import open_for_command
from recommender.config_files import load_choice
from recommender.evaluate.bootstrap import interval
from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.split import PROTOCOLS, Protocol, Split, Task, split_histories
from recommender.fitted import Choice, fit_scores
from recommender.graph import Float64Array
from recommender.histories import Histories
from recommender.histories_from_graph import read_graph_histories
from recommender.history_files import HISTORY_FORMATS, HistoryFormat, read_histories, read_split
from recommender.score.scorer import SCORES_AT_ONCE

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(help=__doc__.partition("\n")[0])
@click.option("--config", type=FILE, required=True)
@click.option("--train", type=FILE)
@click.option("--test", type=FILE)
@click.option("--data", type=FILE)
@click.option("--format", "file_format", type=click.Choice(HISTORY_FORMATS), default="lightgcn")
@click.option("--split", "protocol", type=click.Choice(PROTOCOLS), default="last-item")
@click.option("--k", default=20)
@click.option("--seed", default=1)
def main(
    config: Path,
    train: Path | None,
    test: Path | None,
    data: Path | None,
    file_format: HistoryFormat,
    protocol: Protocol,
    k: int,
    seed: int,
) -> None:
    """Print both values and their difference with its 95 % interval."""
    if train is not None and test is not None:
        split = read_split(train, test, file_format)
    else:
        split = split_histories(_histories(data, file_format), protocol, seed=seed)
    tuned = _ndcg(split, load_choice(config), k)
    auto = _ndcg(split, choose_settings(split.train, Task(split.protocol, k, seed)), k)
    low, high = interval(tuned - auto, seed=seed)
    click.echo(
        f"{len(tuned):,} users, NDCG@{k}: tuned {tuned.mean():.4f}, fit --auto {auto.mean():.4f}, "
        f"difference {(tuned - auto).mean():+.4f} ({low:+.4f} to {high:+.4f}); "
        f"--auto reaches {auto.mean() / tuned.mean():.1%}"
    )


def _histories(data: Path | None, file_format: HistoryFormat) -> Histories:
    if data is not None:
        return read_histories(data, file_format)
    with open_for_command() as database:
        return read_graph_histories(database)


def _ndcg(split: Split, choice: Choice, k: int) -> Float64Array:
    """Return the NDCG@k of each user with something in both parts."""
    scorer = fit_scores(split.train, choice).hybrid
    users = split.judged_users()
    had, hidden = split.train.select(users), split.test.select(users)
    values = []
    at_once = max(1, SCORES_AT_ONCE // had.n_items)
    for (_, block), (_, relevant) in zip(had.blocks(at_once), hidden.blocks(at_once), strict=True):
        values.append(ndcg_by_rank(scorer.scores(block), block, relevant, k))
    return np.concatenate(values)


if __name__ == "__main__":
    main()
