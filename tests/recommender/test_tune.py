"""The search is never below the quick choice, goes on from its file, and refuses another's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from recommender.choose import choose_settings
from recommender.config_files import choice_of, choice_values, load_choice, save_choice
from recommender.errors import InvalidDataError
from recommender.evaluate.split import Task
from recommender.fitted import fit_scores
from recommender.histories import Histories, build_histories
from recommender.search_space import SearchSpace, parameters_of
from recommender.tune import Tuned, tune_settings

TASK = Task("random", 5, max_dimension=8)


def groups(seed: int = 1, *, is_ordered: bool = False, days: int = 0) -> Histories:
    """Sixty users who each like one of three groups of ten items, and now and then any."""
    random = np.random.default_rng(seed)
    users = np.repeat(np.arange(60), 8)
    liked = users % 3 * 10 + random.integers(0, 10, len(users))
    rows = np.where(random.random(len(users)) < 0.8, liked, random.integers(0, 30, len(users)))
    times = np.tile(np.arange(8), 60) * days * 86_400_000 if days else None
    return build_histories(
        users,
        rows,
        user_ids=tuple(f"u{number}" for number in range(60)),
        item_ids=tuple(f"i{number:02}" for number in range(30)),
        times=times,
        is_ordered=is_ordered,
    )


def tune(path: Path, n_trials: int, seed: int = 1, **options: Any) -> Tuned:
    return tune_settings(
        groups(seed), TASK, study_file=path, n_trials=n_trials, budget_s=60, **options
    )


def settings_of(tuned: Tuned) -> tuple[Any, ...]:
    """Return all that must not hang on when and in how many runs was searched."""
    varying = {"seconds", "best"}
    best = [(each["trial"], each["value"], each["settings"]) for each in tuned.evidence["best"]]
    evidence = {name: each for name, each in tuned.evidence.items() if name not in varying}
    return choice_values(tuned.choice), evidence, best


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tuned]:
    path = tmp_path_factory.mktemp("study") / "first.study"
    return path, tune(path, 6)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    return tune(tmp_path_factory.mktemp("study") / "long.study", 20)


@pytest.fixture
def study(first: tuple[Path, Tuned], tmp_path: Path) -> Path:
    """A copy of the first study."""
    return Path(shutil.copy(first[0], tmp_path / "copy.study"))


def test_the_search_is_never_below_the_quick_choice(first: tuple[Path, Tuned]) -> None:
    evidence = first[1].evidence
    assert evidence["n_trials"] == 6
    assert evidence["value"] >= evidence["auto_value"]
    assert evidence["difference_low"] <= evidence["difference"] <= evidence["difference_high"]


def test_the_quick_choice_has_the_value_that_fit_auto_says(first: tuple[Path, Tuned]) -> None:
    quick = choose_settings(groups(), TASK)
    assert first[1].evidence["auto_value"] == pytest.approx(quick.value(), abs=1e-6)


def test_it_goes_on_as_if_it_had_never_stopped(study: Path, long: Tuned) -> None:
    assert settings_of(tune(study, 20)) == settings_of(long)


def test_a_study_that_has_its_trials_runs_no_more(study: Path, first: tuple[Path, Tuned]) -> None:
    assert settings_of(tune(study, 6)) == settings_of(first[1])


def test_without_time_the_quick_choice_comes_back(tmp_path: Path) -> None:
    tuned = tune_settings(groups(), TASK, study_file=tmp_path / "s", budget_s=0)
    assert tuned.evidence["n_trials"] == 1
    assert "so they stay" in tuned.summary


def test_every_improvement_is_said(tmp_path: Path, long: Tuned) -> None:
    lines: list[str] = []
    tuned = tune(tmp_path / "s", 20, say=lines.append)
    values = [float(line.split(": ")[1].split()[0]) for line in lines if line.startswith("Trial")]
    assert len(values) > 1
    assert values == sorted(set(values))
    assert settings_of(tuned) == settings_of(long)


def test_better_only_by_chance_is_not_taken(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.tune.is_clearly_better", lambda values, others: False)
    tuned = tune(study, 6)
    quick = choose_settings(groups(), TASK)
    assert choice_values(tuned.choice) == choice_values(quick)
    assert tuned.evidence["difference"] == 0


def test_a_trial_that_is_stopped_counts_and_is_never_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: trial.number > 3)
    evidence = tune(tmp_path / "s", 10).evidence
    assert (evidence["n_trials"], evidence["n_stopped"]) == (10, 6)
    assert {each["trial"] for each in evidence["best"]} == {1, 2, 3, 4}


# -- interrupted ------------------------------------------------------------------------------


class Interruption:
    """Interrupts when told the third line that begins with a word."""

    def __init__(self, word: str, times: int):
        self.word, self.left = word, times

    def __call__(self, line: str) -> None:
        self.left -= line.startswith(self.word)
        if self.left == 0:
            raise KeyboardInterrupt


def test_an_interruption_in_a_trial_keeps_what_was_found(tmp_path: Path, long: Tuned) -> None:
    path = tmp_path / "s"
    tuned = tune(path, 20, say=Interruption("Trial", 2))
    assert tuned.is_interrupted
    assert 1 <= tuned.evidence["n_trials"] < 20
    found, values, _ = settings_of(tune(path, 20))
    assert (found, values) == settings_of(long)[:2]


def test_an_interruption_of_the_quick_choice_finds_nothing_and_does_no_harm(
    tmp_path: Path, first: tuple[Path, Tuned]
) -> None:
    path = tmp_path / "s"
    for word in ("Choosing", "Trial"):
        with pytest.raises(KeyboardInterrupt):
            tune(path, 6, say=Interruption(word, 1))
    assert settings_of(tune(path, 6))[:2] == settings_of(first[1])[:2]


def test_a_line_that_a_killed_process_left_torn_is_dropped(study: Path, long: Tuned) -> None:
    with study.open("ab") as file:
        file.write(b'{"op_code":4,"wor')
    assert settings_of(tune(study, 20)) == settings_of(long)


# -- refused ----------------------------------------------------------------------------------


def test_trials_of_other_data_are_refused(study: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"other data: 60 users .* --study"):
        tune(study, 7, seed=2)


def test_trials_of_another_task_are_refused_by_what_has_changed(study: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"another task: k 5 \(now 9\)\. Name another"):
        tune_settings(groups(), Task("random", 9, max_dimension=8), study_file=study)


@pytest.mark.parametrize(
    "content", ["not trials\n", "[1]\n", '{"op_code":0}\n{}\n', '{"op_code":\n']
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidDataError, match="is not a file of trials"):
        tune(path, 1)
    assert path.read_text(encoding="utf-8") == content


def test_a_text_without_a_line_end_is_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one\ntwo", encoding="utf-8")
    with pytest.raises(InvalidDataError, match="is not a file of trials"):
        tune(path, 1)
    assert path.read_text(encoding="utf-8") == "one\ntwo"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="--study"):
        tune(tmp_path / "no" / "s", 1)


# -- what is searched -------------------------------------------------------------------------

KINDS = {
    "no order": groups(),
    "order": groups(is_ordered=True),
    "times": groups(is_ordered=True, days=3),
}


@pytest.mark.parametrize("histories", KINDS.values(), ids=KINDS.keys())
def test_the_quick_choice_in_the_words_of_the_search_is_itself(histories: Histories) -> None:
    quick = choose_settings(histories, TASK)
    again = SearchSpace(histories, TASK).choice(optuna.trial.FixedTrial(parameters_of(quick)))
    assert choice_values(again) == choice_values(quick)


@pytest.mark.parametrize("histories", KINDS.values(), ids=KINDS.keys())
def test_whatever_is_drawn_can_be_fitted_and_written(histories: Histories) -> None:
    space = SearchSpace(histories, TASK)
    drawn = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    for _ in range(25):
        choice = space.choice(drawn.ask())
        scores = fit_scores(histories, choice).hybrid.scores(histories)
        assert np.isfinite(scores).all()
        assert choice_values(choice_of(choice_values(choice), "it")) == choice_values(choice)


def test_no_half_life_without_times_and_no_next_without_order() -> None:
    for name, histories in KINDS.items():
        drawn = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=2))
        relates = [SearchSpace(histories, TASK).choice(drawn.ask()).relate for _ in range(40)]
        has_next = any(relate.relation == "NEXT" for relate in relates)
        has_half_life = any(relate.half_life_days is not None for relate in relates)
        assert (has_next, has_half_life) == (name != "no order", name == "times")


def test_what_was_found_is_read_back_from_its_file(
    first: tuple[Path, Tuned], tmp_path: Path
) -> None:
    _, tuned = first
    file = tmp_path / "tuned.toml"
    save_choice(file, tuned.choice, tuned.evidence)
    again = load_choice(file)
    assert choice_values(again) == choice_values(tuned.choice)
    assert again.value() == tuned.evidence["value"]
    assert tuned.summary in again.reasons
