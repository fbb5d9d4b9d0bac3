"""From histories to chosen settings: the order of what is chosen, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from recommender.choose.blend_part import choose_blend
from recommender.choose.graph_part import choose_graph
from recommender.choose.vectors_part import choose_vectors, vectors_of
from recommender.evaluate.split import Task
from recommender.evaluate.validation import Validation, validation_part
from recommender.fitted import Choice, Made
from recommender.histories import Histories
from recommender.progress import Progress, Say, no_progress, say_nothing
from recommender.relate import RelateSettings
from recommender.score import ReadOut, ScoreSettings
from recommender.train import LearnedFrom, SpectralSettings, SpectralTrainer, TrainerName

Part = Literal["graph", "embedding", "hybrid"]


def choose_settings(
    histories: Histories,
    task: Task,
    *,
    parts: Sequence[Part] = ("graph", "embedding", "hybrid"),
    trainer: TrainerName = "spectral",
    say: Say = say_nothing,
    progress: Progress = no_progress,
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
    progress : callable
        Called with the trials so far; how many there will be is not known.

    Raises
    ------
    InvalidDataError
        If too few interactions are there to hide any.
    """
    validation = validation_part(histories, task)
    validation.progress = progress
    validation.parts = _climbed(parts, trainer, is_ordered=validation.train.is_ordered)
    reasons = [describe(histories), validation.description()]
    for line in reasons:
        say(line)

    def decided(line: str) -> None:
        reasons.append(line)
        say(line)

    made = Made(validation.train)
    choice = _first_choice(validation)
    if "graph" in parts:
        choice = choose_graph(validation, made, choice, decided)
    if "embedding" in parts:
        choice = choose_vectors(validation, made, choice, trainer, decided)
    if "hybrid" in parts:
        choice = choose_blend(validation, made, choice, decided)
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


def _climbed(parts: Sequence[Part], trainer: TrainerName, *, is_ordered: bool) -> tuple[str, ...]:
    """Return the names of what will be varied, in order; relationships if order may tell more."""
    graph = ("two-step", "transitions") if is_ordered else ("two-step",)
    sources: tuple[LearnedFrom, ...] = (
        ("histories", "relationships") if is_ordered else ("histories",)
    )
    vectors = tuple(vectors_of(trainer, learned_from) for learned_from in sources)
    return graph * ("graph" in parts) + vectors * ("embedding" in parts)
