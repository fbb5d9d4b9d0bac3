"""The page of results: every table measured again, kept as JSON, and written as Markdown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from bench.speed.tables import markdown

# Tables not named here follow, by name.
ORDER = ("walks", "train", "end-to-end", "growth", "projection", "load", "serve")

INTRODUCTION = """# Benchmarks

Written by `python -m bench page`, which measures every table again; with `--write-only` it writes
the page from the JSON in [benchmarks/](benchmarks/). Each table has a command of its own, whose
`--help` tells what is compared and how; adding one is in [bench/README.md](../../bench/README.md).

What is compared runs in turn (A B C, A B C, …), each in its own process with one thread, peers in
environments of their own with pinned versions. Times are CPU seconds, medians of the runs; a ratio
divides medians of one go. A peer that could not be installed or failed is named under its table.
The load stands under each table: beside others that use the caches, what waits for memory (one walk
at a time) is slowed more than walks in turn, so ratios of a busy machine flatter Footpath.
"""


def measure_for_page(
    results: Path,
    tables: Mapping[str, ModuleType],
    names: Sequence[str],
    say: Callable[[str], None],
) -> list[str]:
    """Measure tables, as their ``ON_PAGE`` says, into JSON files; return those that failed.

    ``ON_PAGE`` holds the arguments of each measurement that is shown; without it there is one, with
    none.

    Raises
    ------
    click.BadParameter
        If a name is no table's.
    """
    unknown = sorted(set(names) - set(tables))
    if unknown:
        raise click.BadParameter(f"'{unknown[0]}' is none of {', '.join(tables)}.")
    results.mkdir(exist_ok=True)
    failed = []
    for name in names or tables:
        variants: Sequence[Sequence[str]] = getattr(tables[name], "ON_PAGE", ((),))
        for left_over in results.glob(f"{name}-[0-9].json"):
            if int(left_over.stem[-1]) > len(variants):
                left_over.unlink()
        for number, arguments in enumerate(variants, start=1):
            say(f"{name} {' '.join(arguments)}")
            command = [sys.executable, "-m", "bench", name, *arguments, "--json"]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode:
                failed.append(name)
                say(f"{name} failed; its last figures are kept")
                continue
            suffix = "" if number == 1 else f"-{number}"
            (results / f"{name}{suffix}.json").write_bytes(done.stdout)
    return failed


def page_of(results: Path) -> str:
    """Return the page of the JSON files in a folder."""
    tables = [json.loads(path.read_text("utf-8")) for path in sorted(results.glob("*.json"))]
    known = {name: place for place, name in enumerate(ORDER)}
    tables.sort(key=lambda table: known.get(table["table"], len(ORDER)))
    return "\n".join([INTRODUCTION, *(_section(table) for table in tables)])


def _section(table: dict[str, Any]) -> str:
    lines = [markdown(table)]
    if table["table"] == "growth":
        lines.append("![Seconds and memory over relationships](../images/growth.png)\n")
    machine = ", ".join(f"{key} {value}" for key, value in table["machine"].items())
    versions = ", ".join(f"{name} {version}" for name, version in table["versions"].items())
    command = table["command"].removesuffix(" --json")
    lines.append(f"`{command}`, {table['date']}; {machine}; {versions}.\n")
    return "\n".join(lines)
