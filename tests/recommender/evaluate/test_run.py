"""A whole evaluation on a small shop: rows, segments, differences, what was left out, the page."""

import json

import pytest

from recommender.baselines import BASELINES
from recommender.errors import InvalidDataError
from recommender.evaluate.method import Method
from recommender.evaluate.methods import OURS
from recommender.evaluate.page import evaluation_page
from recommender.evaluate.report import quality_table, rows_by_key, sentences, to_json
from recommender.evaluate.run import ALL, Evaluation, evaluate
from recommender.evaluate.split import Task, split_histories
from recommender.histories import Histories
from recommender.score import Scorer
from tests.recommender.baselines.test_baselines import blocks


def refuse(train: Histories, task: Task) -> Scorer:
    raise InvalidDataError("too big")


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    split = split_histories(blocks(), "random", share=0.3)
    graph, hybrid = (method for method in OURS if method.name in ("graph", "hybrid"))
    methods = (BASELINES[0], Method("refused", refuse, is_baseline=True), graph, hybrid)
    return evaluate(split, methods, ks=(5, 3), n_resamples=200)


def test_our_methods_find_the_groups_and_popularity_does_not(evaluation: Evaluation) -> None:
    rows = rows_by_key(evaluation)
    popular, hybrid = (rows[name, "recall@5", ALL].value for name in ("popularity", "hybrid"))
    assert hybrid > popular + 0.1
    assert evaluation.differences[0].low > 0


def test_what_is_left_out_is_named_with_the_reason(evaluation: Evaluation) -> None:
    assert evaluation.left_out == {"refused": "too big"}
    assert "refused left out: too big" in sentences(evaluation)


def test_users_are_grouped_by_activity_and_items_by_popularity(evaluation: Evaluation) -> None:
    segments = {row.segment: row.n_users for row in evaluation.rows if row.method == "hybrid"}
    assert segments["least active users"] == segments["most active users"] == 20
    assert {"cold items", "rare items", "popular items"} <= set(segments)


def test_json_has_the_shape_that_scripts_read(evaluation: Evaluation) -> None:
    rows = json.loads(json.dumps(to_json(evaluation), allow_nan=False))["rows"]
    assert {"method", "metric", "value", "low", "high", "seconds"} <= set(rows[0])


def test_the_page_holds_every_method_and_asks_the_network_for_nothing(
    evaluation: Evaluation,
) -> None:
    page = evaluation_page(evaluation)
    assert "hybrid" in page
    assert "<script src=" not in page
    assert quality_table(evaluation).row_count == 3
