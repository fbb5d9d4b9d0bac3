"""Embeddings come back from each format as they went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors

from recommender.embedding_files import (
    load_embeddings,
    read_embedding_file,
    read_parquet,
    read_word2vec_text,
    save_embeddings,
    write_parquet,
    write_word2vec_text,
)
from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError

ODD_IDS = ("007", "two\nlines", "émoji 🧦", "50%", "%20", "null", " ", "a\x00", "tab\there",
           "nbsp\u00a0", "line\u2028", "\ufeff")  # fmt: skip


def _embeddings(item_ids: tuple[str, ...] = ODD_IDS) -> Embeddings:
    random = np.random.default_rng(1)
    shape = (len(item_ids), 5)
    return Embeddings(
        item_ids,
        random.normal(size=shape).astype(np.float32),
        (random.normal(size=shape) * 1e-20).astype(np.float32),
        np.arange(len(item_ids), dtype=np.int64),
        {"walks": {"seed": 1}, "note": "é"},
    )


def _assert_equal(found: Embeddings, given: Embeddings) -> None:
    assert found.item_ids == given.item_ids
    for name in ("in_vectors", "out_vectors", "counts"):
        assert getattr(found, name).tobytes() == getattr(given, name).tobytes()
        assert getattr(found, name).dtype == getattr(given, name).dtype
    assert found.provenance == given.provenance


def test_npz_gives_back_everything(tmp_path: Path) -> None:
    given = _embeddings((*ODD_IDS, "\ud800", ""))
    save_embeddings(given, tmp_path / "model.npz")
    _assert_equal(load_embeddings(tmp_path / "model.npz"), given)


def test_parquet_gives_back_everything(tmp_path: Path) -> None:
    write_parquet(_embeddings(), tmp_path / "model.parquet")
    _assert_equal(read_parquet(tmp_path / "model.parquet"), _embeddings())


@pytest.mark.parametrize("side", ["in", "out"])
def test_word2vec_text_gives_back_ids_and_exact_vectors(tmp_path: Path, side: str) -> None:
    given = _embeddings()
    write_word2vec_text(given, tmp_path / "model.txt", side=side)  # type: ignore[arg-type]
    found = read_word2vec_text(tmp_path / "model.txt")
    assert found.item_ids == given.item_ids
    assert found.in_vectors.tobytes() == getattr(given, f"{side}_vectors").tobytes()


def test_gensim_reads_our_word2vec_text(tmp_path: Path) -> None:
    write_word2vec_text(_embeddings(), tmp_path / "model.txt")
    found = KeyedVectors.load_word2vec_format(str(tmp_path / "model.txt"), binary=False)
    assert found.index_to_key[:3] == ["007", "two%0Alines", "émoji%20🧦"]
    assert found.vectors == pytest.approx(_embeddings().in_vectors)


def test_the_format_of_a_file_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    for number, write in enumerate((save_embeddings, write_parquet, write_word2vec_text)):
        write(_embeddings(), tmp_path / str(number))
        assert read_embedding_file(tmp_path / str(number)).item_ids == ODD_IDS


def test_ids_that_a_format_cannot_hold_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with pytest.raises(InvalidDataError, match="no empty id"):
        write_word2vec_text(_embeddings(("",)), path)
    with pytest.raises(InvalidDataError, match="Use npz"):
        write_word2vec_text(_embeddings(("\ud800",)), path)
    with pytest.raises(InvalidDataError, match="Use npz"):
        write_parquet(_embeddings(("\ud800",)), path)
    assert list(tmp_path.iterdir()) == []  # nothing half written


@pytest.mark.parametrize("read", [load_embeddings, read_parquet, read_word2vec_text])
def test_missing_empty_and_foreign_files_are_refused(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(InvalidDataError, match="There is no file"):
        read(tmp_path / "none")
    for content in (b"", b"PK\x03\x04", b"hello\n", b"2 3\na 1 2 3\n\xff 1 2 3\n", b"1 2\na 1\n"):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(InvalidDataError, match="does not hold"):
            read(tmp_path / "file")


@pytest.mark.parametrize("lines", ["2 1\na 1\na 2\n", "2 1\na 1\n", "1 1\na nan\n"])
def test_word2vec_text_with_repeated_missing_or_broken_items_is_refused(
    tmp_path: Path, lines: str
) -> None:
    (tmp_path / "file").write_text(lines)
    with pytest.raises(InvalidDataError):
        read_word2vec_text(tmp_path / "file")
