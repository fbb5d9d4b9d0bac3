"""Search for better settings than the quick choice, inside a validation part, as long as one likes.

A trial sets everything at once: relationships, graph, vectors, exponents, blend. The search (TPE,
by Optuna) starts from what ``choose_settings`` finds. Trials are kept in a file, so that it can go
on another day; a trial that is worse than most after a part of the users is stopped.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from recommender.choose import choose_settings, describe, is_clearly_better
from recommender.config_files import Values, choice_of, choice_values
from recommender.errors import InvalidDataError, RecommenderError
from recommender.evaluate.bootstrap import interval
from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.split import Task
from recommender.evaluate.validation import Validation, validation_part
from recommender.fitted import Choice, Made, fit_scores
from recommender.graph import Float64Array
from recommender.histories import Histories
from recommender.progress import Progress, Say, no_progress, say_nothing
from recommender.score.scorer import SCORES_AT_ONCE
from recommender.search_space import VERSION, Parameters, SearchSpace

logger = logging.getLogger(__name__)

BLOCKS = 8  # of users; after each a trial may be stopped
PATIENT_TRIALS = 5  # before any trial is stopped
HELD_BYTES = 1_000_000_000  # of vectors that may be met again
N_BEST = 10
STUDY = "footpath tune"
RECORD = b'{"op_code":'  # how each line of a file of trials begins
ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Tuned:
    """What a study has found, beside the quick choice, on the same validation part."""

    choice: Choice
    evidence: Values  # plain values for a file of settings
    is_interrupted: bool

    @property
    def summary(self) -> str:
        """Value, what it is compared with, and how sure that is."""
        return str(self.evidence["summary"])


def tune_settings(
    histories: Histories,
    task: Task,
    *,
    study_file: Path,
    n_trials: int | None = None,
    budget_s: float = 600.0,
    say: Say = say_nothing,
    progress: Progress = no_progress,
) -> Tuned:
    """Return the best settings of a study, after trying more of them.

    The quick choice is the study's first trial, and what is returned unless another trial is
    better by more than chance (one standard error of the difference, user by user).

    Parameters
    ----------
    histories : Histories
        All that may be learned from. A tenth of it is hidden while searching.
    task : Task
        How lists will be judged.
    study_file : Path
        Where trials are kept; one that exists is gone on with, as if it had never stopped.
    n_trials : int, optional
        Trials of the study, those of earlier runs included; by default as many as there is time.
    budget_s : float
        No trial of this run begins later than so many seconds after the quick choice.
    say : callable
        Told every improvement in a sentence.
    progress : callable
        Called with trials and their number, or else with seconds and the budget.

    Raises
    ------
    InvalidDataError
        If the study is of other data or another task, or nothing can be hidden.
    KeyboardInterrupt
        If interrupted before the quick choice was judged; after that what was found comes back.
    """
    study = _open_study(study_file, histories, task)
    validation = validation_part(histories, task)
    say(f"{describe(histories)} {validation.description()}")
    search = _Search(study, validation, _quick_choice(study, histories, task, say), say)
    begun = time.monotonic()

    def has_more() -> bool:
        n_ended, seconds = search.n_ended, time.monotonic() - begun
        if n_trials is None:
            progress(min(int(seconds), int(budget_s)), int(budget_s))
        else:
            progress(n_ended, n_trials)
        is_below = n_trials is None or n_ended < n_trials
        return not n_ended or (is_below and seconds < budget_s)

    is_interrupted = search.run(has_more)
    return _result(search, histories, is_interrupted=is_interrupted)


class _Search:
    """A study and all that a trial of it needs."""

    def __init__(self, study: optuna.Study, validation: Validation, quick: Choice, say: Say):
        self.study = study
        self.validation = validation
        self._space = SearchSpace(validation.train, validation.task)
        self._made = Made(validation.train)
        self._starts = self._space.starts(quick)
        self._quick = quick
        self._say = say

    @property
    def n_ended(self) -> int:
        """Trials that came to an end, stopped ones included."""
        return len(self.study.get_trials(deepcopy=False, states=ENDED))

    def run(self, has_more: Callable[[], bool]) -> bool:
        """Run trials as long as there are more; return whether it was interrupted."""
        try:
            while has_more():
                self._run_one()
        except KeyboardInterrupt:
            if not self.n_ended:
                raise
            return True
        return False

    def _run_one(self) -> None:
        """Run one trial; which, is a function of the seed and of the trials that have ended."""
        number = self.n_ended
        if number < len(self._starts):
            self.study.enqueue_trial(self._starts[number])
        self.study.sampler = optuna.samplers.TPESampler(
            seed=(self.validation.task.seed + number) % 2**32,
            n_startup_trials=len(self._starts),
            multivariate=True,
        )
        self.study.optimize(self._objective, n_trials=1)
        self._made.forget(HELD_BYTES)

    def _objective(self, trial: optuna.Trial) -> float:
        begun = time.monotonic()
        is_first = not self.n_ended
        # The words of the search are set all the same, for later trials to learn from.
        choice = self._space.choice(trial)
        choice = self._quick if is_first else choice
        trial.set_user_attr("choice", choice_values(choice))
        try:
            values = self._judge(choice, trial)
        except (RecommenderError, np.linalg.LinAlgError) as error:
            if is_first:
                raise
            logger.info("Trial %d cannot be fitted: %s", trial.number, error)
            raise optuna.TrialPruned from error
        value = float(values.mean())
        best = best_of(self.study)
        if best is None or value > _value(best):
            trial.set_user_attr("values", [round(each, 6) for each in values.tolist()])
            seconds = time.monotonic() - begun
            which = f"Trial {self.n_ended + 1}" if best else "Trial 1, what fit --auto takes"
            self._say(f"{which}: {value:.4f} ({seconds:.1f} s)")
        return value

    def _judge(self, choice: Choice, trial: optuna.Trial) -> Float64Array:
        """Return the NDCG@k of each user; a trial worse than most so far is stopped."""
        scorer = fit_scores(self.validation.train, choice, self._made).hybrid
        users, hidden = self.validation.users, self.validation.hidden
        at_once = min(-(-users.n_users // BLOCKS), max(1, SCORES_AT_ONCE // users.n_items))
        values: list[Float64Array] = []
        pairs = zip(users.blocks(at_once), hidden.blocks(at_once), strict=True)
        for step, ((_, block), (_, relevant)) in enumerate(pairs):
            scores = scorer.scores(block)
            values.append(ndcg_by_rank(scores, block, relevant, self.validation.task.k))
            trial.report(float(np.concatenate(values).mean()), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return np.concatenate(values)


# -- the file of trials -----------------------------------------------------------------------


def _open_study(path: Path, histories: Histories, task: Task) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    about = {"data": histories.sha256(), "task": _task_values(task), "version": VERSION}
    try:
        _check_file(path)
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(
            study_name=STUDY,
            storage=storage,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(PATIENT_TRIALS, n_warmup_steps=1),
        )
    except OSError as error:
        raise InvalidDataError(
            f"Trials cannot be kept in '{path}': {error.strerror}. Name another by --study."
        ) from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise InvalidDataError(
            f"'{path}' is not a file of trials ({error}). Name another by --study."
        ) from error
    before = study.user_attrs.get("about")
    if before is None:
        study.set_user_attr("about", about)
        study.set_user_attr("described", describe(histories))
    elif before != about:
        raise InvalidDataError(_other_study(path, study, about))
    return study


def _other_study(path: Path, study: optuna.Study, about: Values) -> str:
    before = study.user_attrs["about"]
    what = f"other data: {study.user_attrs.get('described')}"
    if before.get("data") == about["data"]:
        old, new = (each.get("task", {}) for each in (before, about))
        changed = [f"{name} {old.get(name)} (now {new[name]})" for name in new if
                   old.get(name) != new[name]]  # fmt: skip
        what = f"another task: {', '.join(changed)}" if changed else "another version of Footpath"
    return (
        f"The trials in '{path}' are of {what.rstrip('.')}. Name another file by --study, or "
        "delete this one to begin anew."
    )


def _task_values(task: Task) -> Values:
    values = asdict(task)
    del values["budget_s"]  # how long one searches is no part of what is searched
    return values


def _check_file(path: Path) -> None:
    """Refuse what is no file of trials; cut off what a killed process has left of its last line.

    Raises
    ------
    ValueError
        If a line is no record of a trial: nothing may be written to such a file.
    """
    content = path.read_bytes() if path.exists() else b""
    end = content.rfind(b"\n") + 1
    for number, line in enumerate(content[:end].splitlines(), start=1):
        record = json.loads(line) if line.startswith(RECORD) else None
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is no record of a trial")
    if end < len(content):
        if not content.startswith(RECORD):
            raise ValueError("line 1 is no record of a trial")
        logger.warning("The last line of '%s' is not whole; it is left out.", path)
        path.write_bytes(content[:end])


def _quick_choice(study: optuna.Study, histories: Histories, task: Task, say: Say) -> Choice:
    """Return what fit --auto takes; a study keeps it."""
    kept = study.user_attrs.get("quick")
    if kept is None:
        say("Choosing as `footpath fit --auto` does, to start from.")
        kept = choice_values(choose_settings(histories, task))
        study.set_user_attr("quick", kept)
    return choice_of(kept, "The study")


# -- what was found ---------------------------------------------------------------------------


def best_of(study: optuna.Study) -> FrozenTrial | None:
    """Return the best trial that was judged to the end, the first of equal ones."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(complete, key=_value, default=None)


