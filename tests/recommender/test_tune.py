"""The search is never below the quick choice, goes on from its file, and refuses another's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.config_files import load_choice, save_choice
from recommender.errors import InvalidDataError
from recommender.evaluate.split import Task
from recommender.histories import Histories, build_histories
from recommender.tune import Tuned, tune_settings

TASK = Task("random", 5, max_dimension=8)


def groups(seed: int = 1) -> Histories:
    """Sixty users who each like one of three groups of ten items, and now and then any."""
    random = np.random.default_rng(seed)
    users = np.repeat(np.arange(60), 8)
    liked = users % 3 * 10 + random.integers(0, 10, len(users))
    rows = np.where(random.random(len(users)) < 0.8, liked, random.integers(0, 30, len(users)))
    return build_histories(
        users,
        rows,
        user_ids=tuple(f"u{number}" for number in range(60)),
        item_ids=tuple(f"i{number:02}" for number in range(30)),
        is_ordered=False,
    )


def tune(path: Path, n_trials: int, seed: int = 1) -> Tuned:
    return tune_settings(groups(seed), TASK, study_file=path, n_trials=n_trials, budget_s=60)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tuned]:
    path = tmp_path_factory.mktemp("study") / "first.study"
    return path, tune(path, 6)


def test_the_search_is_never_below_the_quick_choice(first: tuple[Path, Tuned]) -> None:
    evidence = first[1].evidence
    assert evidence["n_trials"] == 6
    assert evidence["value"] >= evidence["auto_value"]
    assert evidence["difference_low"] <= evidence["difference"] <= evidence["difference_high"]


def test_it_goes_on_where_it_stopped(first: tuple[Path, Tuned]) -> None:
    path, before = first
    after = tune(path, 10)
    assert after.evidence["n_trials"] == 10
    assert after.evidence["value"] >= before.evidence["value"]
    assert after.evidence["auto_value"] == before.evidence["auto_value"]


def test_trials_of_other_data_are_refused(first: tuple[Path, Tuned]) -> None:
    with pytest.raises(InvalidDataError, match="study"):
        tune(first[0], 1, seed=2)


def test_what_was_found_is_read_back_from_its_file(
    first: tuple[Path, Tuned], tmp_path: Path
) -> None:
    _, tuned = first
    file = tmp_path / "tuned.toml"
    save_choice(file, tuned.choice, tuned.evidence)
    again = load_choice(file)
    assert (again.scoring, again.relate, again.trainer) == (
        tuned.choice.scoring,
        tuned.choice.relate,
        tuned.choice.trainer,
    )
