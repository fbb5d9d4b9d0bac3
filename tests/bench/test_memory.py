"""The measurement of memory runs from the command line and keeps its bound."""

from __future__ import annotations

import json
import subprocess
import sys


def _measured(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.memory", "--items", "500", "--relationships", "5000"]
    return subprocess.run(
        [*command, "--dimension", "8", *arguments], capture_output=True, text=True, timeout=300
    )


def test_memory_is_measured_beside_its_estimate() -> None:
    done = _measured("--max-memory", "8G", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["items"] == 500
    assert 4_800 < figures["relationships"] <= 5_000  # some are drawn twice, or are loops
    assert figures["peak_mb"] >= figures["peak_of_reading_mb"] > figures["graph_mb"]


def test_memory_over_the_bound_is_refused_before_it_is_taken() -> None:
    done = _measured("--max-memory", "10M")
    assert done.returncode != 0
    assert "more than the 10 MB of --max-memory" in done.stderr
