"""Choose how the graph scores: two steps over shared users, or what followed what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from recommender.choose.climbing import Settings, climb
from recommender.choose.reading import read_out_of, shown
from recommender.evaluate.validation import Validation
from recommender.fitted import Choice, Made
from recommender.graph import Float64Array
from recommender.progress import Say
from recommender.relate import RelateSettings
from recommender.score import ReadOut, TransitionScorer, TwoStepScorer

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


def choose_graph(validation: Validation, made: Made, choice: Choice, say: Say) -> Choice:
    """Choose between the two, and how the history is read."""
    two_step, value = _best_two_steps(validation)
    say(f"Two steps over shared users: {value:.4f} with {shown(two_step)}.")
    chosen = replace(choice, scoring=replace(choice.scoring, graph_read_out=two_step))
    if not validation.train.is_ordered:
        say("No order, so nothing follows anything: two steps it is.")
        return chosen
    relate, read_out, ordered_value = _best_transitions(validation, made)
    say(
        f"Transitions: {ordered_value:.4f} with {shown(read_out)}, window {relate.window}, "
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
    best, value = climb(validation, "two-step", start, options, judge)
    return ReadOut(**best), value


def _best_transitions(validation: Validation, made: Made) -> tuple[RelateSettings, ReadOut, float]:
    def judge(settings: Settings) -> Float64Array:
        relate = _ordered_relate(settings)
        scorer = TransitionScorer.from_graph(
            made.graph(relate), validation.train.n_users_of, read_out_of(settings)
        )
        return validation.judge(scorer)

    start = {"window": (10, 0.8), "history_power": -0.3, "item_power": 0.0, "history_decay": 0.6}
    options: dict[str, Sequence[Any]] = {
        "history_decay": (0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0),
        "window": ((1, 1.0), (3, 0.6), (5, 0.7), (10, 0.8), (20, 0.9)),
        "history_power": (0.0, -0.3, -0.5, -0.7),
        "item_power": (0.2, 0.0, -0.2, -0.4),
    }
    best, value = climb(validation, "transitions", start, options, judge)
    return _ordered_relate(best), read_out_of(best), value


def _ordered_relate(settings: Settings) -> RelateSettings:
    window, decay = settings["window"]
    return replace(ORDERED, window=window, distance_decay=decay)
