"""Measure whole processes, one after the other, as the system accounts for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.speed.tables import Options, Table
from bench.speed.workers import (
    HERE,
    Measured,
    Result,
    Side,
    chosen,
    environment_of,
    interpreter,
    told,
)


class ProcessFailedError(Exception):
    """A process ended with a code that is not 0."""


def run_process(
    side: Side, python: Path, settings: dict[str, Any], beside: psutil.Process | None = None
) -> Result:
    """Run a side's script once and return CPU and wall seconds and peak memory, all of it.

    ``beside`` is a server that works for it: its CPU seconds of that time are added, and told.

    Raises
    ------
    ProcessFailedError
        With the last line it wrote to stderr.
    """
    command = [str(python), str(HERE / side.script), json.dumps({**settings, **side.settings})]
    with tempfile.TemporaryFile() as errors:
        served = _cpu_s(beside)
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, env=environment_of(side)
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise ProcessFailedError(told(process.returncode, errors))
    beside_cpu_s = _cpu_s(beside) - served
    return {
        "cpu_s": used.ru_utime + used.ru_stime + beside_cpu_s,
        "beside_cpu_s": beside_cpu_s,
        "wall_s": wall_s,
        "peak_mib": used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10),
    }


def interleave_processes(
    sides: Sequence[Side],
    settings: dict[str, Any],
    options: Options,
    table: Table,
    *,
    beside: psutil.Process | None = None,
    after: Callable[[], None] = lambda: None,
) -> dict[str, Measured]:
    """Return what whole processes took, run in turn; those that fail go to ``table.missing``.

    ``after`` is called after each, untimed.
    """
    measured: dict[str, tuple[Measured, Path]] = {}
    for side in chosen(sides, options):
        python = interpreter(side, options, table)
        if python is not None:
            measured[side.name] = Measured(side, {}), python
    for run in range(options.runs):
        for name in list(measured):
            result, python = measured[name]
            options.say(f"  run {run + 1} of {options.runs}: {name}")
            try:
                result.runs.append(run_process(result.side, python, settings, beside))
            except ProcessFailedError as error:
                table.fail(name, str(error))
                del measured[name]
            after()
    return {name: result for name, (result, _) in measured.items()}


def _cpu_s(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return times.user + times.system
