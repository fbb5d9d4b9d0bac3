"""What commands share on the terminal: results to stdout, talk and progress to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from recommender.progress import Progress as ProgressCallback

stdout = Console(highlight=False)
stderr = Console(stderr=True, highlight=False)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object for scripts."
)


def print_json(value: Any) -> None:
    """Print a value as one JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def progress_bar(title: str, unit: str = "", *, is_kept: bool = True) -> Iterator[ProgressCallback]:
    """Give a callback that moves a bar on stderr; where that is no terminal, nothing is printed.

    A bar that is not kept vanishes at the end.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    is_hidden = not stderr.is_terminal
    with Progress(*columns, console=stderr, transient=not is_kept, disable=is_hidden) as progress:
        task = progress.add_task(title, total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        yield report
        if progress.tasks[task].total is None:
            progress.update(task, total=progress.tasks[task].completed)
