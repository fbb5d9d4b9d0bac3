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
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.split import Task
from recommender.evaluate.validation import Validation, validation_part
from recommender.fitted import (
    Choice,
    FittedScores,
    Made,
    fit_scores,
    vector_scorer,
)
from recommender.graph import Float64Array
from recommender.histories import Histories
from recommender.progress import Say, say_nothing
from recommender.relate import RelateSettings
from recommender.score import (
    ReadOut,
    ScoreSettings,
    TransitionScorer,
    TwoStepScorer,
    blend,
    unit_scores,
)
from recommender.train import (
    LearnedFrom,
    SpectralSettings,
    SpectralTrainer,
    Trainer,
    TrainerName,
    TrainSettings,
    Word2VecTrainer,
    first_dimensions,
)
from recommender.walks import WalkSettings

logger = logging.getLogger(__name__)

MAX_WALK_DIMENSION = 128
MAX_WALKED_ITEMS = 50_000_000  # in all walks together: under a minute of training
MAX_WALKS = 100  # an item
WALK_LENGTH = 20

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


def choose_settings(
    histories: Histories,
    task: Task,
    *,
    parts: Sequence[Part] = ("graph", "embedding", "hybrid"),
    trainer: TrainerName = "spectral",
    say: Say = say_nothing,
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
    trainer : {"spectral", "word2vec"}
        What makes the vectors: its settings are chosen too, as far as that is quick.
    say : callable
        Told each decision in a sentence.

    Raises
    ------
    InvalidDataError
        If too few interactions are there to hide any.
    """
    validation = validation_part(histories, task)
    reasons = [describe(histories), validation.description()]
    for line in reasons:
        say(line)

    def decided(line: str) -> None:
        reasons.append(line)
        say(line)

    made = Made(validation.train)
    choice = _first_choice(validation)
    if "graph" in parts:
        choice = _choose_graph(validation, made, choice, decided)
    if "embedding" in parts:
        choice = _choose_embedding(validation, made, choice, trainer, decided)
    if "hybrid" in parts:
        choice = _choose_share(validation, made, choice, decided)
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


def _first_choice(validation: Validation) -> Choice:
    spectral = SpectralSettings(seed=validation.task.seed)
    read_out = ReadOut(spectral.item_power, -spectral.item_power)
    scoring = ScoreSettings(embedding_read_out=read_out, link="linear")
    return Choice(scoring, RelateSettings(), SpectralTrainer("histories", spectral))


# -- the graph --------------------------------------------------------------------------------


def _choose_graph(validation: Validation, made: Made, choice: Choice, say: Say) -> Choice:
    two_step, value = _best_two_steps(validation)
    say(f"Two steps over shared users: {value:.4f} with {_shown(two_step)}.")
    chosen = replace(choice, scoring=replace(choice.scoring, graph_read_out=two_step))
    if not validation.train.is_ordered:
        say("No order, so nothing follows anything: two steps it is.")
        return chosen
    relate, read_out, ordered_value = _best_transitions(validation, made)
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


def _best_transitions(validation: Validation, made: Made) -> tuple[RelateSettings, ReadOut, float]:
    def judge(settings: Settings) -> Float64Array:
        relate = _ordered_relate(settings)
        scorer = TransitionScorer.from_graph(
            made.graph(relate), validation.train.n_users_of, _read_out(settings)
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


# -- the vectors ------------------------------------------------------------------------------


def _choose_embedding(
    validation: Validation, made: Made, choice: Choice, trainer: TrainerName, say: Say
) -> Choice:
    """Choose how vectors are made and read, and where order tells something, of what."""
    best_of = {"spectral": _best_spectral, "word2vec": _best_word2vec}[trainer]
    best, read_out, value = best_of(validation, made, "histories", choice)
    if choice.relate.is_directed:
        other, other_read_out, other_value = best_of(validation, made, "relationships", choice)
        say(f"Vectors: of users and items {value:.4f}, of transitions {other_value:.4f}.")
        if other_value > value:
            best, read_out, value = other, other_read_out, other_value
    say(
        f"{trainer.capitalize()} vectors of {best.dimension} dimensions: {value:.4f} with "
        f"{_shown(read_out)}."
    )
    scoring = replace(choice.scoring, embedding_read_out=read_out, link="linear")
    return replace(choice, scoring=scoring, trainer=best)


def _best_spectral(
    validation: Validation, made: Made, learned_from: LearnedFrom, choice: Choice
) -> tuple[Trainer, ReadOut, float]:
    """Choose dimension and damping; the read-out undoes the damping."""
    train, seed = validation.train, validation.task.seed
    most = max(min(validation.task.max_dimension, train.n_items - 1, train.n_users - 1), 1)
    start = {"dimension": most, "powers": (-0.4, -0.4), "item_shift": 0.0, "history_decay": 1.0}
    options: dict[str, Sequence[Any]] = {
        "powers": ((-0.5, -0.5), (-0.4, -0.4), (-0.3, -0.3)),
        "dimension": sorted({n for n in (16, 32, 64, 128, 256, 512) if n < most} | {most}),
    }
    if learned_from == "relationships":
        # The candidate is read less strongly than the damping would undo.
        options["item_shift"] = (0.0, -0.1, -0.2, -0.3)
    if train.is_ordered:
        options["history_decay"] = (1.0, 0.97, 0.9, 0.8, 0.6, 0.5)
        start["history_decay"] = 0.6 if learned_from == "relationships" else 1.0

    def trainer(settings: Settings) -> SpectralTrainer:
        user_power, item_power = settings["powers"]
        spectral = SpectralSettings(settings["dimension"], user_power, item_power, seed)
        return SpectralTrainer(learned_from, spectral)

    def read_out(settings: Settings) -> ReadOut:
        power = settings["powers"][1]
        return ReadOut(power, round(-power + settings["item_shift"], 6), settings["history_decay"])

    def judge(settings: Settings) -> Float64Array:
        longest = made.vectors(trainer({**settings, "dimension": most}), choice.relate)
        embeddings = first_dimensions(longest, settings["dimension"])
        return validation.judge(vector_scorer(train, embeddings, read_out(settings)))

    best, value = _climb(validation, f"spectral vectors of {learned_from}", start, options, judge)
    return trainer(best), read_out(best), value


def _best_word2vec(
    validation: Validation, made: Made, learned_from: LearnedFrom, choice: Choice
) -> tuple[Trainer, ReadOut, float]:
    """Choose the read-out of vectors trained once: training takes its time."""
    train, seed = validation.train, validation.task.seed
    n_items = int((train.n_users_of > 0).sum())
    n_walks = int(np.clip(MAX_WALKED_ITEMS // (WALK_LENGTH * n_items), 1, MAX_WALKS))
    trainer = Word2VecTrainer(
        learned_from,
        WalkSettings(n_walks=n_walks, length=WALK_LENGTH, starts="frequency", seed=seed),
        TrainSettings(
            dimension=min(MAX_WALK_DIMENSION, validation.task.max_dimension),
            window=2,
            epochs=1,
            learning_rate=0.1,
            seed=seed,
        ),
    )
    embeddings = made.vectors(trainer, choice.relate)
    start = {"history_power": -0.5, "item_power": 0.4, "history_decay": 1.0}
    options: dict[str, Sequence[Any]] = {
        "item_power": (0.0, 0.2, 0.3, 0.4, 0.5, 0.6),
        "history_power": (0.0, -0.25, -0.5, -0.75),
    }
    if train.is_ordered:
        options["history_decay"] = (1.0, 0.97, 0.9, 0.8, 0.6, 0.5)

    def judge(settings: Settings) -> Float64Array:
        return validation.judge(vector_scorer(train, embeddings, _read_out(settings)))

    best, value = _climb(validation, f"word2vec vectors of {learned_from}", start, options, judge)
    return trainer, _read_out(best), value


# -- both -------------------------------------------------------------------------------------


def _choose_share(validation: Validation, made: Made, choice: Choice, say: Say) -> Choice:
    fitted = fit_scores(validation.train, choice, made)
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
            if is_clearly_better(values_of(candidate), values_of(best)):
                best, is_better = candidate, True
    return best, float(values_of(best).mean())


def is_clearly_better(values: Float64Array, others: Float64Array) -> bool:
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
