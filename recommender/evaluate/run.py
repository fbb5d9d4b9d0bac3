"""Fit methods to the training part, rank the whole catalogue, and judge the lists."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psutil

from recommender.errors import RecommenderError
from recommender.evaluate.bootstrap import interval
from recommender.evaluate.method import Method
from recommender.evaluate.metrics import (
    PER_USER,
    Hits,
    catalogue_coverage,
    hits_of,
    intra_list_diversity,
    novelty,
    popularity_lift,
)
from recommender.evaluate.split import Split, Task
from recommender.graph import Float64Array, Int32Array, Int64Array
from recommender.histories import Histories
from recommender.progress import Say, say_nothing
from recommender.score import top_items

RARE_SHARE = 0.2
ALL = "all users"


@dataclass(frozen=True)
class Row:
    """One figure of one method."""

    method: str
    metric: str  # such as recall@20
    segment: str
    value: float
    low: float
    high: float
    n_users: int
    seconds: float  # fitting, choosing of settings included, and scoring

    def key(self) -> tuple[str, str, str]:
        """Return what tells it from the other rows."""
        return self.method, self.metric, self.segment


@dataclass(frozen=True)
class Cost:
    """What a method took."""

    method: str
    is_baseline: bool
    fit_seconds: float  # choosing of settings included
    score_seconds: float
    peak_bytes: int  # memory of the process, above what it had before the method


@dataclass(frozen=True)
class Difference:
    """How much better one method is than a baseline, user by user."""

    method: str
    baseline: str
    metric: str
    value: float
    low: float
    high: float


@dataclass
class Evaluation:
    """Everything that was measured."""

    split: str
    protocol: str
    seed: int
    ks: tuple[int, ...]
    n_users: int
    n_items: int
    n_train: int
    n_test: int
    rows: list[Row] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # method: why


def evaluate(
    split: Split,
    methods: Sequence[Method],
    *,
    ks: Sequence[int] = (20,),
    task: Task | None = None,
    n_resamples: int = 1000,
    say: Say = say_nothing,
) -> Evaluation:
    """Return what each method's lists are worth on the test part of a split.

    Users with something in both parts are judged; what they had in training is left out of their
    lists; the whole catalogue is ranked. A method that says why it cannot be fitted is named in
    ``left_out``.

    Parameters
    ----------
    split : Split
        What to learn from and what to be judged on.
    methods : sequence of Method
        In the order of the table.
    ks : sequence of int
        Lengths of lists; the first is the main one, which methods choose their settings for.
    task : Task, optional
        Protocol, seed and budget; by default the split's protocol, and as long as it takes.
    n_resamples : int
        Of the bootstrap intervals.
    """
    task = task or Task(split.protocol, ks[0])
    users = split.judged_users()
    judged = _Judged(split.train, split.train.select(users), split.test.select(users))
    evaluation = Evaluation(
        split=split.description,
        protocol=split.protocol,
        seed=task.seed,
        ks=tuple(ks),
        n_users=len(users),
        n_items=split.train.n_items,
        n_train=len(split.train.rows),
        n_test=len(judged.relevant.rows),
    )
    main_values: dict[str, Float64Array] = {}
    for method in methods:
        say(f"{method.name} …")
        try:
            with _peak_memory() as peak:
                begun = time.perf_counter()
                scorer = method.fit(split.train, task)
                fitted = time.perf_counter()
                top = top_items(scorer, judged.histories, max(ks))
                done = time.perf_counter()
        except RecommenderError as error:
            evaluation.left_out[method.name] = str(error)
            continue
        cost = Cost(method.name, method.is_baseline, fitted - begun, done - fitted, peak[0])
        evaluation.costs.append(cost)
        hits = hits_of(top.rows, judged.relevant)
        evaluation.rows += _rows(
            method.name, top.rows, hits, judged, ks, n_resamples, task.seed, done - begun
        )
        main_values[method.name] = PER_USER["ndcg"](hits, judged.n_relevant, ks[0])
    evaluation.differences = _differences(methods, main_values, ks[0], n_resamples, task.seed)
    return evaluation


@dataclass(frozen=True)
class _Judged:
    train: Histories
    histories: Histories
    relevant: Histories

    @property
    def n_relevant(self) -> Int64Array:
        return self.relevant.lengths()

    def activity(self) -> dict[str, np.ndarray]:
        """Return three groups of about as many users each, by the length of their histories."""
        order = np.argsort(self.histories.lengths(), kind="stable")
        names = ("least active users", "middle users", "most active users")
        return dict(zip(names, np.array_split(order, 3), strict=True))

    def kinds(self) -> dict[str, np.ndarray]:
        """Return whether each relevant interaction is of a cold, rare or popular item."""
        popularity = self.train.n_users_of
        order = np.argsort(popularity, kind="stable")
        reached = np.cumsum(popularity[order])
        rare = np.zeros(len(popularity), bool)
        rare[order[reached <= RARE_SHARE * reached[-1]]] = True
        cold = popularity == 0
        rows = self.relevant.rows
        return {
            "cold items": cold[rows],
            "rare items": (rare & ~cold)[rows],
            "popular items": (~rare & ~cold)[rows],
        }


def _rows(
    method: str,
    lists: Int32Array,
    hits: Hits,
    judged: _Judged,
    ks: Sequence[int],
    n_resamples: int,
    seed: int,
    seconds: float,
) -> list[Row]:
    def row(metric: str, values: Float64Array, segment: str = ALL) -> Row:
        low, high = interval(values, n_resamples=n_resamples, seed=seed)
        mean = float(values.mean()) if len(values) else float("nan")
        return Row(method, metric, segment, mean, low, high, len(values), round(seconds, 3))

    rows = []
    for k in ks:
        for name, metric in PER_USER.items():
            rows.append(row(f"{name}@{k}", metric(hits, judged.n_relevant, k)))
        rows += _list_rows(row, lists[:, :k], judged, k, seed)
    main = PER_USER["recall"](hits, judged.n_relevant, ks[0])
    for segment, users in judged.activity().items():
        rows.append(row(f"recall@{ks[0]}", main[users], segment))
    for segment, of_kind in judged.kinds().items():
        rows.append(row(f"recall@{ks[0]}", _recall_of(lists, judged, of_kind, ks[0]), segment))
    return rows


def _list_rows(
    row: Callable[..., Row], lists: Int32Array, judged: _Judged, k: int, seed: int
) -> Iterator[Row]:
    coverage = catalogue_coverage(lists, judged.train.n_items)
    yield row(f"coverage@{k}", np.array([coverage]))
    yield row(f"novelty@{k}", novelty(lists, judged.train))
    yield row(f"diversity@{k}", intra_list_diversity(lists, judged.train, seed=seed))
    lift = popularity_lift(lists, judged.train, judged.histories)
    yield row(f"popularity_lift@{k}", lift)


def _recall_of(lists: Int32Array, judged: _Judged, of_kind: np.ndarray, k: int) -> Float64Array:
    """Return the recall of relevant items of one kind, for the users who have any."""
    relevant = judged.relevant.keep(of_kind)
    n_relevant = relevant.lengths()
    hits = hits_of(lists, relevant)
    users = np.flatnonzero(n_relevant)
    return PER_USER["recall"](hits[users], n_relevant[users], k)


def _differences(
    methods: Sequence[Method],
    values: dict[str, Float64Array],
    k: int,
    n_resamples: int,
    seed: int,
) -> list[Difference]:
    """Compare the best of the methods that are no baselines with each baseline."""
    ours = [method.name for method in methods if not method.is_baseline and method.name in values]
    if not ours:
        return []
    best = max(ours, key=lambda name: values[name].mean())
    differences = []
    for method in methods:
        if method.is_baseline and method.name in values:
            each = values[best] - values[method.name]
            low, high = interval(each, n_resamples=n_resamples, seed=seed)
            mean = float(each.mean())
            differences.append(Difference(best, method.name, f"ndcg@{k}", mean, low, high))
    return differences


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Give a list whose entry becomes the most memory that was taken on meanwhile, in bytes."""
    process = psutil.Process()
    before = process.memory_info().rss
    peak, is_done = [0], threading.Event()

    def watch() -> None:
        while not is_done.wait(0.05):
            peak[0] = max(peak[0], process.memory_info().rss - before)

    thread = threading.Thread(target=watch, name="memory watcher", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        is_done.set()
        thread.join()