def _value(trial: FrozenTrial) -> float:
    return float(trial.value or 0.0)


def _result(search: _Search, histories: Histories, *, is_interrupted: bool) -> Tuned:
    validation, study = search.validation, search.study
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    quick, best = complete[0], max(complete, key=_value)
    quick_values, best_values = (np.array(each.user_attrs["values"]) for each in (quick, best))
    is_better = is_clearly_better(best_values, quick_values)
    chosen, values = (best, best_values) if is_better else (quick, quick_values)
    evidence = {
        "k": validation.task.k,
        "seed": validation.task.seed,
        "data": describe(histories),
        "data_sha256": histories.sha256(),
        "validation": validation.description(),
        "n_trials": search.n_ended,
        "n_stopped": search.n_ended - len(complete),
        "seconds": round(sum(_seconds(trial) for trial in study.get_trials(states=ENDED)), 1),
        **_compared(values, quick_values, validation.task.seed),
    }
    evidence["summary"] = _summary(evidence, is_better=is_better)
    choice = replace(
        choice_of(chosen.user_attrs["choice"], "The study"),
        k=validation.task.k,
        protocol=validation.split.protocol,
    )
    return Tuned(choice, {**evidence, "best": _best_trials(complete)}, is_interrupted)


def _compared(values: Float64Array, quick_values: Float64Array, seed: int) -> Values:
    each = values - quick_values
    low, high = interval(each, n_resamples=1000, seed=seed)
    numbers = {
        "value": values.mean(),
        "error": values.std() / np.sqrt(len(values)),
        "auto_value": quick_values.mean(),
        "difference": each.mean(),
        "difference_low": low,
        "difference_high": high,
    }
    return {name: float(round(float(number), 6)) for name, number in numbers.items()}


