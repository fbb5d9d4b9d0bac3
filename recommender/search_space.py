"""What ``footpath tune`` searches: from the words of a trial to a choice, and back.

A value is suggested only where it means something: no window without relationships, no walks for
vectors in closed form. Numbers are rounded, so that the file of settings can be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import optuna

from recommender.choose import ORDERED
from recommender.evaluate.split import Task
from recommender.fitted import Choice
from recommender.histories import Histories
from recommender.relate import MS_PER_DAY, RelateSettings
from recommender.score import Link, ReadOut, ScoreSettings
from recommender.train import (
    LearnedFrom,
    SpectralSettings,
    SpectralTrainer,
    Trainer,
    TrainSettings,
    Word2VecTrainer,
)
from recommender.walks import WalkSettings
from recommender.walks.sampler import Starts

# Changed whenever the words below change their meaning: trials of another version are not gone on.
VERSION = 2

Parameters = dict[str, Any]

MOST_PAIRS = 10_000_000  # seen while relating: about ten seconds
MOST_WALKED_ITEMS = 20_000_000  # in all walks and epochs together: about 20 s of training
MOST_WORD2VEC = 256  # dimensions
MOST_EXP_ITEMS = 20_000  # the link exp takes a product of each two items
N_NEIGHBOURS = 6
JITTER = 0.1
DECIMALS = 4
# A read-out is searched around what undoes the damping of spectral vectors, or suits walks.
WALKED_READ_OUT = (-0.5, 0.4)


@dataclass(frozen=True)
class SearchSpace:
    """All settings that may be tried on some histories."""

    train: Histories  # without the validation part
    task: Task

    # -- what the histories allow --------------------------------------------------------------

    @property
    def relations(self) -> list[str]:
        """The relationships that can be made, and not by too many pairs."""
        lengths = self.train.lengths().astype(np.float64)
        is_small = float((lengths**2).sum()) / 2 <= MOST_PAIRS
        return ["NEXT"] * self.train.is_ordered + ["TOGETHER"] * is_small

    @property
    def most_window(self) -> int:
        """The widest window that does not make too many pairs."""
        return int(np.clip(MOST_PAIRS // max(len(self.train.rows), 1), 1, 30))

    @property
    def most_dimension(self) -> int:
        """The most coordinates that users, items and task allow."""
        most = min(self.task.max_dimension, self.train.n_items - 1, self.train.n_users - 1)
        return max(most, 1)

    @property
    def n_days(self) -> float:
        """From the first time to the last; 0 without times."""
        times = self.train.times
        return 0.0 if times is None else float(times.max() - times.min()) / MS_PER_DAY

    # -- from a trial to a choice --------------------------------------------------------------

    def choice(self, trial: optuna.trial.BaseTrial) -> Choice:
        """Return the settings of a trial."""
        graphs = ["two-step", "transitions"] if self.relations else ["two-step"]
        graph: Any = trial.suggest_categorical("graph", graphs)
        graph_read_out = ReadOut(
            _number(trial, "graph.history_power", -1.2, 0.4),
            _number(trial, "graph.item_power", -0.8, 0.6),
            self._decay(trial, "graph"),
        )
        overlap_power = (
            _number(trial, "graph.overlap_power", 0.8, 2.5) if graph == "two-step" else 1.0
        )
        sources = ["histories", "relationships"] if self.relations else ["histories"]
        source: Any = trial.suggest_categorical("learned_from", sources)
        needs_relationships = graph == "transitions" or source == "relationships"
        relate = self._relate(trial) if needs_relationships else RelateSettings()
        trainer = self._trainer(trial, source)
        scoring = ScoreSettings(
            graph,
            graph_read_out,
            self._embedding_read_out(trial, trainer),
            self._link(trial, trainer),
            _number(trial, "embedding_share", 0.0, 1.0),
            overlap_power,
        )
        return Choice(scoring, relate, trainer, k=self.task.k, protocol=self.task.protocol)

    def _decay(self, trial: optuna.trial.BaseTrial, name: str) -> float:
        return _number(trial, f"{name}.history_decay", 0.2, 1.0) if self.train.is_ordered else 1.0

    def _relate(self, trial: optuna.trial.BaseTrial) -> RelateSettings:
        relation: Any = trial.suggest_categorical("relation", self.relations)
        weight: Any = trial.suggest_categorical("weight", ["count", "log", "cosine", "damped"])
        settings = replace(
            ORDERED,
            relation=relation,
            window=None,
            distance_decay=1.0,
            weight=weight,
            damping=_number(trial, "damping", 0.0, 1.0) if weight == "damped" else 0.5,
            shrinkage=_number(trial, "shrinkage", 0.0, 50.0),
            divide_by_session_length=trial.suggest_categorical("divide_by_length", [False, True]),
            half_life_days=self._half_life(trial),
        )
        if relation == "TOGETHER":
            return settings
        return replace(
            settings,
            window=trial.suggest_int("window", 1, self.most_window, log=True),
            distance_decay=_number(trial, "distance_decay", 0.4, 1.0),
        )

    def _half_life(self, trial: optuna.trial.BaseTrial) -> float | None:
        if not self.n_days or not trial.suggest_categorical("has_half_life", [False, True]):
            return None
        return _number(trial, "half_life_days", self.n_days / 100, self.n_days, log=True)

    def _trainer(self, trial: optuna.trial.BaseTrial, source: LearnedFrom) -> Trainer:
        if trial.suggest_categorical("trainer", ["spectral", "word2vec"]) == "word2vec":
            return self._word2vec(trial, source)
        most = self.most_dimension
        settings = SpectralSettings(
            trial.suggest_int("spectral.dimension", min(8, most), most, log=True),
            # In steps, so that vectors made once are met again.
            round(trial.suggest_float("spectral.user_power", -0.7, 0.0, step=0.1), 1),
            round(trial.suggest_float("spectral.item_power", -0.7, 0.0, step=0.1), 1),
            self.task.seed,
        )
        return SpectralTrainer(source, settings)

    def _word2vec(self, trial: optuna.trial.BaseTrial, source: LearnedFrom) -> Word2VecTrainer:
        most = min(self.most_dimension, MOST_WORD2VEC)
        epochs = trial.suggest_int("word2vec.epochs", 1, 3)
        length = trial.suggest_int("walk.length", 5, 80, log=True)
        affordable = max(1, MOST_WALKED_ITEMS // (epochs * length * self.train.n_items))
        p, q = self._p_and_q(trial)
        walk = WalkSettings(
            min(trial.suggest_int("walk.n_walks", 2, 100, log=True), affordable),
            length,
            p,
            q,
            self._starts(trial, source),
            self.task.seed,
        )
        training = TrainSettings(
            dimension=trial.suggest_int("word2vec.dimension", min(8, most), most, log=True),
            window=trial.suggest_int("word2vec.window", 1, 10, log=True),
            epochs=epochs,
            learning_rate=_number(trial, "word2vec.learning_rate", 0.01, 0.3, log=True),
            negative_exponent=_number(trial, "word2vec.negative_exponent", -0.5, 1.0),
            seed=self.task.seed,
        )
        return Word2VecTrainer(source, walk, training)

    def _p_and_q(self, trial: optuna.trial.BaseTrial) -> tuple[float, float]:
        if not trial.suggest_categorical("walk.is_second_order", [False, True]):
            return 1.0, 1.0
        return (
            _number(trial, "walk.p", 0.1, 10.0, log=True),
            _number(trial, "walk.q", 0.1, 10.0, log=True),
        )

    def _starts(self, trial: optuna.trial.BaseTrial, source: LearnedFrom) -> Starts:
        if source == "histories":  # which those walks have in any case
            return "frequency"
        is_uniform = trial.suggest_categorical("walk.is_uniform", [False, True])
        return "uniform" if is_uniform else "frequency"

    def _embedding_read_out(self, trial: optuna.trial.BaseTrial, trainer: Trainer) -> ReadOut:
        history_power, item_power = _usual_powers(trainer)
        return ReadOut(
            round(history_power + _number(trial, "embedding.history_shift", -0.6, 0.6), DECIMALS),
            round(item_power + _number(trial, "embedding.item_shift", -0.6, 0.6), DECIMALS),
            self._decay(trial, "embedding"),
        )

    def _link(self, trial: optuna.trial.BaseTrial, trainer: Trainer) -> Link:
        if trainer.name == "spectral" or self.train.n_items > MOST_EXP_ITEMS:
            return "linear"
        return "exp" if trial.suggest_categorical("is_exp", [False, True]) else "linear"

    # -- from a choice to trials ---------------------------------------------------------------

    def starts(self, quick: Choice) -> list[Parameters]:
        """Return what is tried first: the quick choice, some near it, and other kinds."""
        first = parameters_of(quick)
        random = np.random.Generator(np.random.PCG64(self.task.seed))
        near = [self._near(first, random) for _ in range(N_NEIGHBOURS)]
        return [first, *near, *self._other_kinds(first)]

    def _near(self, first: Parameters, random: np.random.Generator) -> Parameters:
        """Return the same graph and vectors, read out a little differently."""
        ranges = {
            "history_power": (-1.2, 0.4),
            "item_power": (-0.8, 0.6),
            "history_decay": (0.2, 1.0),
            "overlap_power": (0.8, 2.5),
            "history_shift": (-0.6, 0.6),
            "item_shift": (-0.6, 0.6),
            "embedding_share": (0.0, 1.0),
        }
        moved = dict(first)
        for name in first:
            low, high = ranges.get(name.rpartition(".")[2], (0.0, 0.0))
            is_read_out = name == "embedding_share" or name.startswith(("graph.", "embedding."))
            if is_read_out and high > low:
                step = JITTER * (high - low) * random.standard_normal()
                moved[name] = float(np.clip(round(first[name] + step, DECIMALS), low, high))
        return moved

    def _other_kinds(self, first: Parameters) -> Iterator[Parameters]:
        """Yield the quick choice with another graph, and with vectors of walks."""
        relate = {"relation", "weight", "window", "distance_decay", "shrinkage"}
        if self.relations:
            is_transitions = first["graph"] == "transitions"
            other = {name: value for name, value in first.items() if name not in relate}
            other["graph"] = "two-step" if is_transitions else "transitions"
            yield other
        kept = {name: value for name, value in first.items() if not name.startswith("spectral.")}
        yield {
            **kept,
            "trainer": "word2vec",
            "word2vec.epochs": 1,
            "word2vec.window": 2,
            "word2vec.learning_rate": 0.1,
            "word2vec.negative_exponent": 0.75,
            "walk.length": 20,
            "walk.n_walks": 100,
            "walk.is_second_order": False,
        }


def parameters_of(choice: Choice) -> Parameters:
    """Return a choice with spectral vectors in the words of the search."""
    scoring, trainer, relate = choice.scoring, choice.trainer, choice.relate
    if not isinstance(trainer, SpectralTrainer):
        raise TypeError("The quick choice makes its vectors in closed form.")
    graph, embedding = scoring.graph_read_out, scoring.embedding_read_out
    history_power, item_power = _usual_powers(trainer)
    values: Parameters = {
        "graph": scoring.graph,
        "graph.history_power": graph.history_power,
        "graph.item_power": graph.item_power,
        "graph.history_decay": graph.history_decay,
        "learned_from": trainer.learned_from,
        "trainer": trainer.name,
        "spectral.dimension": trainer.settings.dimension,
        "spectral.user_power": trainer.settings.user_power,
        "spectral.item_power": trainer.settings.item_power,
        "embedding.history_shift": round(embedding.history_power - history_power, DECIMALS),
        "embedding.item_shift": round(embedding.item_power - item_power, DECIMALS),
        "embedding.history_decay": embedding.history_decay,
        "embedding_share": scoring.embedding_share,
    }
    if scoring.graph == "two-step":
        values["graph.overlap_power"] = scoring.overlap_power
    if scoring.graph == "transitions" or trainer.learned_from == "relationships":
        values |= {
            "relation": relate.relation,
            "weight": relate.weight,
            "shrinkage": relate.shrinkage,
            "divide_by_length": relate.divide_by_session_length,
            "has_half_life": relate.half_life_days is not None,
            "window": relate.window,
            "distance_decay": relate.distance_decay,
        }
    return values


def _usual_powers(trainer: Trainer) -> tuple[float, float]:
    if isinstance(trainer, SpectralTrainer):
        return trainer.settings.item_power, -trainer.settings.item_power
    return WALKED_READ_OUT


def _number(
    trial: optuna.trial.BaseTrial, name: str, low: float, high: float, *, log: bool = False
) -> float:
    """Return a number in readable digits."""
    value = trial.suggest_float(name, low, high, log=log)
    digits = DECIMALS if not log else 3 - int(np.floor(np.log10(value)))
    return float(round(value, digits))
