"""The active model is judged as it answers, on a file of what came later."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphdb import Database
from recommender.cli.main import run
from recommender.errors import InvalidDataError
from recommender.evaluate.method import Method
from recommender.evaluate.published import published_methods
from recommender.evaluate.run import evaluate
from recommender.evaluate.split import Task
from recommender.histories_from_graph import read_graph_histories
from recommender.history_files import read_test
from recommender.serve import load_serving_model
from tests.recommender.serve.test_history_scores import publish_shop

pytestmark = pytest.mark.neo4j


def later_file(folder: Path) -> Path:
    file = folder / "later.txt"
    file.write_text("u03 i01 i02 new1\nu04 i05 i07\nstranger i01\n")
    return file


def test_published_scores_are_judged_over_a_catalogue_with_later_items(
    database: Database, tmp_path: Path
) -> None:
    publish_shop(database)
    train = read_graph_histories(database)
    split = read_test(later_file(tmp_path), "lightgcn", train)
    assert split.train.item_ids[: train.n_items] == train.item_ids
    assert split.train.item_ids[-1] == "new1"
    assert split.train.user_ids[-1] == "stranger"
    model = load_serving_model(database)
    methods = published_methods(model)
    scores = methods[0].fit(split.train, Task()).scores(split.train)
    assert scores.shape == (split.train.n_users, train.n_items + 1)
    assert np.isneginf(scores[:, -1]).all()
    assert model.history_scores is not None
    served = model.history_scores.scorer("hybrid").scores(train)
    np.testing.assert_array_equal(scores[: train.n_users, : train.n_items], served)
    evaluation = evaluate(split, methods, ks=(3,), n_resamples=100)
    assert evaluation.n_users == 2


def test_a_file_of_nobody_in_the_database_is_refused(database: Database, tmp_path: Path) -> None:
    publish_shop(database)
    file = tmp_path / "later.txt"
    file.write_text("stranger i01\n")
    with pytest.raises(InvalidDataError, match="Load the training part first"):
        read_test(file, "lightgcn", read_graph_histories(database))


def test_a_model_of_other_items_is_left_out_with_the_reason(database: Database) -> None:
    publish_shop(database)
    method: Method = published_methods(load_serving_model(database))[0]
    fewer = read_graph_histories(database)
    with pytest.raises(InvalidDataError, match="not loaded with these items"):
        method.fit(fewer.over(fewer.item_ids[1:]), Task())


def test_the_command_judges_what_is_loaded_and_published(
    selected: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    publish_shop(selected)
    file = str(later_file(tmp_path))
    names = "popularity,published_embedding,published_hybrid"
    arguments = ["evaluate", "--test", file, "--methods", names, "--resamples", "100", "--json"]
    assert run(arguments) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["method"] for row in rows} == set(names.split(","))
