"""Metrics by hand, and equal to ranx's on the same lists."""

import numpy as np
import pytest

from recommender.evaluate.bootstrap import interval
from recommender.evaluate.metrics import PER_USER, catalogue_coverage, hits_of
from recommender.histories import Histories, build_histories


def relevant(*users: list[int], n_items: int = 50) -> Histories:
    return build_histories(
        np.repeat(np.arange(len(users)), [len(rows) for rows in users]),
        np.array([row for rows in users for row in rows], np.int64),
        user_ids=tuple(f"u{number}" for number in range(len(users))),
        item_ids=tuple(f"i{number}" for number in range(n_items)),
    )


def test_metrics_of_one_list_by_hand() -> None:
    # Relevant 3, 7, 9; the list has 7 at rank 2 and 3 at rank 4.
    hits = hits_of(np.array([[1, 7, 2, 3]], np.int32), relevant([3, 7, 9]))
    values = {name: metric(hits, np.array([3]), 4)[0] for name, metric in PER_USER.items()}
    discounts = 1 / np.log2([2, 3, 4, 5])
    assert values == pytest.approx(
        {
            "precision": 2 / 4,
            "recall": 2 / 3,
            "hit_rate": 1,
            "mrr": 1 / 2,
            "map": (1 / 2 + 2 / 4) / 3,
            "ndcg": (discounts[1] + discounts[3]) / discounts[:3].sum(),
        }
    )


def test_an_empty_list_is_worth_nothing() -> None:
    hits = hits_of(np.full((1, 4), -1, np.int32), relevant([3]))
    assert all(metric(hits, np.array([1]), 4)[0] == 0 for metric in PER_USER.values())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # ranx's compiled code warns on its own of reflected lists
@pytest.mark.parametrize("k", [1, 5, 20])
def test_metrics_equal_those_of_ranx(k: int) -> None:
    from ranx import Qrels, Run
    from ranx import evaluate as ranx_evaluate

    random = np.random.default_rng(k)
    wanted = [
        random.choice(50, size, replace=False).tolist() for size in random.integers(1, 30, 40)
    ]
    lists = np.stack([random.choice(50, 20, replace=False) for _ in wanted]).astype(np.int32)
    qrels = Qrels({f"u{u}": {f"i{row}": 1 for row in rows} for u, rows in enumerate(wanted)})
    run = Run({
        f"u{u}": {f"i{row}": 100.0 - rank for rank, row in enumerate(rows)}
        for u, rows in enumerate(lists.tolist())
    })  # fmt: skip
    theirs = ranx_evaluate(qrels, run, [f"{name}@{k}" for name in PER_USER])
    hits, n_relevant = hits_of(lists, relevant(*wanted)), relevant(*wanted).lengths()
    for name, metric in PER_USER.items():
        value = metric(hits, n_relevant, k).mean()
        assert value == pytest.approx(theirs[f"{name}@{k}"], abs=1e-9), name


def test_coverage_counts_an_item_once_however_often_it_is_shown() -> None:
    assert catalogue_coverage(np.array([[1, 2], [2, -1]]), 4) == 0.5


def test_the_interval_holds_the_mean_and_is_a_function_of_the_seed() -> None:
    values = np.random.default_rng(2).random(500)
    low, high = interval(values, seed=3)
    assert low < values.mean() < high
    assert (low, high) == interval(values, seed=3)
    # The standard error of 500 uniform draws is .0129: the interval is about 3.9 of them wide.
    assert high - low == pytest.approx(3.92 * 0.0129, rel=0.15)
