"""Walks in files come back as they were, or are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.errors import InvalidDataError
from recommender.walks import load_walks, save_walks
from tests.builders import walk_corpus

ODD_IDS = ("007", "two\nlines", "émoji 🧦", "\ud800 alone", "null", " ", "a\x00")


def test_saved_walks_come_back_as_they_were(tmp_path: Path) -> None:
    corpus = walk_corpus([[0, 1, 2], [3, 4], [5, 6, 0]], ODD_IDS)
    save_walks(corpus, tmp_path / "walks.npy")
    loaded = load_walks(tmp_path / "walks.npy")
    assert loaded.item_ids == ODD_IDS
    assert loaded.walks.tolist() == [[0, 1, 2], [3, 4, -1], [5, 6, 0]]
    assert loaded.provenance == {"walker": "by hand"}
    assert loaded.walk_ids(1) == ["\ud800 alone", "null"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["walks.npy", "walks.npy.json"]


def test_counts_are_tokens_without_padding() -> None:
    corpus = walk_corpus([[0, 1, 0], [1]], ("a", "b", "c"))
    assert corpus.counts().tolist() == [2, 2, 0]


def test_matrix_of_another_run_is_refused(tmp_path: Path) -> None:
    save_walks(walk_corpus([[0, 1]], ("a", "b")), tmp_path / "walks.npy")
    np.save(tmp_path / "walks.npy", np.array([[1, 0]], dtype=np.int32))
    with pytest.raises(InvalidDataError, match="do not belong together"):
        load_walks(tmp_path / "walks.npy")


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[0, 2]], "rows that are no items"),
        ([[0, -2]], "rows that are no items"),
        ([[-1, 0]], "go on after their end"),
        ([0, 1], "1 dimensions"),
    ],
)
def test_matrix_that_is_no_walks_is_refused(
    tmp_path: Path, matrix: list[object], words: str
) -> None:
    save_walks(walk_corpus([[0, 1]], ("a", "b")), tmp_path / "walks.npy")
    np.save(tmp_path / "walks.npy", np.array(matrix, dtype=np.int32))
    with pytest.raises(InvalidDataError, match=words):
        load_walks(tmp_path / "walks.npy")


def test_missing_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match="There is no file"):
        load_walks(tmp_path / "none.npy")
    (tmp_path / "text.npy").write_text("i1 i2 i3\n")
    with pytest.raises(InvalidDataError, match="not a walk corpus"):
        load_walks(tmp_path / "text.npy")


def test_walks_cannot_be_saved_into_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"Cannot write .*No such file"):
        save_walks(walk_corpus([[0]], ("a",)), tmp_path / "none" / "walks.npy")
