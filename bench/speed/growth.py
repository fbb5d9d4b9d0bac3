r"""How time and memory of walks and training grow with the graph, from 200 thousand to 20 million.

For each size: one walk of 20 items from each item, 128 dimensions, one pass, one thread, with the
default engine (or --engine). Compiling and starting are left out of the time. The exponent is the
slope of a straight line through the logarithms of seconds and of relationships: 1 is growth in
step.

\b
python -m bench growth                              five sizes; the largest needs 4 GiB
python -m bench growth --size 1k,10k --runs 1
python -m bench growth --plot docs/images/growth.png      needs Chromium
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from bench.speed.graphs import SIZES, graph_file
from bench.speed.growth_plot import draw_growth
from bench.speed.tables import Options, Table, significant
from bench.speed.train import SETTINGS, engines
from bench.speed.walks import BYTES_AN_EDGE
from bench.speed.workers import Side, interleave

ASKED = {"n_walks": 1, "length": 20, **SETTINGS}
SIZES_MEASURED = ("10k", "32k", "100k", "316k", "1m")
MIB = 2**20
ON_PAGE = (("--runs", "3", "--plot", "docs/images/growth.png"),)


@click.option("--engine", type=click.Choice(engines()), help="What trains, if not the default.")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw into this PNG file too."
)
def measure(options: Options, engine: str | None, plot: Path | None) -> Table:
    """Return the table of growth."""
    table = Table("Growth: walks and training in memory, one thread")
    asked: dict[str, Any] = {**ASKED, **({"engine": engine} if engine else {})}
    for size in options.sizes or SIZES_MEASURED:
        table.part = size
        options.say(size)
        graph = {"graph": str(graph_file(options.cache, size, options.seed))}
        side = Side(size, "ours/grow.py", None, graph)
        measured = interleave([side], asked, options, table)
        if size in measured:
            table.rows.append(_row(size, measured[size].ready, measured[size].runs))
    for name in ("walks CPU s", "training CPU s", "both CPU s", "peak MiB above start"):
        if len(table.rows) > 1:
            table.ratios[f"exponent of {name}"] = exponent(table.rows, name)
    for row in table.rows[-1:]:
        rest = row["peak MiB"] - row["graph MiB"] - row["tables MiB"]
        table.ratios[f"peak MiB less graph and tables, {row['items']:,} items"] = rest
    if plot is not None:
        draw_growth(table.as_json(), plot)
    table.notes.append(
        f"One walk of {ASKED['length']} items from each, {ASKED['dimension']} dimensions; "
        f"median of {options.runs} runs. Peak memory is of the whole process; graph and tables are "
        "8 and 12 bytes for each relationship and direction, vectors are in- and out-vectors. "
        "Work is in step with the graph; the exponent of time is above 1 because vectors and "
        "tables of the small graphs fit into the processor's caches."
    )
    return table


def _row(size: str, ready: dict[str, Any], runs: list[dict[str, Any]]) -> dict[str, Any]:
    items, relationships = SIZES[size]
    peak = max(run["peak_mib"] for run in runs)
    return {
        "items": items,
        "relationships": relationships,
        "tokens": runs[0]["tokens"],
        "walks CPU s": significant(median(run["walks_cpu_s"] for run in runs)),
        "training CPU s": significant(median(run["training_cpu_s"] for run in runs)),
        "both CPU s": significant(median(run["cpu_s"] for run in runs)),
        "peak MiB": round(peak),
        "peak MiB above start": round(peak - ready["started_mib"]),
        "graph MiB": round(2 * relationships * 8 / MIB),
        "tables MiB": round(2 * relationships * BYTES_AN_EDGE / MIB),
        "vectors MiB": round(items * ASKED["dimension"] * 4 * 2 / MIB),
    }


def exponent(rows: list[dict[str, Any]], name: str) -> float:
    """Return the slope of log(figure) over log(relationships), by least squares."""
    x = np.log([row["relationships"] for row in rows])
    y = np.log([max(row[name], 1e-9) for row in rows])
    return round(float(np.polyfit(x, y, 1)[0]), 3)
