"""Choose relation, scorers and exponents for a data set, by a quick pass over a validation part.

The validation part is cut out of the histories given and nothing else is looked at. One setting is
varied at a time, from defaults in the middle of what does well on public data, and moved only when
its lists get better by more than chance (one standard error of the paired difference): so little
is fitted to one validation part.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError
from recommender.evaluate.split import Protocol, Split, Task, split_histories
from recommender.graph import Float32Array, Float64Array, Int32Array, Int64Array, ItemGraph
from recommender.histories import Histories
from recommender.relate import RelateSettings, relate_histories
from recommender.score import (
    HybridScorer,
    ReadOut,
    Scorer,
    ScoreSettings,
    TransitionScorer,
    TwoStepScorer,
    VectorScorer,
    blend,
    unit_scores,
)
from recommender.score.scorer import SCORES_AT_ONCE
from recommender.train import SpectralSettings, train_spectral, train_spectral_graph

logger = logging.getLogger(__name__)

VALIDATION_SHARE = 0.1
VALIDATION_USERS = 3_000
MAX_DIMENSION = 512

Say = Callable[[str], None]
Part = Literal["graph", "embedding", "hybrid"]
Settings = dict[str, Any]

# How relationships are made where order tells something: all of a history, near places more.
ORDERED = RelateSettings(
    relation="NEXT",
    sessions="history",
    window=10,
    distance_decay=0.8,
    weight="count",
    shrinkage=0.0,
    min_count=1,
    top_k=500,
    divide_by_session_length=False,
)


@dataclass(frozen=True)
class Trial:
    """What was tried, and how good its lists were on the validation part."""

    part: str
    settings: Settings
    value: float  # NDCG@k
    seconds: float


@dataclass(frozen=True)
class Choice:
    """The settings that did best, why, and all that was tried."""

    scoring: ScoreSettings
    relate: RelateSettings
    spectral: SpectralSettings
    vectors_from: Literal["histories", "relationships"]
    reasons: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    k: int = 20
    protocol: Protocol = "random"

    def to_json(self) -> Settings:
        """Return the choice and its evidence as plain JSON."""
        return asdict(self)


@dataclass
class Validation:
    """The validation part, and the trials on it so far."""

    split: Split
    users: Histories  # their training part
    hidden: Histories
    task: Task
    trials: list[Trial] = field(default_factory=list)
    graphs: dict[RelateSettings, ItemGraph] = field(default_factory=dict)
    vectors: dict[tuple[str, SpectralSettings, RelateSettings], Embeddings] = field(
        default_factory=dict
    )

    @property
    def train(self) -> Histories:
        """What is learned from while choosing."""
        return self.split.train

    def judge(self, scorer: Scorer) -> Float64Array:
        """Return the NDCG@k of the scorer's list for each user."""
        parts = [
            ndcg_by_rank(scorer.scores(block), block, hidden, self.task.k)
            for block, hidden in self.blocks()
        ]
        return np.concatenate(parts)

    def blocks(self) -> Iterator[tuple[Histories, Histories]]:
        """Yield some users at a time, with what is hidden of them."""
        users_at_once = max(1, SCORES_AT_ONCE // self.users.n_items)
        pairs = zip(
            self.users.blocks(users_at_once), self.hidden.blocks(users_at_once), strict=True
        )
        return ((block, hidden) for (_, block), (_, hidden) in pairs)

    def note(self, part: str, settings: Settings, value: float, begun: float) -> None:
        """Keep a trial."""
        seconds = round(time.perf_counter() - begun, 3)
        self.trials.append(Trial(part, settings, round(value, 6), seconds))
        logger.debug("%s %s: %.5f in %.1f s", part, settings, value, seconds)


def choose_settings(
    histories: Histories,
    task: Task,
    *,
    parts: Sequence[Part] = ("graph", "embedding", "hybrid"),
    max_dimension: int = MAX_DIMENSION,
    say: Say = lambda line: None,
) -> Choice:
    """Return the settings whose lists are best on a validation part of the histories.

    Parameters
    ----------
    histories : Histories
        All that may be learned from. A tenth of it is hidden while choosing.
    task : Task
        How lists will be judged: the validation part is cut by its protocol, lists have its ``k``.
    parts : sequence of str
        What is to be chosen; ``hybrid`` needs the other two.
    max_dimension : int
        Most coordinates of a vector.
    say : callable
        Told each decision in a sentence.

    Raises
    ------
    InvalidDataError
        If too few interactions are there to hide any.
    """
    validation = validation_part(histories, task)
    reasons = [describe(histories), _described_validation(validation)]
    for line in reasons:
        say(line)

    def decided(line: str) -> None:
        reasons.append(line)
        say(line)

    choice = _first_choice(validation)
    if "graph" in parts:
        choice = _choose_graph(validation, choice, decided)
    if "embedding" in parts:
        choice = _choose_embedding(validation, choice, max_dimension, decided)
    if "hybrid" in parts:
        choice = _choose_share(validation, choice, decided)
    return replace(
        choice,
        reasons=tuple(reasons),
        trials=tuple(validation.trials),
        k=task.k,
        protocol=validation.split.protocol,
    )


def describe(histories: Histories) -> str:
    """Return a sentence on what the histories are like."""
    lengths = histories.lengths()[histories.lengths() > 0]
    n_distinct = histories.matrix.nnz
    repeated = 1 - n_distinct / max(len(histories.rows), 1)
    order = "in order" if histories.is_ordered else "without order"
    order += " with times" if histories.times is not None else ""
    return (
        f"{len(lengths):,} users with {len(histories.rows):,} interactions ({order}) of "
        f"{int((histories.n_users_of > 0).sum()):,} items; a history holds "
        f"{int(np.median(lengths)):,} in the middle, {int(lengths.max()):,} at most; "
        f"{repeated:.0%} are repeats."
    )


def validation_part(histories: Histories, task: Task) -> Validation:
    """Return a tenth of the histories, cut by the task's protocol, with users drawn by its seed."""
    split = _validation_split(histories, task)
    users = split.judged_users()
    if len(users) > VALIDATION_USERS:
        random = np.random.Generator(np.random.PCG64(task.seed))
        users = np.sort(random.choice(users, VALIDATION_USERS, replace=False))
    return Validation(split, split.train.select(users), split.test.select(users), task)


def _validation_split(histories: Histories, task: Task) -> Split:
    """Return the validation split by the task's protocol, or by the next one that is possible."""
    protocols: list[Protocol] = [task.protocol, "last-item", "random"]
    for protocol in protocols:
        try:
            return split_histories(histories, protocol, share=VALIDATION_SHARE, seed=task.seed)
        except InvalidDataError as error:
            problem = error
            logger.info("No validation part by %s: %s", protocol, error)
    raise problem


def _described_validation(validation: Validation) -> str:
    return (
        f"Validation: {validation.split.description}; {validation.users.n_users:,} users, "
        f"NDCG@{validation.task.k}."
    )


def _first_choice(validation: Validation) -> Choice:
    spectral = SpectralSettings(seed=validation.task.seed)
    read_out = ReadOut(spectral.item_power, -spectral.item_power)
    scoring = ScoreSettings(embedding_read_out=read_out, link="linear")
    return Choice(scoring, RelateSettings(), spectral, "histories")


# -- the graph --------------------------------------------------------------------------------


def _choose_graph(validation: Validation, choice: Choice, say: Say) -> Choice:
    two_step, value = _best_two_steps(validation)
    say(f"Two steps over shared users: {value:.4f} with {_shown(two_step)}.")
    chosen = replace(choice, scoring=replace(choice.scoring, graph_read_out=two_step))
    if not validation.train.is_ordered:
        say("No order, so nothing follows anything: two steps it is.")
        return chosen
    relate, read_out, ordered_value = _best_transitions(validation)
    say(
        f"Transitions: {ordered_value:.4f} with {_shown(read_out)}, window {relate.window}, "
        f"{relate.distance_decay:g} a place."
    )
    if ordered_value <= value:
        say("Order tells less than shared users here: two steps it is.")
        return chosen
    say("Order tells more than shared users here: transitions it is.")
    scoring = replace(choice.scoring, graph="transitions", graph_read_out=read_out)
    return replace(choice, scoring=scoring, relate=relate)


def _best_two_steps(validation: Validation) -> tuple[ReadOut, float]:
    options: dict[str, Sequence[Any]] = {
        "history_power": (-0.3, -0.5, -0.65, -0.8, -1.0),
        "item_power": (0.0, -0.1, -0.2, -0.3, -0.4, -0.5),
    }
    if validation.train.is_ordered:
        options["history_decay"] = (1.0, 0.97, 0.9, 0.8, 0.6)

    def judge(settings: Settings) -> Float64Array:
        return validation.judge(TwoStepScorer.fit(validation.train, ReadOut(**settings)))

    start = {"history_power": -0.65, "item_power": -0.2, "history_decay": 1.0}
    best, value = _climb(validation, "two-step", start, options, judge)
    return ReadOut(**best), value


def _best_transitions(validation: Validation) -> tuple[RelateSettings, ReadOut, float]:
    def judge(settings: Settings) -> Float64Array:
        relate = _ordered_relate(settings)
        scorer = TransitionScorer.from_graph(
            _graph(validation, relate), validation.train.n_users_of, _read_out(settings)
        )
        return validation.judge(scorer)

    start = {"window": (10, 0.8), "history_power": -0.3, "item_power": 0.0, "history_decay": 0.6}
    options: dict[str, Sequence[Any]] = {
        "history_decay": (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0),
        "window": ((1, 1.0), (3, 0.6), (5, 0.7), (10, 0.8), (20, 0.9)),
        "history_power": (0.0, -0.3, -0.5, -0.7),
        "item_power": (0.2, 0.0, -0.2, -0.4),
    }
    best, value = _climb(validation, "transitions", start, options, judge)
    return _ordered_relate(best), _read_out(best), value


def _ordered_relate(settings: Settings) -> RelateSettings:
    window, decay = settings["window"]
    return replace(ORDERED, window=window, distance_decay=decay)


def _read_out(settings: Settings) -> ReadOut:
    names = ("history_power", "item_power", "history_decay")
    return ReadOut(**{name: settings[name] for name in names})


def _graph(validation: Validation, relate: RelateSettings) -> ItemGraph:
    if relate not in validation.graphs:
        validation.graphs[relate] = relate_histories(validation.train, relate)
    return validation.graphs[relate]


# -- the vectors ------------------------------------------------------------------------------


def _choose_embedding(
    validation: Validation, choice: Choice, max_dimension: int, say: Say
) -> Choice:
    """Choose damping and dimension, and where order tells something, what is decomposed."""
    best, value = _best_vectors(validation, "histories", choice, max_dimension)
    source: Literal["histories", "relationships"] = "histories"
    if choice.relate.is_directed:
        other, other_value = _best_vectors(validation, "relationships", choice, max_dimension)
        say(f"Vectors: of users and items {value:.4f}, of transitions {other_value:.4f}.")
        if other_value > value:
            best, value, source = other, other_value, "relationships"
    say(
        f"Spectral vectors of {best['dimension']} dimensions: {value:.4f}, users damped by "
        f"{best['powers'][0]:g}, items by {best['powers'][1]:g}."
    )
    return replace(
        choice,
        scoring=replace(choice.scoring, embedding_read_out=_vector_read_out(best)),
        spectral=_spectral(best, validation.task.seed),
        vectors_from=source,
    )


def _best_vectors(
    validation: Validation,
    source: Literal["histories", "relationships"],
    choice: Choice,
    max_dimension: int,
) -> tuple[Settings, float]:
    most = min(max_dimension, validation.train.n_items - 1, validation.train.n_users - 1)
    most = max(most, 1)
    start = {"dimension": most, "powers": (-0.4, -0.4), "item_shift": 0.0, "history_decay": 1.0}
    options: dict[str, Sequence[Any]] = {
        "powers": ((-0.5, -0.5), (-0.4, -0.4), (-0.3, -0.3)),
        "dimension": sorted({n for n in (16, 32, 64, 128, 256, 512) if n < most} | {most}),
    }
    if source == "relationships":
        # The candidate is read less strongly than the damping would undo.
        options["item_shift"] = (0.0, -0.1, -0.2, -0.3)
    if validation.train.is_ordered:
        options["history_decay"] = (1.0, 0.97, 0.9, 0.8, 0.6, 0.5)
        start["history_decay"] = 0.6 if source == "relationships" else 1.0

    def judge(settings: Settings) -> Float64Array:
        longest = _spectral({**settings, "dimension": most}, validation.task.seed)
        embeddings = _trained(validation, source, longest, choice.relate)
        return validation.judge(
            vector_scorer(
                validation.train, first_dimensions(embeddings, settings["dimension"]),
                _vector_read_out(settings),
            )
        )  # fmt: skip

    return _climb(validation, f"vectors of {source}", start, options, judge)


def _trained(
    validation: Validation, source: str, spectral: SpectralSettings, relate: RelateSettings
) -> Embeddings:
    key = (source, spectral, relate)
    if key not in validation.vectors:
        if source == "histories":
            trained = train_spectral(validation.train, spectral)
        else:
            trained = train_spectral_graph(_graph(validation, relate), spectral)
        validation.vectors[key] = trained
    return validation.vectors[key]


def first_dimensions(embeddings: Embeddings, dimension: int) -> Embeddings:
    """Return spectral embeddings cut to their first coordinates: what fewer would have given."""
    return replace(
        embeddings,
        in_vectors=np.ascontiguousarray(embeddings.in_vectors[:, :dimension]),
        out_vectors=np.ascontiguousarray(embeddings.out_vectors[:, :dimension]),
    )


def _spectral(settings: Settings, seed: int) -> SpectralSettings:
    user_power, item_power = settings["powers"]
    return SpectralSettings(settings["dimension"], user_power, item_power, seed)


def _vector_read_out(settings: Settings) -> ReadOut:
    power = settings["powers"][1]
    return ReadOut(power, round(-power + settings["item_shift"], 6), settings["history_decay"])


# -- both -------------------------------------------------------------------------------------


def _choose_share(validation: Validation, choice: Choice, say: Say) -> Choice:
    fitted = fit_scores(
        validation.train, choice, graphs=validation.graphs, vectors=validation.vectors
    )
    shares = [round(0.1 * n, 1) for n in range(11)]
    begun = time.perf_counter()
    values = _blend_values(validation, fitted, shares)
    for share, value in zip(shares, values, strict=True):
        validation.note("hybrid", {"embedding_share": share}, value, begun)
    best = int(np.argmax(values))
    say(
        f"Blend: {values[best]:.4f} with {shares[best]:.0%} embedding "
        f"(graph alone {values[0]:.4f}, embedding alone {values[-1]:.4f})."
    )
    return replace(choice, scoring=replace(choice.scoring, embedding_share=shares[best]))


def _blend_values(
    validation: Validation, fitted: FittedScores, shares: Sequence[float]
) -> list[float]:
    values: list[list[Float64Array]] = [[] for _ in shares]
    for block, hidden in validation.blocks():
        graph = unit_scores(fitted.graph.scores(block), block)
        embedding = unit_scores(fitted.embedding.scores(block), block)
        for place, share in enumerate(shares):
            blended = blend(graph, embedding, share)
            values[place].append(ndcg_by_rank(blended, block, hidden, validation.task.k))
    return [float(np.concatenate(parts).mean()) for parts in values]


def ndcg_by_rank(
    scores: Float32Array, histories: Histories, hidden: Histories, k: int
) -> Float64Array:
    """Return the NDCG@k of each user from the ranks of the hidden items alone.

    The same as of the lists themselves, equal scores in the order of the rows, but many times
    faster: nothing is sorted. Items of the history are left out; ``scores`` is changed.
    """
    scores[histories.users(), histories.rows] = -np.inf
    users = hidden.users()
    ranks = np.empty(len(users), np.int64)
    at_once = max(1, SCORES_AT_ONCE // scores.shape[1])
    for first in range(0, len(users), at_once):
        some = slice(first, first + at_once)
        ranks[some] = _ranks(scores[users[some]], hidden.rows[some])
    gains = np.where(ranks <= k, 1 / np.log2(ranks + 1), 0.0)
    best = np.cumsum(1 / np.log2(np.arange(2, k + 2)))[np.minimum(hidden.lengths(), k) - 1]
    return np.asarray(np.bincount(users, gains, minlength=hidden.n_users) / best, np.float64)


def _ranks(scores: Float32Array, rows: Int32Array) -> Int64Array:
    """Return the rank of one item in each row of scores, from 1."""
    own = scores[np.arange(len(rows)), rows][:, None]
    ranks: Int64Array = (scores > own).sum(axis=1) + 1
    is_equal = scores == own
    tied = np.flatnonzero(is_equal.sum(axis=1) > 1)
    before = np.arange(scores.shape[1]) < rows[tied, None]
    ranks[tied] += (is_equal[tied] & before).sum(axis=1)
    return ranks


@dataclass(frozen=True)
class FittedScores:
    """Scorers made from all of the histories with chosen settings."""

    scoring: ScoreSettings
    graph: Scorer
    embedding: Scorer
    embeddings: Embeddings

    @property
    def hybrid(self) -> HybridScorer:
        """Both, blended."""
        return HybridScorer(self.graph, self.embedding, self.scoring.embedding_share)


def fit_scores(
    histories: Histories,
    choice: Choice,
    *,
    graphs: Mapping[RelateSettings, ItemGraph] | None = None,
    vectors: Mapping[tuple[str, SpectralSettings, RelateSettings], Embeddings] | None = None,
) -> FittedScores:
    """Return the scorers of a choice, in memory: what ``footpath fit --auto`` publishes.

    ``graphs`` and ``vectors`` that are there already are not made again.
    """
    embeddings = train_choice(histories, choice, graphs=graphs, vectors=vectors)
    return FittedScores(
        choice.scoring,
        graph_scorer(histories, choice, graphs=graphs),
        vector_scorer(histories, embeddings, choice.scoring.embedding_read_out),
        embeddings,
    )


def graph_scorer(
    histories: Histories,
    choice: Choice,
    *,
    graphs: Mapping[RelateSettings, ItemGraph] | None = None,
) -> Scorer:
    """Return the graph's scorer of a choice."""
    read_out = choice.scoring.graph_read_out
    if choice.scoring.graph == "two-step":
        return TwoStepScorer.fit(histories, read_out)
    graph = (graphs or {}).get(choice.relate) or relate_histories(histories, choice.relate)
    return TransitionScorer.from_graph(graph, histories.n_users_of, read_out)


def train_choice(
    histories: Histories,
    choice: Choice,
    *,
    graphs: Mapping[RelateSettings, ItemGraph] | None = None,
    vectors: Mapping[tuple[str, SpectralSettings, RelateSettings], Embeddings] | None = None,
) -> Embeddings:
    """Return the vectors of a choice."""
    wanted = choice.spectral
    for (source, spectral, relate), embeddings in (vectors or {}).items():
        is_same = replace(spectral, dimension=wanted.dimension) == wanted
        if is_same and (source, relate) == (choice.vectors_from, choice.relate):
            return first_dimensions(embeddings, wanted.dimension)
    if choice.vectors_from == "histories":
        return train_spectral(histories, wanted)
    graph = (graphs or {}).get(choice.relate) or relate_histories(histories, choice.relate)
    return train_spectral_graph(graph, wanted)


def vector_scorer(histories: Histories, embeddings: Embeddings, read_out: ReadOut) -> VectorScorer:
    """Return the scorer of some vectors over the histories' catalogue, by the linear link."""
    rows = np.array([histories.row_of[item_id] for item_id in embeddings.item_ids], np.int64)
    in_vectors = np.zeros((histories.n_items, embeddings.dimension), np.float32)
    in_vectors[rows] = embeddings.in_vectors
    if embeddings.out_vectors is embeddings.in_vectors:
        out_vectors = in_vectors
    else:
        out_vectors = np.zeros_like(in_vectors)
        out_vectors[rows] = embeddings.out_vectors
    return VectorScorer(in_vectors, out_vectors, histories.n_users_of, read_out)


# -- climbing ---------------------------------------------------------------------------------


def _climb(
    validation: Validation,
    part: str,
    start: Settings,
    options: Mapping[str, Sequence[Any]],
    judge: Callable[[Settings], Float64Array],
) -> tuple[Settings, float]:
    """Vary one setting at a time until none of the options is clearly better."""
    tried: dict[tuple[Any, ...], Float64Array] = {}

    def values_of(settings: Settings) -> Float64Array:
        key = tuple(settings[name] for name in start)
        if key not in tried:
            begun = time.perf_counter()
            tried[key] = judge(settings)
            validation.note(part, settings, float(tried[key].mean()), begun)
        return tried[key]

    best, is_better = start, True
    while is_better:
        is_better = False
        for name in options:
            varied = list(_varied(best, name, options[name]))
            candidate = max(varied, key=lambda settings: values_of(settings).mean(), default=best)
            if _is_clearly_better(values_of(candidate), values_of(best)):
                best, is_better = candidate, True
    return best, float(values_of(best).mean())


def _is_clearly_better(values: Float64Array, others: Float64Array) -> bool:
    """Whether the mean difference over users is more than one standard error above zero."""
    differences = values - others
    error = differences.std() / np.sqrt(len(differences))
    return bool(differences.mean() > max(error, 1e-12))


def _varied(settings: Settings, name: str, options: Sequence[Any]) -> Iterator[Settings]:
    for option in options:
        if option != settings[name]:
            yield {**settings, name: option}


def _shown(read_out: ReadOut) -> str:
    decay = "" if read_out.history_decay == 1 else f", {read_out.history_decay:g} a place back"
    return f"history^{read_out.history_power:g}, item^{read_out.item_power:g}{decay}"
