"""Run the sides of a comparison in turn, each in a process of its own, and read what they took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from bench.speed.environments import environment
from bench.speed.tables import Options, Table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Result = dict[str, Any]

ONE_THREAD = {
    f"{library}_NUM_THREADS": "1"
    for library in ("OMP", "MKL", "OPENBLAS", "NUMBA", "RAYON", "NUMEXPR", "VECLIB_MAXIMUM")
}


# A machine may pin older BLAS kernels than its processor has; gensim would be measured too slow.
MAIN_PACKAGES = {"grape": "ensmallen", "faiss": "faiss-cpu"}
PINNED_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    ``script`` is a path below bench/speed; ``peer`` names the environment it runs in, and is
    None for Footpath itself, which runs in this one.
    """

    name: str
    script: str
    peer: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    note: str = ""


def environment_of(side: Side) -> dict[str, str]:
    """Return the variables of a side's process: one thread each, and no modules but its own."""
    kept = {key: value for key, value in os.environ.items() if key not in PINNED_KERNELS}
    folder = str(ROOT) if side.peer is None else ""
    return {**kept, **ONE_THREAD, "PYTHONWARNINGS": "ignore", "PYTHONPATH": folder}


def told(process_code: int, errors: IO[bytes]) -> str:
    """Return why a process failed: its last line on stderr."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").split("\n")
    written = [line.strip() for line in lines if line.strip()]
    return written[-1] if written else f"ended with code {process_code}"


@dataclass
class Measured:
    """What one side took: what it said when ready, and the answer of each run."""

    side: Side
    ready: Result
    runs: list[Result] = field(default_factory=list)

    def all_of(self, key: str) -> list[float]:
        """Return one figure of every run."""
        return [float(run[key]) for run in self.runs]


class WorkerFailedError(Exception):
    """A worker ended or answered with something that is no answer."""


class Worker:
    """A process that serves one side."""

    def __init__(self, side: Side, python: Path, settings: dict[str, Any]):
        self._side = side
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._process = subprocess.Popen(
            [str(python), str(HERE / side.script), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment_of(side),
        )

    def answer(self, run: int | None = None) -> Result:
        """Return the next answer, of the run if a number is given.

        Raises
        ------
        WorkerFailedError
            With the last line the worker wrote to stderr.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            if run is not None:
                self._process.stdin.write(f"{run}\n")
                self._process.stdin.flush()
            line = self._process.stdout.readline()
            result: Result = json.loads(line)
        except (OSError, ValueError) as error:
            raise WorkerFailedError(self._last_error()) from error
        return result

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _last_error(self) -> str:
        self._process.kill()
        return told(self._process.wait(), self._errors)


def interleave(
    sides: Sequence[Side], settings: dict[str, Any], options: Options, table: Table
) -> dict[str, Measured]:
    """Return what each side took, run in turn: A B C, then A B C again, and so on.

    A side that has no environment, or fails, is left out and told in ``table.missing``.

    Parameters
    ----------
    sides : sequence of Side
        What is compared; Footpath's have no peer.
    settings : dict
        What every side is asked for; a side's own settings go before.
    options : Options
        How many runs, from which seed, with which peers.
    table : Table
        Its ``missing`` and ``versions`` are added to.
    """
    with ExitStack() as stack:
        measured: dict[str, tuple[Measured, Worker]] = {}
        for side in chosen(sides, options):
            started = _started(side, settings, options, table, stack)
            if started is not None:
                measured[side.name] = started
        for run in range(options.runs):
            for name in list(measured):
                result, worker = measured[name]
                options.say(f"  run {run + 1} of {options.runs}: {name}")
                answer = _or_none(partial(worker.answer, options.seed + run), name, table)
                if answer is None:
                    del measured[name]
                else:
                    result.runs.append(answer)
    return {name: result for name, (result, _) in measured.items()}


def chosen(sides: Sequence[Side], options: Options) -> list[Side]:
    """Return Footpath's sides and those of the peers that are asked for."""
    return [
        side
        for side in sides
        if side.peer is None or options.peers is None or side.peer in options.peers
    ]


def _started(
    side: Side, settings: dict[str, Any], options: Options, table: Table, stack: ExitStack
) -> tuple[Measured, Worker] | None:
    python = interpreter(side, options, table)
    if python is None:
        return None
    options.say(f"  starting {side.name}")
    worker = Worker(side, python, {**settings, **side.settings})
    stack.callback(worker.close)
    ready = _or_none(worker.answer, side.name, table)
    return None if ready is None else (Measured(side, ready), worker)


def interpreter(side: Side, options: Options, table: Table) -> Path | None:
    """Return what runs a side's script; None, and why in ``table.missing``, if nothing does."""
    if side.peer is None:
        return Path(sys.executable)
    found = environment(options.cache, side.peer)
    if not found.is_ready:
        table.missing[side.name] = found.reason
        return None
    main = MAIN_PACKAGES.get(side.peer, side.peer)
    table.versions.update({k: v for k, v in found.versions.items() if k.lower() == main})
    return found.python


def _or_none(answer: Callable[[], Result], name: str, table: Table) -> Result | None:
    try:
        return answer()
    except WorkerFailedError as error:
        table.fail(name, str(error))
        return None
