"""What a table is: rows, ratios by name, and what could not be measured."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What every table is asked for.

    ``sizes`` are names of :data:`bench.speed.graphs.SIZES` and empty for the table's own choice;
    ``peers`` are environments to compare with, None for all.
    """

    sizes: tuple[str, ...]
    runs: int
    seed: int
    peers: tuple[str, ...] | None
    cache: Path
    say: Callable[[str], None]


@dataclass
class Table:
    """A measured table.

    ``rows`` are shown in their order, the columns in the order of first appearance. ``ratios`` are
    what a reader checks: a name that says what is divided by what, and the number. ``missing`` is
    what could not be measured and why; it is always shown.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    ratios: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    part: str = ""  # what is being measured just now, such as a size

    def fail(self, name: str, reason: str) -> None:
        """Note that a side failed in the part that is being measured."""
        where = f" at {self.part}" if self.part else ""
        known = [self.missing[name]] if name in self.missing else []
        self.missing[name] = "; ".join([*known, f"failed{where}: {reason}"])

    def as_json(self) -> dict[str, Any]:
        """Return the table as plain JSON, without machine and date."""
        return {
            "title": self.title,
            "ratios": self.ratios,
            "rows": self.rows,
            "missing": self.missing,
            "notes": self.notes,
            "versions": self.versions,
        }


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Return the median of theirs divided by the median of ours, rounded: above 1, we are faster.

    Both are the runs of one interleaved round trip, so what slows the machine slows both.
    """
    return significant(median(theirs) / median(ours))


def significant(number: float, digits: int = 3) -> float:
    """Return the number rounded to some significant digits."""
    if number == 0 or not math.isfinite(number):
        return number
    return round(number, digits - 1 - math.floor(math.log10(abs(number))))


def markdown(table: dict[str, Any], level: int = 2) -> str:
    """Return a table, as its JSON has it, as Markdown."""
    lines = [f"{'#' * level} {table['title']}", ""]
    lines += _grid(table["rows"])
    if table["ratios"]:
        lines += ["", *_grid([{"ratio": k, "value": v} for k, v in table["ratios"].items()])]
    if table["missing"]:
        lines += ["", *(f"- **{name}** not measured: {why}" for name, why in _sorted(table))]
    if table["notes"]:
        lines += ["", *(f"- {note}" for note in table["notes"])]
    return "\n".join(lines) + "\n"


def _sorted(table: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(table["missing"].items())


def _grid(rows: list[Row]) -> list[str]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in [columns, *cells]) for at in range(len(columns))]
    is_number = [
        all(re.fullmatch(r"-?[\d,.]*", line[at]) for line in cells) for at in range(len(columns))
    ]
    rule = [
        "-" * (width - 1) + (":" if right else "-")
        for width, right in zip(widths, is_number, strict=True)
    ]
    return [
        "| " + " | ".join(_padded(line, widths, is_number)) + " |"
        for line in [columns, rule, *cells]
    ]


def _padded(line: list[str], widths: list[int], is_number: list[bool]) -> list[str]:
    return [
        text.rjust(width) if right else text.ljust(width)
        for text, width, right in zip(line, widths, is_number, strict=True)
    ]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        rounded = round(significant(value), 4)
        return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
