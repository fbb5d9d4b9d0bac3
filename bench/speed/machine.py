"""Which machine and which versions a table was measured with."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

OURS = ("footpath", "numpy", "scipy", "numba", "gensim", "neo4j")


def machine() -> dict[str, str]:
    """Return processor, cores, memory, load, system and Python as text."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "load": f"{os.getloadavg()[1]:.1f} over five minutes",  # above the cores: a busy machine
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what Footpath itself runs on here."""
    found = {}
    for name in OURS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    cache = [line.split(":", 1)[1].strip() for line in lines if line.startswith("cache size")]
    return f"{names[0]}, cache {cache[0]}" if names and cache else platform.machine()
