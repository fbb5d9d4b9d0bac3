"""Token buckets in memory that all workers of a server share.

A bucket is one number: when it would be full again (the generic cell rate algorithm, ITU-T I.371).
One that is full holds nothing, so its place is free; the table never grows, and old entries need no
cleaning. Names are hashed with a secret of the server, so that nobody can choose two that meet.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from recommender.api.settings import Rate

N_PLACES = 1 << 16
N_TRIED = 8  # places that one name may take
SECRET_BYTES = 16
_PLACE_BYTES = 16  # a hash, and a time as time.monotonic() tells it, the same for all processes


class Buckets:
    """As many buckets as there are names that asked lately, up to 65,536.

    Where all places of a name are taken, the fullest bucket gives way: somebody is let through who
    would have been refused, never the other way round.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Open what :func:`make_file` has made, or begin with memory of this process alone."""
        self._lock = threading.Lock()
        self._fd: int | None = None
        if file is None:
            self._memory = mmap.mmap(-1, _n_bytes())
            self._memory[:SECRET_BYTES] = secrets.token_bytes(SECRET_BYTES)
        else:
            self._fd = os.open(file, os.O_RDWR)
            self._memory = mmap.mmap(self._fd, _n_bytes())
        self._secret = bytes(self._memory[:SECRET_BYTES])
        places = memoryview(self._memory)[SECRET_BYTES:]
        self._hashes, self._times = places.cast("Q"), places.cast("d")

    def take(self, name: str, rate: Rate) -> float:
        """Take one of a name's requests; return 0, or the seconds until there is one."""
        digest = hashlib.blake2b(name.encode(), digest_size=8, key=self._secret).digest()
        hashed = int.from_bytes(digest) or 1
        interval_s = rate.period_s / rate.times
        with self._alone():
            now = time.monotonic()
            place = self._place(hashed, now)
            full_at = max(self._times[place + 1], now) if self._hashes[place] == hashed else now
            wait_s = full_at + interval_s - now - rate.period_s
            if wait_s > 1e-9:
                return wait_s
            self._hashes[place] = hashed
            self._times[place + 1] = full_at + interval_s
        return 0.0

    def _place(self, hashed: int, now: float) -> int:
        """Return where a name is or may be: even, the time is beside it."""
        hashes, times = self._hashes, self._times
        first = 2 * (hashed % N_PLACES)
        if hashes[first] == hashed:
            return first
        places = [2 * ((hashed + step) % N_PLACES) for step in range(N_TRIED)]
        for place in places:
            if hashes[place] == hashed:
                return place
        return next(
            (place for place in places if times[place + 1] <= now),
            min(places, key=lambda place: times[place + 1]),
        )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads out, and other processes; the kernel frees the lock of a dead one."""
        with self._lock:
            if self._fd is not None:
                fcntl.lockf(self._fd, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._fd is not None:
                    fcntl.lockf(self._fd, fcntl.LOCK_UN)


def make_file(file: Path) -> None:
    """Make the file of empty buckets that workers share."""
    with file.open("xb") as made:
        made.write(secrets.token_bytes(SECRET_BYTES))
        made.truncate(_n_bytes())


def _n_bytes() -> int:
    return SECRET_BYTES + N_PLACES * _PLACE_BYTES
