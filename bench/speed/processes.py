"""Measure whole processes, one after the other, as the system accounts for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def run_process(side: Side, python: Path, settings: dict[str, Any]) -> Result:
    """Run a side's script once and return CPU and wall seconds and peak memory, all of it.

    Raises
    ------
    ProcessFailedError
        With the last line it wrote to stderr.
    """
    command = [str(python), str(HERE / side.script), json.dumps({**settings, **side.settings})]
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, env=environment_of(side)
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise ProcessFailedError(told(process.returncode, errors))
    return {
        "cpu_s": used.ru_utime + used.ru_stime,
        "wall_s": wall_s,
        "peak_mib": used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10),
    }


def interleave_processes(
    sides: Sequence[Side], settings: dict[str, Any], options: Options, table: Table
) -> dict[str, Measured]:
    """Return what whole processes took, run in turn; those that fail go to ``table.missing``."""
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
                result.runs.append(run_process(result.side, python, settings))
            except ProcessFailedError as error:
                table.missing[name] = f"failed: {error}"
                del measured[name]
    return {name: result for name, (result, _) in measured.items()}
