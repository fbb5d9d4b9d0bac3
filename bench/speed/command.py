"""The command line: finds the tables among the modules of this package and runs one."""

from __future__ import annotations

import json
import pkgutil
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from platformdirs import user_cache_path

import bench.speed
from bench.speed.environments import install_peers
from bench.speed.machine import machine, versions
from bench.speed.page import measure_for_page, page_of
from bench.speed.tables import Options, Table, markdown

HELP = """Speed and memory of Footpath beside its peers, one command a table.

\b
python -m bench page               measure every table again and write the page of results
python -m bench peers              install the peers, each in an environment of its own
python -m bench walks              ns a step, at three sizes of graph
python -m bench train --quality    tokens a second, and whether the vectors are as good
python -m bench walks --size 10k --runs 3 --json

What is compared runs in turn in one go (A B C, A B C, …), each in its own process with one thread;
a figure is the median of its runs, and a ratio is of medians of the same go.
"""


def _say(line: str) -> None:
    click.echo(line, err=True)


def _sizes(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _peers(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...] | None:
    return None if value is None else _sizes(context, parameter, value)


def default_cache() -> Path:
    """Return the folder of environments and graphs."""
    return user_cache_path("footpath-bench", appauthor=False)


def common_options() -> list[click.Parameter]:
    """Return the options that every table takes."""
    return [
        click.Option(
            ["--size", "sizes"],
            default="",
            callback=_sizes,
            help="Graphs to measure on, as 10k,100k,1m; by default the table's own choice.",
        ),
        click.Option(
            ["--runs"], type=click.IntRange(1), default=5, show_default=True, help="Runs of each."
        ),
        click.Option(["--seed"], type=click.IntRange(0), default=1, show_default=True),
        click.Option(
            ["--peers"],
            callback=_peers,
            help="Compare with these alone, as pecanpy,gensim; '' for none. By default all.",
        ),
        click.Option(
            ["--cache"],
            type=click.Path(path_type=Path, file_okay=False),
            default=default_cache,
            show_default="the user's cache folder",
            help="Where environments and graphs are kept.",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="JSON, with the ratios by name."),
    ]


def measured(name: str, table: Table, command: str) -> dict[str, Any]:
    """Return a table as JSON, with where, when and how it was measured."""
    content = table.as_json()
    content["versions"] = {**versions(), **content["versions"]}
    return {
        "table": name,
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        **content,
    }


def table_command(name: str, measure: Callable[..., Table], text: str) -> click.Command:
    """Return the command of one table: the common options and those ``measure`` is given."""

    def run(
        sizes: tuple[str, ...],
        runs: int,
        seed: int,
        peers: tuple[str, ...] | None,
        cache: Path,
        as_json: bool,
        **others: Any,
    ) -> None:
        options = Options(sizes, runs, seed, peers, cache, _say)
        table = measure(options, **others)
        content = measured(name, table, shlex.join(["python", "-m", "bench", *sys.argv[1:]]))
        click.echo(json.dumps(content, indent=1) if as_json else markdown(content), nl=as_json)

    own = list(reversed(getattr(measure, "__click_params__", [])))
    return click.Command(name, callback=run, params=[*own, *common_options()], help=text)


class TableGroup(click.Group):
    """Finds a command ``end-to-end`` in the module ``bench.speed.end_to_end``."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the tables' names and the other commands'."""
        return sorted({*tables(), *super().list_commands(context)})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, or None where no module of that name measures anything."""
        own = super().get_command(context, name)
        module_name = name.replace("-", "_")
        if own is not None or module_name not in {m.name for m in pkgutil.iter_modules(_PATH)}:
            return own
        module = import_module(f"bench.speed.{module_name}")
        measure = getattr(module, "measure", None)
        return None if measure is None else table_command(name, measure, _help(module))


def tables() -> dict[str, ModuleType]:
    """Return the modules that measure a table, by the name of their command."""
    modules = {
        found.name.replace("_", "-"): import_module(f"bench.speed.{found.name}")
        for found in pkgutil.iter_modules(_PATH)
    }
    return {name: module for name, module in modules.items() if hasattr(module, "measure")}


def _help(module: ModuleType) -> str:
    r"""Return a module's docstring; the `\b` before its examples keeps click from filling them."""
    return (module.__doc__ or "").replace("\\b", "\b")


_PATH = bench.speed.__path__


@click.group(cls=TableGroup, help=HELP, context_settings={"max_content_width": 100})
def main() -> None:
    """Measure and show."""


@main.command()
@click.argument("names", nargs=-1)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=default_cache,
    show_default="the user's cache folder",
    help="Where environments and graphs are kept.",
)
@click.option("--again", is_flag=True, help="Install anew what is there or has failed before.")
def peers(names: tuple[str, ...], cache: Path, again: bool) -> None:
    """Install peers, each in an environment of its own, from bench/speed/peers/*.txt.

    Without NAMES all of them; torch_cluster brings several gigabytes and is compiled. A peer that
    cannot be installed is kept with the reason, and every table says so.
    """
    failed = install_peers(cache, names, is_again=again, say=_say)
    for name, reason in failed.items():
        click.echo(f"{name}: {reason}", err=True)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("names", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("docs/reference"),
    show_default=True,
    help="Where benchmarks.md is, and benchmarks/ with the tables as JSON.",
)
@click.option("--write-only", is_flag=True, help="Measure nothing, write the page from its JSON.")
def page(names: tuple[str, ...], folder: Path, write_only: bool) -> None:
    """Measure tables again, all or the named, and write the page of results.

    A table that fails keeps its last figures, and the command ends with 1.
    """
    results = folder / "benchmarks"
    failed = [] if write_only else measure_for_page(results, tables(), names, _say)
    (folder / "benchmarks.md").write_text(page_of(results), "utf-8")
    sys.exit(1 if failed else 0)
