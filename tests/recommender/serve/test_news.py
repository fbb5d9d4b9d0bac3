"""The file by which workers tell each other of changes: none lost, none twice, in whole lines."""

from __future__ import annotations

import multiprocessing
import threading
from contextlib import closing
from pathlib import Path

from recommender.items import ItemChange
from recommender.serve import NewsFile

N_WRITERS, N_CHANGES = 3, 1000  # some 36 bytes each: two exchanges


def read(news: NewsFile) -> list[ItemChange]:
    found: list[ItemChange] = []
    news.read(found.append)
    return found


def append_some(path: Path, first: int, max_bytes: int) -> None:
    with closing(NewsFile(path, max_bytes)) as news:
        for number in range(first, first + N_CHANGES):
            news.append(ItemChange(number, {f"item {number} ü\n": "hidden"}))


def test_what_is_told_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "news"
    change = ItemChange(7, {"a/b c\n“": "gone", "bag": "shown"})
    with closing(NewsFile(path)) as teller, closing(NewsFile(path)) as reader:
        assert read(reader) == []
        teller.append(change)
        assert read(reader) == [change]
        assert read(reader) == []
        with closing(NewsFile(path)) as later:  # a worker that starts later
            assert read(later) == [change]


def test_nobody_goes_on_while_another_takes_up_a_change(tmp_path: Path) -> None:
    known: list[ItemChange] = []
    is_taking, may_go_on = threading.Event(), threading.Event()

    def take(change: ItemChange) -> None:
        is_taking.set()
        assert may_go_on.wait(30)
        known.append(change)

    with closing(NewsFile(tmp_path / "news")) as news:
        news.append(ItemChange(1, {"bag": "hidden"}))
        first = threading.Thread(target=news.read, args=(take,))
        first.start()
        assert is_taking.wait(30)
        seen: list[int] = []

        def look() -> None:
            news.read(known.append)
            seen.append(len(known))

        second = threading.Thread(target=look)
        second.start()
        second.join(0.2)
        assert seen == []
        may_go_on.set()
        first.join()
        second.join()
        assert seen == [1]


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
            heard += [change.number for change in read(reader)]
        heard += [change.number for change in read(reader)]
    assert sorted(heard) == list(range(N_WRITERS * N_CHANGES))
    assert path.stat().st_size < max_bytes + 200
