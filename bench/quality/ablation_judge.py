"""How the ablation measures a setting: data, vectors, read-outs, metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np
import pandas as pd

from bench.quality.ablation_settings import Setting
from recommender.columns import ITEM, TIME, USER
from recommender.embeddings import Embeddings
from recommender.evaluate.metrics import PER_USER, hits_of
from recommender.evaluate.split import Split, Task, split_histories
from recommender.evaluate.validation import Validation, validation_part
from recommender.fitted import Made, vector_scorer
from recommender.graph import Float64Array, build_item_graph
from recommender.histories import Histories, build_histories
from recommender.history_files import read_histories, read_split
from recommender.online_retail import read_online_retail
from recommender.score import Link, ReadOut, ScoreSettings, VectorScorer, top_items
from recommender.time_order import time_order
from recommender.train import train_embeddings
from recommender.walks import WalkCorpus, WalkSettings, make_walks
from recommender.walks.bipartite import make_item_walks, user_item_graph

K = 20
METRICS = ("recall", "ndcg")
VALIDATION_USERS = 1_000
DATA = Literal["movielens", "beauty", "online-retail", "gowalla"]

# -- how vectors are read ---------------------------------------------------------------------

# What the settings are compared by; the others are compared on the base setting.
MAIN = "in·out, exponents and decay"
# The same without choosing anew: choosing by a thousand users is not free of chance either.
FIXED = "in·out, exponents and decay of the base"
COSINE = "mean cosine"
SERVED = "exp, item^0.75 (fit's default)"
READ_OUTS = (
    MAIN,
    COSINE,
    "in·out",
    "in·out, exponents",
    "exp",
    "exp, exponents and decay",
    SERVED,
)
HISTORY_POWERS = (0.25, 0.0, -0.25, -0.5, -0.75)
ITEM_POWERS: dict[Link, tuple[float, ...]] = {
    "linear": (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6),
    "exp": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}
DECAYS = (1.0, 0.97, 0.9, 0.8, 0.6)

Chosen = tuple[ReadOut, Link]


def is_chosen(name: str) -> bool:
    """Whether the read-out has something to be chosen on the validation part."""
    return "exponents" in name and name != FIXED


def choose_read_out(name: str, validation: Validation, vectors: Embeddings) -> Chosen:
    """Return a read-out, its exponents the best on the validation part: both powers, then decay."""
    link: Link = "exp" if name.startswith("exp") else "linear"

    def value(read_out: ReadOut) -> float:
        scorer = vector_scorer(validation.train, vectors, read_out, link)
        return float(validation.judge(scorer).mean())

    pairs = product(HISTORY_POWERS, ITEM_POWERS[link])
    best = max((ReadOut(*pair) for pair in pairs), key=value)
    if "decay" in name and validation.train.is_ordered:
        best = max((replace(best, history_decay=decay) for decay in DECAYS), key=value)
    return best, link


def known_read_out(name: str, of_base: ReadOut | None) -> Chosen:
    """Return a read-out that leaves nothing to choose."""
    if name == FIXED and of_base is not None:
        return of_base, "linear"
    if name == SERVED:
        served = ScoreSettings()
        return served.embedding_read_out, served.link
    return ReadOut(), "exp" if name == "exp" else "linear"


def scorer_of(name: str, histories: Histories, vectors: Embeddings, chosen: Chosen) -> VectorScorer:
    """Return the scorer of some vectors; for cosines their lengths are made 1."""
    if name == COSINE:
        norms = np.linalg.norm(vectors.in_vectors, axis=1, keepdims=True)
        unit = vectors.in_vectors / np.maximum(norms, 1e-12)
        vectors = replace(vectors, in_vectors=unit, out_vectors=unit)
    return vector_scorer(histories, vectors, *chosen)


# -- vectors ----------------------------------------------------------------------------------


class Maker:
    """Makes vectors of some histories; relationships are made once."""

    def __init__(self, histories: Histories):
        self._histories = histories
        self._made = {False: Made(histories), True: Made(shuffled(histories))}

    def vectors(self, setting: Setting, seed: int) -> Embeddings:
        """Return the vectors of a setting."""
        corpus = self._corpus(setting, replace(setting.walk, seed=seed))
        return self._items_of(train_embeddings(corpus, replace(setting.train, seed=seed)))

    def _corpus(self, setting: Setting, walk: WalkSettings) -> WalkCorpus:
        if setting.nodes == "users between":
            return make_item_walks(self._histories, walk, item_power=setting.item_power)
        if setting.nodes == "users kept":
            graph = user_item_graph(self._histories, item_power=setting.item_power)
            share = self._histories.n_items / graph.n_items
            n_walks = max(1, round(walk.n_walks * share))
            return make_walks(graph, replace(walk, n_walks=n_walks, length=2 * walk.length - 1))
        graph = self._made[setting.is_shuffled].graph(setting.relate)
        if setting.nodes == "items, both ways":
            sources = np.repeat(np.arange(graph.n_items, dtype=np.int32), np.diff(graph.offsets))
            graph = build_item_graph(
                graph.item_ids, sources, graph.neighbours, graph.weights,
                support=graph.support, is_directed=False,
            )  # fmt: skip
        return make_walks(graph, walk)

    def _items_of(self, trained: Embeddings) -> Embeddings:
        """Leave out the vectors of users."""
        known = self._histories.row_of
        keep = np.array([item_id in known for item_id in trained.item_ids])
        if keep.all():
            return trained
        return replace(
            trained,
            item_ids=tuple(np.array(trained.item_ids, object)[keep]),
            in_vectors=trained.in_vectors[keep],
            out_vectors=trained.out_vectors[keep],
            counts=trained.counts[keep],
        )


def shuffled(histories: Histories) -> Histories:
    """Return the histories with each user's items in another order; times stay where they are."""
    random = np.random.Generator(np.random.PCG64(1))
    order = np.lexsort((random.random(len(histories.rows)), histories.users()))
    return replace(histories, rows=histories.rows[order])


