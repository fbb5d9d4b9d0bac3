"""Settings of scoring survive JSON, and bad ones are refused."""

import json

import pytest

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.score import ReadOut, ScoreSettings


def test_settings_survive_json() -> None:
    settings = ScoreSettings("transitions", ReadOut(-0.3, 0.1, 0.5), ReadOut(0.1), "linear", 0.25)
    assert ScoreSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_what_is_missing_has_its_default() -> None:
    assert ScoreSettings.from_json({"link": "linear"}) == ScoreSettings(link="linear")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="colour"):
        ScoreSettings.from_json({"colour": 1})


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match=r"embedding_share is 1\.5"):
        ScoreSettings(embedding_share=1.5)
