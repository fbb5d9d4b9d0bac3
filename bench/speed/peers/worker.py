"""One side of a comparison: a process that is set up once and then runs when it is told to.

Runs in the peers' environments too, so it needs nothing but Python. A worker's arguments are one
JSON object. It prints a JSON line when it is ready, then, for each line it reads (the number of
the run, also its seed), does its work once and prints a JSON line with what it took.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Clock:
    """CPU and wall seconds of a part of the work."""

    cpu_s = 0.0
    wall_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Add what the block takes."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu_s += time.process_time() - cpu
        self.wall_s += time.perf_counter() - wall


def arguments() -> dict[str, Any]:
    """Return what the worker was asked for."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    return asked


def serve(ready: dict[str, Any], run: Callable[[int], dict[str, Any]]) -> None:
    """Say that the worker is ready, with set-up and compile seconds, then run at each line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not come between the answers
    memory = {"setup_mib": peak_mib()}
    print(json.dumps({"ready": True, **memory, **ready}), file=answers, flush=True)
    for line in sys.stdin:
        result = run(int(line))
        print(json.dumps({**result, "peak_mib": peak_mib()}), file=answers, flush=True)


def peak_mib() -> float:
    """Return the most memory the process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
