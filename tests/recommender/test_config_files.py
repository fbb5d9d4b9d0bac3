"""A file of settings gives back what was written, and says where it cannot be understood."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.config_files import (
    choice_of,
    choice_values,
    load_choice,
    save_choice,
    tuned_on,
)
from recommender.errors import InvalidDataError
from recommender.fitted import Choice
from recommender.relate import RelateSettings
from recommender.score import GRAPH_KINDS, LINKS, ReadOut, ScoreSettings
from recommender.train import (
    LearnedFrom,
    SpectralSettings,
    SpectralTrainer,
    Trainer,
    TrainSettings,
    Word2VecTrainer,
)
from recommender.walks import WalkSettings

EVIDENCE: dict[str, Any] = {
    "k": 7,
    "data": "Six users.",
    "data_sha256": "abc",
    "validation": "The last item.",
    "value": 0.25,
    "summary": "Better.",
    "best": [{"trial": 1, "value": 0.25, "settings": {"relate.window": 3}}, {"trial": 2}],
}


def is_same(one: Choice, other: Choice) -> bool:
    """Return whether the settings are the same, whatever the reasons."""
    return choice_values(one) == choice_values(other) and one.trainer == other.trainer


def powers() -> st.SearchStrategy[float]:
    return st.floats(-2, 2, allow_nan=False)


def read_outs() -> st.SearchStrategy[ReadOut]:
    return st.builds(ReadOut, powers(), powers(), st.floats(0, 1, exclude_min=True))


def sources() -> st.SearchStrategy[LearnedFrom]:
    return st.sampled_from(["histories", "relationships"])


def trainers() -> st.SearchStrategy[Trainer]:
    spectral = st.builds(SpectralSettings, st.integers(1, 4096), powers(), powers())
    walk = st.builds(
        WalkSettings,
        st.integers(1, 1000),
        st.integers(2, 100),
        st.floats(0.01, 100),
        st.floats(0.01, 100),
        st.sampled_from(["uniform", "frequency"]),
    )
    training = st.builds(
        TrainSettings, dimension=st.integers(1, 512), learning_rate=st.floats(0.001, 1)
    )
    return st.builds(SpectralTrainer, sources(), spectral) | st.builds(
        Word2VecTrainer, sources(), walk, training
    )


def choices() -> st.SearchStrategy[Choice]:
    scoring = st.builds(
        ScoreSettings,
        st.sampled_from(GRAPH_KINDS),
        read_outs(),
        read_outs(),
        st.sampled_from(LINKS),
        st.floats(0, 1),
    )
    relate = st.builds(
        RelateSettings,
        relation=st.sampled_from(["NEXT", "TOGETHER"]),
        window=st.none() | st.integers(1, 50),
        half_life_days=st.none() | st.floats(0.1, 1e6),
        weight=st.sampled_from(["count", "log", "cosine", "damped"]),
    )
    return st.builds(Choice, scoring, relate, trainers())


@given(choice=choices())
def test_every_choice_comes_back_as_it_was(
    choice: Choice, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("config") / "tuned.toml"
    save_choice(file, choice, EVIDENCE)
    again = load_choice(file)
    assert (again.scoring, again.relate, again.trainer) == (
        choice.scoring,
        choice.relate,
        choice.trainer,
    )
    assert again.value() == 0.25


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "tuned.toml"
    relate = RelateSettings(relation="NEXT", window=4)
    save_choice(file, Choice(ScoreSettings(), relate, SpectralTrainer()), EVIDENCE)
    return file


def test_the_evidence_goes_with_the_settings_it_is_of(file: Path) -> None:
    choice = load_choice(file)
    assert choice.k == 7
    assert choice.value() == 0.25
    assert choice.reasons == ("Settings of tuned.toml.", "Six users.", "The last item.", "Better.")
    assert tuned_on(file) == "abc"


def test_settings_changed_by_hand_have_no_value(file: Path) -> None:
    change(file, "window = 4", "window = 5")
    choice = load_choice(file)
    assert choice.relate.window == 5
    assert choice.trials == ()
    assert "not what was tuned" in choice.reasons[0]


def test_every_setting_but_seeds_is_explained(file: Path) -> None:
    tables, _, _ = file.read_text(encoding="utf-8").partition("[evidence]")
    keys = [line for line in tables.splitlines() if " = " in line and not line.startswith("#")]
    assert [line for line in keys if "#" not in line] == ["seed = 1"]


def test_what_is_not_set_is_not_in_the_file(file: Path) -> None:
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    assert "half_life_days" not in values["relate"]
    assert values["evidence"]["best"][0]["settings"] == {"relate.window": 3}


def test_a_key_left_out_has_its_default(file: Path) -> None:
    change(file, "window = 4", "")
    assert load_choice(file).relate.window is None


def test_a_whole_number_stands_for_a_fraction(file: Path) -> None:
    change(file, "distance_decay = 1.0", "distance_decay = 1")
    assert isinstance(load_choice(file).relate.distance_decay, float)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("window = 4", "windw = 4", "[relate]: there is no key 'windw' (= 4). Did you mean 'wind"),
        ("window = 4", "window = 0", "[relate]: window is 0; it must be >= 1"),
        ("window = 4", "window = true", "[relate]: window is True. Give a whole number"),
        ("window = 4", "window = 4.5", "[relate]: window is 4.5. Give a whole number"),
        ("distance_decay = 1.0", "distance_decay = nan", "distance_decay is nan. Give a number"),
        ('"cosine"', '"heavy"', "[relate]: weight is 'heavy'. Give one of count, log, cosine, d"),
        ('"cosine"', "[1]", "[relate]: weight is [1]. Give one of count"),
        ('"spectral"', '"magic"', "[trainer]: name is 'magic'. Give one of spectral, word2vec"),
        ('"spectral"', '"word2vec"', "[trainer.settings]: there is no key 'user_power'"),
        ('"histories"', '"hearsay"', "[trainer]: learned_from is 'hearsay'. Give one of hist"),
        ("dimension = 512", "dimension = 0", "[trainer.settings]: dimension is 0. Give a whole"),
        ("embedding_share = 0.4", "embedding_share = 4", "[scoring]: embedding_share is 4"),
        ("[scoring.graph_read_out]", "[scoring.read_out]", "[scoring]: there is no key 'read_out"),
        ("history_power = -0.6", "history_power = -6", "[scoring.graph_read_out]: history_power i"),
        ("[relate]", "[related]", "there is no key 'related'"),
        ("[trainer.settings]", "[train]", "there is no key 'train'"),
        ("window = 4", "window 4", "is not a file of settings"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_by_place_value_and_remedy(
    file: Path, old: str, new: str, said: str
) -> None:
    change(file, old, new)
    with pytest.raises(InvalidDataError) as raised:
        load_choice(file)
    assert said in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_missing_table_is_named() -> None:
    with pytest.raises(InvalidDataError, match=r"has no table \[relate\]"):
        choice_of({"scoring": {}, "trainer": {}}, "it")


def test_a_value_in_the_place_of_a_table_is_refused() -> None:
    with pytest.raises(InvalidDataError, match=r"relate is 3. Make it a table, \[relate\]"):
        choice_of({"scoring": {}, "relate": 3, "trainer": {"name": "spectral"}}, "it")


@pytest.mark.parametrize("content", [b"\xff\xfe", b""], ids=["not UTF-8", "empty"])
def test_what_is_no_settings_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tuned.toml"
    file.write_bytes(content)
    with pytest.raises(InvalidDataError, match="footpath tune"):
        load_choice(file)


def test_evidence_that_is_broken_is_only_left_out(file: Path) -> None:
    change(file, "value = 0.25 #", 'value = "high" #')
    assert load_choice(file).trials == ()


def test_a_failed_write_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recommender.walks.corpus.os.replace", refuse)
    with pytest.raises(InvalidDataError, match="No space left"):
        save_choice(file, Choice(ScoreSettings(), RelateSettings(), SpectralTrainer()), EVIDENCE)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def change(file: Path, old: str, new: str) -> None:
    """Replace the first place in a file that holds some text."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
