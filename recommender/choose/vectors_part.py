"""Choose what makes the vectors, of what, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from recommender.choose.climbing import Settings, climb
from recommender.choose.reading import read_out_of, shown
from recommender.evaluate.validation import Validation
from recommender.fitted import Choice, Made, vector_scorer
from recommender.graph import Float64Array
from recommender.progress import Say
from recommender.score import ReadOut
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

MAX_WALK_DIMENSION = 128
MAX_WALKED_ITEMS = 50_000_000  # in all walks together: under a minute of training
MAX_WALKS = 100  # an item
WALK_LENGTH = 20


def vectors_of(trainer: TrainerName, learned_from: LearnedFrom) -> str:
    """Return what a trial of such vectors is called."""
    return f"{trainer} vectors of {learned_from}"


def choose_vectors(
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
        f"{shown(read_out)}."
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

    part = vectors_of("spectral", learned_from)
    best, value = climb(validation, part, start, options, judge)
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
        return validation.judge(vector_scorer(train, embeddings, read_out_of(settings)))

    part = vectors_of("word2vec", learned_from)
    best, value = climb(validation, part, start, options, judge)
    return trainer, read_out_of(best), value
