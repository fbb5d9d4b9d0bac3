"""A whole evaluation on a small shop: rows, segments, differences, what was left out, the page."""

import base64
import json
import re

import pytest

from recommender.baselines import BASELINES
from recommender.errors import InvalidDataError
from recommender.evaluate.method import Method
from recommender.evaluate.methods import OURS
from recommender.evaluate.metrics import PER_USER
from recommender.evaluate.page import evaluation_page
from recommender.evaluate.report import (
    best_of,
    quality_table,
    rows_by_key,
    sentences,
    to_json,
    verdict,
)
from recommender.evaluate.run import ALL, Cost, Difference, Evaluation, Row, evaluate
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


def test_the_page_marks_the_best_value_of_each_metric_of_which_more_is_better(
    evaluation: Evaluation,
) -> None:
    page = evaluation_page(evaluation)
    best = best_of(evaluation, 5)
    assert set(best) == {*PER_USER, "coverage"}
    assert f"<td class='best'>{best['ndcg']:.4f}<small>" in page
    assert f"<td class='best'>{best['coverage']:.4f}</td>" in page


def test_the_page_hands_out_every_figure_as_csv(evaluation: Evaluation) -> None:
    link = re.search(r"data:text/csv;base64,([^']+)", evaluation_page(evaluation))
    assert link is not None
    lines = base64.b64decode(link[1]).decode().splitlines()
    assert lines[0] == "method,metric,segment,value,low,high,n_users,seconds"
    assert len(lines) == 1 + len(evaluation.rows)


def test_the_page_says_so_when_no_method_could_be_judged() -> None:
    split = split_histories(blocks(), "random", share=0.3)
    nothing = evaluate(split, [Method("<refused>", refuse)], ks=(5,))
    page = evaluation_page(nothing)
    assert "No method could be judged." in page
    assert "&lt;refused&gt;</dt><dd>too big" in page


def judged(ours: float, baseline: float, low: float, high: float) -> Evaluation:
    """Two methods by hand; the interval is of the difference of the first and the second."""
    evaluation = Evaluation("all", "random", 1, (10,), 2, 5, 6, 2)
    for name, value, is_baseline in (("hybrid", ours, False), ("ease", baseline, True)):
        evaluation.rows.append(Row(name, "ndcg@10", ALL, value, value, value, 2, 0.0))
        evaluation.costs.append(Cost(name, is_baseline, 0.0, 0.0, 0))
    difference = Difference("hybrid", "ease", "ndcg@10", ours - baseline, low, high)
    evaluation.differences = [difference]
    return evaluation


def test_the_verdict_names_the_winner_only_where_the_interval_leaves_out_nought() -> None:
    ahead = verdict(judged(0.3, 0.2, 0.05, 0.15))
    assert ahead.startswith("hybrid finds most: its NDCG@10 is 0.3000, 50 % above that of ease")
    behind = verdict(judged(0.2, 0.25, -0.09, -0.01))
    assert behind.startswith("The baseline ease finds most: its NDCG@10 is 0.2500, 25 % above")
    assert verdict(judged(0.3, 0.29, -0.01, 0.03)).startswith("No clear winner: ")