def _summary(evidence: Values, *, is_better: bool) -> str:
    name, trials = f"NDCG@{evidence['k']}", f"{evidence['n_trials']} trials"
    if not is_better:
        return (
            f"{name} {evidence['auto_value']:.4f}: no settings of {trials} are better than those "
            "of `footpath fit --auto` by more than one standard error, so they stay."
        )
    return (
        f"{name} {evidence['value']:.4f} (standard error {evidence['error']:.4f}), the best of "
        f"{trials}; `footpath fit --auto` takes {evidence['auto_value']:.4f}: difference "
        f"{evidence['difference']:+.4f} ({evidence['difference_low']:+.4f} to "
        f"{evidence['difference_high']:+.4f}), flattered by having been picked out."
    )


def _seconds(trial: FrozenTrial) -> float:
    return trial.duration.total_seconds() if trial.duration is not None else 0.0


def _best_trials(complete: list[FrozenTrial]) -> list[Values]:
    """Return the ten best, each with those of its settings that are not alike in all ten."""
    best = sorted(complete, key=lambda trial: -_value(trial))[:N_BEST]
    flat = [_flat(trial.user_attrs["choice"]) for trial in best]
    names = [name for name in dict.fromkeys(name for each in flat for name in each)
             if len({repr(each.get(name)) for each in flat}) > 1]  # fmt: skip
    return [
        {
            "trial": trial.number + 1,
            "value": round(_value(trial), 6),
            "seconds": round(_seconds(trial), 1),
            "settings": {name: each[name] for name in names if name in each},
        }
        for trial, each in zip(best, flat, strict=True)
    ]


def _flat(values: Values, prefix: str = "") -> Parameters:
    flat: Parameters = {}
    for key, value in values.items():
        inner = _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else None
        flat |= {f"{prefix}{key}": value} if inner is None else inner
    return flat
