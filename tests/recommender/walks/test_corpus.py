"""Walks in files come back as they were, or are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.errors import InvalidDataError
from recommender.walks import (
    WalkSettings,
    load_walks,
    make_walks,
    sampler,
    save_walks,
    walk_blocks,
)
from recommender.walks.corpus import blocks_of
from tests.builders import communities_graph, walk_corpus

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


def test_walks_saved_a_block_at_a_time_are_the_same_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sampler, "STEPS_A_BLOCK", 3_001)
    graph, settings = communities_graph(20, 9), WalkSettings(n_walks=10, length=30)
    visits = save_walks(walk_blocks(graph, settings, n_threads=2), tmp_path / "blocks.npy")
    corpus = make_walks(graph, settings)
    save_walks(corpus, tmp_path / "whole.npy")
    for end in (".npy", ".npy.json"):
        one, other = (tmp_path / f"{name}{end}" for name in ("blocks", "whole"))
        assert one.read_bytes() == other.read_bytes()
    assert np.load(tmp_path / "blocks.npy").tobytes() == corpus.walks.tobytes()
    assert visits.tolist() == corpus.counts().tolist()


@pytest.mark.parametrize("part", [slice(None), slice(3, 17)], ids=["file", "part of it"])
def test_blocks_of_a_file_are_its_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: slice
) -> None:
    monkeypatch.setattr("recommender.walks.corpus.PLACES_A_BLOCK", 12)
    rows = np.arange(100, dtype=np.int32).reshape(20, 5)
    np.save(tmp_path / "rows.npy", rows)
    walks = np.load(tmp_path / "rows.npy", mmap_mode="r")[part]
    blocks = list(blocks_of(walks))
    assert max(map(len, blocks)) == 2  # 12 places
    assert np.concatenate(blocks).tolist() == rows[part].tolist()


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