# -- data -------------------------------------------------------------------------------------


def read_data(data: str, path: Path | None) -> Split:
    """Return a data set cut in two."""
    if data == "online-retail":
        sales = read_online_retail(path).interactions.dropna(subset=[USER])
        return split_histories(_by_time(sales[USER], sales[ITEM], sales[TIME]), "user-time")
    if path is None:
        raise click.UsageError(f"{data} needs the path of its data.")
    if data == "gowalla":
        train, test = (next(path.glob(f"{part}.txt*")) for part in ("train", "test"))
        return read_split(train, test, "lightgcn")
    if data == "beauty":
        return split_histories(read_histories(path, "pairs"), "last-item")
    ratings = pd.read_csv(path, dtype=str)
    times = pd.to_numeric(ratings["timestamp"], errors="coerce")
    bad = times.isna()
    if bad.any():
        click.echo(f"{int(bad.sum())} damaged lines left out", err=True)
    good = ratings[~bad]
    times = pd.to_datetime(times[~bad], unit="s")
    return split_histories(_by_time(good["userId"], good["movieId"], times), "user-time")


def _by_time(users: pd.Series, items: pd.Series, times: pd.Series) -> Histories:
    """Return histories in the order of time; what has one time is shuffled."""
    user_numbers, user_ids = pd.factorize(users.astype(str), sort=True)
    rows, item_ids = pd.factorize(items.astype(str), sort=True)
    at = times.to_numpy("datetime64[ms]").astype(np.int64)
    order = time_order((user_numbers,), at, rows)
    return build_histories(
        user_numbers[order],
        rows[order],
        user_ids=tuple(user_ids),
        item_ids=tuple(item_ids),
        times=at[order],
    )


# -- measuring --------------------------------------------------------------------------------


class Judge:
    """Measures settings on one data set."""

    def __init__(self, split: Split, max_users: int, seeds: tuple[int, ...]):
        self._seeds = seeds
        users = _some(split.judged_users(), max_users)
        self._train, self._histories = split.train, split.train.select(users)
        self._relevant = split.test.select(users)
        validation = validation_part(split.train, Task(split.protocol, K, seed=1))
        some = _some(np.arange(validation.users.n_users), VALIDATION_USERS)
        self._validation = replace(
            validation,
            users=validation.users.select(some),
            hidden=validation.hidden.select(some),
        )
        self._maker, self._validation_maker = Maker(split.train), Maker(validation.train)

    @property
    def n_users(self) -> int:
        """How many are judged."""
        return self._histories.n_users

    def measure(
        self, setting: Setting, names: tuple[str, ...], of_base: ReadOut | None
    ) -> Iterator[dict[str, Any]]:
        """Yield what each read-out of the setting's vectors is worth, averaged over the seeds."""
        begun = time.perf_counter()
        tried = None
        if any(is_chosen(name) for name in names):
            tried = self._validation_maker.vectors(setting, self._seeds[0])
        trained, walls = [], []
        for seed in self._seeds:
            at = time.perf_counter()
            trained.append(self._maker.vectors(setting, seed))
            walls.append(time.perf_counter() - at)
        for name in names:
            if tried is not None and is_chosen(name):
                chosen = choose_read_out(name, self._validation, tried)
            else:
                chosen = known_read_out(name, of_base)
            values = [self._judge(scorer_of(name, self._train, each, chosen)) for each in trained]
            yield {
                "read_out": name,
                "exponents": asdict(chosen[0]),
                "n_vectors": len(trained[0].item_ids),
                "seconds_a_training": round(min(walls), 2),
                "seconds": round(time.perf_counter() - begun, 1),
                **{f"{metric}_by_seed": [round(float(each[metric].mean()), 6) for each in values]
                   for metric in METRICS},
                **{f"{metric}_by_user": np.mean([each[metric] for each in values], axis=0)
                   .round(5).tolist() for metric in METRICS},
            }  # fmt: skip

    def _judge(self, scorer: VectorScorer) -> dict[str, Float64Array]:
        top = top_items(scorer, self._histories, K)
        hits, n_relevant = hits_of(top.rows, self._relevant), self._relevant.lengths()
        return {metric: PER_USER[metric](hits, n_relevant, K) for metric in METRICS}


def _some(users: np.ndarray, most: int) -> np.ndarray:
    """Return the users, or as many as are wanted, drawn with a fixed seed."""
    if len(users) <= most:
        return users
    random = np.random.Generator(np.random.PCG64(1))
    return np.sort(random.choice(users, most, replace=False))
