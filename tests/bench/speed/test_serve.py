from pathlib import Path

import numpy as np
import pytest

from bench.speed.http_load import in_threads
from bench.speed.peers.searching import searched
from bench.speed.serve import LISTS, measure
from bench.speed.tables import Options


def test_recall_leaves_out_the_item_itself_and_what_is_too_much() -> None:
    # Each item's true two; the answer holds itself, one of them, a wrong one, and one too late.
    true = np.array([[1, 2], [0, 2], [0, 1]])
    answers = {0: [0, 1, 3, 2], 1: [1, 0, 3, 2], 2: [2, 0, 3, 1]}
    result = searched(answers.__getitem__, {"n_queries": 3}, 1, true)
    assert result["recall"] == 0.5


def test_all_questions_are_asked_and_timed() -> None:
    asked: list[str] = []
    _, took = in_threads(["a", "b", "c"], 2, lambda: asked.append)
    assert sorted(asked) == ["a", "b", "c"]
    assert len(took) == 3


def test_failure_in_a_thread_is_not_lost() -> None:
    def fail(one: str) -> None:
        raise OSError(one)

    with pytest.raises(OSError, match="a"):
        in_threads(["a"], 2, lambda: fail)


@pytest.mark.slow
def test_peers_that_are_missing_are_told_and_lists_have_full_recall(tmp_path: Path) -> None:
    options = Options(("1k",), runs=1, seed=1, peers=None, cache=tmp_path, say=lambda line: None)
    table = measure(options, None, http=False)
    assert table.ratios[f"1k: recall@20 of {LISTS}"] == 1.0
    assert "python -m bench peers hnswlib" in table.missing["hnswlib, ef 40"]
    assert "python -m bench peers faiss" in table.missing["faiss, all compared"]
