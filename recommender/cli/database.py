"""Open the database for a command: what NEO4J_URI names, or Footpath's own, started on demand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from graphdb import Database, apply_migrations, open_database
from recommender.cli.console import progress_bar, stderr
from recommender.progress import Progress


def open_for_command(*, migrate: bool = True) -> Database:
    """Return an open database, its schema up to date unless ``migrate`` is false."""
    with jar_progress() as report:
        database = open_database(os.environ, progress=report, say=stderr.print)
    if migrate:
        apply_migrations(database)
    return database


@contextmanager
def jar_progress() -> Iterator[Progress]:
    """Give a callback that shows a bar once there is something to download."""
    with ExitStack() as stack:
        bars: list[Progress] = []

        def report(done: int, total: int) -> None:
            if not bars:
                bars.append(stack.enter_context(progress_bar("Fetching Neo4j", "files")))
            bars[0](done, total)

        yield report
