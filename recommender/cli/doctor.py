"""``footpath doctor``: whether everything is as it should be."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass

import click

from graphdb import Database, GraphDbError, Neo4jSettings, migration_status
from graphdb.contents import count_graph
from recommender import __version__
from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.errors import RecommenderError
from recommender.graph import finished_relation
from recommender.load import unfinished_loads
from recommender.publish import find_model, list_models


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    name: str
    is_good: bool
    detail: str


@click.command("doctor")
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    r"""Check the settings, the database and what is published; exit code 1 if something is wrong.

    \b
    Examples:
      footpath doctor
      footpath doctor --json
    """
    findings = [
        Finding("footpath", True, f"{__version__} on Python {platform.python_version()}"),
        _look("settings", _settings),
    ]
    if findings[-1].is_good:
        findings += _look_at_database()
    if as_json:
        print_json({"findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "[green]ok[/green]   " if finding.is_good else "[red]wrong[/red]"
            stdout.print(f"{mark} {finding.name:<10}", finding.detail, soft_wrap=True)
    if not all(finding.is_good for finding in findings):
        context.exit(1)


def _look_at_database() -> list[Finding]:
    try:
        database = open_for_command(migrate=False)
    except GraphDbError as error:
        return [Finding("database", False, str(error))]
    with database:
        version = ".".join(f"{part:02}" for part in database.version)
        checks: dict[str, Callable[[Database], str]] = {
            "schema": _schema,
            "loads": _loads,
            "relations": _relations,
            "graph": _graph,
            "models": _models,
        }
        where = f"Neo4j {version} at {database.settings.uri}"
        return [
            Finding("database", True, where),
            *[_look(name, lambda check=check: check(database)) for name, check in checks.items()],  # type: ignore[misc]
        ]


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except (GraphDbError, RecommenderError) as error:
        return Finding(name, False, str(error))


def _settings() -> str:
    settings = Neo4jSettings.from_environment(os.environ)
    return "Neo4j of its own (NEO4J_URI is not set)" if settings is None else f"{settings}"


def _schema(database: Database) -> str:
    pending = [s.migration.number for s in migration_status(database) if not s.is_applied]
    if pending:
        raise RecommenderError(f"Migrations {pending} are not applied. Run `footpath migrate`.")
    return "up to date"


def _loads(database: Database) -> str:
    unfinished = unfinished_loads(database)
    if unfinished:
        sources = "; ".join(load.source for load in unfinished)
        raise RecommenderError(f"Not loaded to the end: {sources}. Load the same again to finish.")
    return "none interrupted"


def _relations(database: Database) -> str:
    rows = database.read("relate/relations")
    for row in rows:
        if row["status"] != "done":
            finished_relation(database, row["name"])  # which says what to do
    written = ", ".join(f"{row['n_relationships']:,} :{row['name']}" for row in rows)
    return written or "none yet: run `footpath relate` or `footpath fit`"


def _graph(database: Database) -> str:
    counts = count_graph(database)
    return f"{counts['items']:,} items, {counts['interactions']:,} interactions"


def _models(database: Database) -> str:
    models = list_models(database)
    leftovers = [model.version for model in models if model.is_abandoned]
    if leftovers:
        raise RecommenderError(f"Left over: {', '.join(leftovers)}. Run `footpath models prune`.")
    if not models:
        return "none yet: run `footpath fit`"
    return f"{len(models)} versions, {find_model(database).version} active"
