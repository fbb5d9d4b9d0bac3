"""The log of who was shown what in which variant: one JSON object a line.

Answers never wait for it: lines go through a queue to a thread. If the disk is slower than the
answers for so long that the queue is full, lines are dropped; the log of the server counts them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from multiprocessing.util import Finalize
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any

from recommender.errors import InvalidParameterError

logger = logging.getLogger(__name__)
exposures = logging.getLogger("footpath.exposures")

MOST_WAITING = 20_000  # lines
MOST_AT_ONCE = 500
CLOSE_S = 5.0


class ExposureLog:
    """Writes exposures to a file, or to the logger ``footpath.exposures``.

    Whole lines are appended by single writes, so lines of several processes do not mix. A file that
    was moved away is opened anew under its name. The thread begins with the first exposure, so that
    a process may be forked before.
    """

    def __init__(self, file: Path | None = None, most_waiting: int = MOST_WAITING) -> None:
        self._file = file
        self._descriptor = -1
        self._queue: Queue[str | None] = Queue(most_waiting)
        self._n_dropped = 0
        if file is not None:
            self._reopen(file)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, exposure: Mapping[str, Any]) -> None:
        """Take one exposure, plain JSON; never waits."""
        if self._file is None and not exposures.isEnabledFor(logging.INFO):
            return
        if self._thread is None:
            self._start()
        try:
            self._queue.put_nowait(json.dumps(exposure))
        except Full:
            self._n_dropped += 1

    def close(self) -> None:
        """Write what is waiting and end."""
        if self._thread is not None:
            self._finalizer()
        elif self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                # Worker processes of multiprocessing leave without ``atexit``.
                self._finalizer = Finalize(self, self._end, exitpriority=10)
                thread = threading.Thread(target=self._run, daemon=True, name="exposure log")
                thread.start()
                self._thread = thread

    def _end(self) -> None:
        assert self._thread is not None
        with contextlib.suppress(Full):
            self._queue.put(None, timeout=CLOSE_S)
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        is_open = True
        while is_open:
            lines: list[str | None] = [self._queue.get()]
            while len(lines) < MOST_AT_ONCE:
                try:
                    lines.append(self._queue.get_nowait())
                except Empty:
                    break
            is_open = None not in lines
            self._write([line for line in lines if line is not None])
            if self._n_dropped:
                n_dropped, self._n_dropped = self._n_dropped, 0
                logger.error("%d exposures were dropped: the log is too slow.", n_dropped)
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def _write(self, lines: list[str]) -> None:
        if self._file is None:
            for line in lines:
                exposures.info("%s", line)
            return
        try:
            if not _is_same(self._file, self._descriptor):
                self._reopen(self._file)
            data = "".join(f"{line}\n" for line in lines).encode()
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            logger.error("%d exposures are lost: %s", len(lines), error)

    def _reopen(self, file: Path) -> None:
        old, flags = self._descriptor, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(file, flags, 0o640)
        if old >= 0:
            os.close(old)


def check_file(file: Path) -> None:
    """Raise InvalidParameterError if exposures cannot be appended to a file."""
    try:
        with file.open("ab"):
            pass
    except OSError as error:
        raise InvalidParameterError(f"Exposures cannot be written to {file}: {error}.") from error


def _is_same(file: Path, descriptor: int) -> bool:
    """Whether a name still is the file that is open."""
    try:
        named, opened = os.stat(file), os.fstat(descriptor)
    except OSError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
