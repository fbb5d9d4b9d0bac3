"""Open the database for a command: the one NEO4J_URI names, or Footpath's own, started on demand."""

from __future__ import annotations

import os

from graphdb import Database, apply_migrations, open_database
from recommender.cli.console import progress_bar, stderr


def open_for_command(*, migrate: bool = True) -> Database:
    """Return an open database, its schema up to date unless ``migrate`` is false."""
    with progress_bar("Neo4j", "files") as report:
        database = open_database(os.environ, progress=report, say=stderr.print)
    if migrate:
        apply_migrations(database)
    return database
