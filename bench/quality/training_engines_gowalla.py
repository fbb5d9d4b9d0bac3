"""Our training engine beside gensim's on LightGCN's gowalla split: same walks, same read-out.

Walks over users and items, 20 items each, starts by frequency; word2vec with 128 dimensions,
window 2, one epoch, learning rate 0.1: what ``footpath evaluate`` takes, with fewer walks unless
asked. The read-out is one for both: what a validation part chose for our engine, of four item
powers. Prints Recall@20 and NDCG@20 as JSON.

    python -m bench.quality.training_engines_gowalla train.txt test.txt --walks 12
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from recommender.evaluate.method import Method
from recommender.evaluate.report import to_json
from recommender.evaluate.run import evaluate
from recommender.evaluate.split import Task
from recommender.fitted import vector_scorer
from recommender.histories import Histories
from recommender.history_files import read_split
from recommender.score import ReadOut, Scorer
from recommender.train import Engine, NegativesPer, TrainSettings, train_embeddings
from recommender.walks import WalkSettings
from recommender.walks.bipartite import make_item_walks

READ_OUT = ReadOut(-0.5, 0.3)


@click.command(help=__doc__.partition("\n")[0])
@click.argument("train", type=click.Path(path_type=Path, exists=True))
@click.argument("test", type=click.Path(path_type=Path, exists=True))
@click.option("--walks", "n_walks", default=12, show_default=True, help="From each item.")
@click.option("--seed", default=1, show_default=True)
def main(train: Path, test: Path, n_walks: int, seed: int) -> None:
    """Print the tables of evaluation."""
    split = read_split(train, test, "lightgcn")
    walk = WalkSettings(n_walks=n_walks, length=20, starts="frequency", seed=seed)
    walks = make_item_walks(split.train, walk)

    def method(engine: Engine, negatives_per: NegativesPer) -> Method:
        settings = TrainSettings(
            dimension=128,
            window=2,
            epochs=1,
            learning_rate=0.1,
            seed=seed,
            engine=engine,
            negatives_per=negatives_per,
        )
        name = f"{engine}, negatives per {negatives_per}"

        def fit(histories: Histories, task: Task) -> Scorer:
            begun = time.process_time()
            embeddings = train_embeddings(walks, settings)
            click.echo(f"{name}: {time.process_time() - begun:.1f} CPU s", err=True)
            return vector_scorer(histories, embeddings, READ_OUT)

        return Method(name, fit)

    evaluation = evaluate(
        split,
        [method("footpath", "context"), method("footpath", "pair"), method("gensim", "pair")],
        ks=(20,),
        task=Task(split.protocol, 20, seed),
        n_resamples=1000,
        say=lambda line: click.echo(line, err=True),
    )
    print(json.dumps(to_json(evaluation)))


if __name__ == "__main__":
    main()
