"""A file by which the workers of one server tell each other at once which items were changed.

Whoever changed items appends a line before it answers, and counts it; every worker looks at the
count, which is in shared memory, before each answer: no call of the system, in which it would have
to let go of the interpreter lock. Other servers hear of it from the database, within a second or
so.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from recommender.items import ItemChange

COUNT_BYTES = 8
MAX_BYTES = 16 * 2**20  # then a new file takes its place


class NewsFile:
    """Changes of items, one JSON line each, appended by any of several processes."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        with self._alone():
            self._memory = _open_count(path.with_suffix(".count"))
        self._count = memoryview(self._memory).cast("Q")  # changes told up to now, by all
        self._taken = 0  # as many as were told when all were last taken
        self._open()

    def append(self, change: ItemChange) -> None:
        """Tell a change; once this returns every reader finds it."""
        line = orjson.dumps([change.number, change.states]) + b"\n"
        with self._alone():
            if self._path.stat().st_size > self._max_bytes:
                new = self._path.with_suffix(".new")
                new.write_bytes(b"")
                new.replace(self._path)
            with self._path.open("ab") as file:
                file.write(line)
            self._count[0] += 1

    def read(self, take: Callable[[ItemChange], None]) -> None:
        """Give each change that was told since it was last read to ``take``.

        Whoever comes meanwhile waits until all are taken: nobody goes on without them.
        """
        if self._count[0] == self._taken:
            return
        with self._lock:
            n_told = self._count[0]  # what is told from here on is for the next to read
            self._give_rest(take)
            while os.fstat(self._file.fileno()).st_nlink == 0:  # another file has taken its place
                self._give_rest(take)
                self._file.close()
                self._open()
                self._give_rest(take)
            self._taken = n_told

    def close(self) -> None:
        """Close the file; the others go on with it."""
        self._file.close()
        self._count.release()
        self._memory.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _open(self) -> None:
        self._path.touch()
        self._file = self._path.open("rb")
        self._offset = 0

    def _give_rest(self, take: Callable[[ItemChange], None]) -> None:
        fd = self._file.fileno()
        size = os.fstat(fd).st_size
        # At an offset of one's own: processes that were forked since share that of the file.
        for line in os.pread(fd, size - self._offset, self._offset).splitlines(keepends=True):
            if line.endswith(b"\n"):
                take(ItemChange(*orjson.loads(line)))
                self._offset += len(line)


def _open_count(file: Path) -> mmap.mmap:
    """Return the memory of a count that processes share, 0 if it is new."""
    with file.open("a+b") as opened:
        if opened.seek(0, os.SEEK_END) < COUNT_BYTES:
            opened.truncate(COUNT_BYTES)
        return mmap.mmap(opened.fileno(), COUNT_BYTES)
