"""A file by which the workers of one server tell each other at once which items were changed.

Whoever changed items appends a line before it answers; every worker looks at the file's size before
each answer, which costs about a microsecond. Other servers hear of it from the database, within a
second or so.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from pathlib import Path

import orjson

from recommender.items import ItemChange

MAX_BYTES = 16 * 2**20  # then a new file takes its place


class NewsFile:
    """Changes of items, one JSON line each, appended by any of several processes."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._open()

    def append(self, change: ItemChange) -> None:
        """Tell a change; once this returns every reader finds it."""
        line = orjson.dumps([change.number, change.states]) + b"\n"
        with self._path.with_suffix(".lock").open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if self._path.stat().st_size > self._max_bytes:
                new = self._path.with_suffix(".new")
                new.write_bytes(b"")
                new.replace(self._path)
            with self._path.open("ab") as file:
                file.write(line)

    def read(self, take: Callable[[ItemChange], None]) -> None:
        """Give each change that was told since it was last read to ``take``.

        Whoever comes meanwhile waits until all are taken: nobody goes on without them.
        """
        if not self._is_behind():
            return
        with self._lock:
            self._give_rest(take)
            while os.fstat(self._file.fileno()).st_nlink == 0:  # another file has taken its place
                self._give_rest(take)
                self._file.close()
                self._open()
                self._give_rest(take)

    def close(self) -> None:
        """Close the file; the others go on with it."""
        self._file.close()

    def _open(self) -> None:
        self._path.touch()
        self._file = self._path.open("rb")
        self._offset = 0

    def _is_behind(self) -> bool:
        found = os.fstat(self._file.fileno())
        return found.st_size > self._offset or found.st_nlink == 0

    def _give_rest(self, take: Callable[[ItemChange], None]) -> None:
        self._file.seek(self._offset)
        for line in self._file.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                take(ItemChange(*orjson.loads(line)))
                self._offset += len(line)  # only now: until then all who look are behind
