"""The file by which workers tell each other of changes: none lost, none twice, in whole lines."""

from __future__ import annotations

import multiprocessing
from contextlib import closing
from pathlib import Path

from recommender.items import ItemChange
from recommender.serve import NewsFile

N_WRITERS, N_CHANGES = 3, 1000  # some 36 bytes each: two exchanges


def append_some(path: Path, first: int, max_bytes: int) -> None:
    with closing(NewsFile(path, max_bytes)) as news:
        for number in range(first, first + N_CHANGES):
            news.append(ItemChange(number, {f"item {number} ü\n": "hidden"}))


def test_what_is_told_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "news"
    change = ItemChange(7, {"a/b c\n“": "gone", "bag": "shown"})
    with closing(NewsFile(path)) as teller, closing(NewsFile(path)) as reader:
        assert reader.read() == []
        teller.append(change)
        assert reader.read() == [change]
        assert reader.read() == []
        with closing(NewsFile(path)) as later:  # a worker that starts later
            assert later.read() == [change]


def test_processes_tell_all_they_have_while_files_are_exchanged(tmp_path: Path) -> None:
    path, max_bytes = tmp_path / "news", 50_000
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=append_some, args=(path, n * N_CHANGES, max_bytes))
        for n in range(N_WRITERS)
    ]
    heard: list[int] = []
    with closing(NewsFile(path, max_bytes)) as reader:
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            heard += [change.number for change in reader.read()]
        heard += [change.number for change in reader.read()]
    assert sorted(heard) == list(range(N_WRITERS * N_CHANGES))
    assert path.stat().st_size < max_bytes + 200
