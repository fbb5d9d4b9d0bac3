"""Apply the migrations under ``migrations/`` in order, once each.

Each file is one statement. Its number, description and SHA-256 are recorded as a ``:Migration``
node after it ran; every statement can run twice without harm, so a crash between the two, or two
programs at once, are mended by the next run. Why not a library: docs/decisions/0008.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from graphdb.connection import Database
from graphdb.errors import SchemaError
from graphdb.queries import parse_query

logger = logging.getLogger(__name__)

_FILE_NAME = re.compile(r"V(\d{4})__([a-z0-9_]+)\.cypher")


@dataclass(frozen=True)
class Migration:
    """One step of the schema."""

    number: int
    description: str
    checksum: str
    text: str


@dataclass(frozen=True)
class MigrationStatus:
    """A migration and whether the database has it."""

    migration: Migration
    is_applied: bool


def migrations_folder() -> Path:
    """Return where the migrations are: in an installed package, or at the top of a checkout."""
    packaged = Path(__file__).parent / "migrations"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "migrations"


def load_migrations(folder: Path) -> list[Migration]:
    """Return the migrations of a folder in order.

    Raises
    ------
    SchemaError
        If a name is not ``V0001__some_phrase.cypher``, or the numbers are not 1, 2, 3, ….
    """
    migrations = []
    for file in sorted(folder.glob("*.cypher")):
        match = _FILE_NAME.fullmatch(file.name)
        if match is None:
            raise SchemaError(f"{file} is not named like V0001__item_id_is_unique.cypher.")
        source = file.read_text(encoding="utf-8")
        checksum = hashlib.sha256(source.encode()).hexdigest()
        description = match[2].replace("_", " ")
        text = parse_query(file.stem, source).text
        migrations.append(Migration(int(match[1]), description, checksum, text))
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        raise SchemaError(f"The migrations in {folder} are numbered {numbers}, not 1, 2, 3, ….")
    return migrations


def migration_status(database: Database, folder: Path | None = None) -> list[MigrationStatus]:
    """Return every migration on disk with whether it was applied.

    Raises
    ------
    SchemaError
        If the database has a migration that is not on disk, or one that has changed since.
    """
    migrations = load_migrations(folder or migrations_folder())
    applied = {row["number"]: row["checksum"] for row in database.read("admin/applied_migrations")}
    unknown = sorted(set(applied) - {migration.number for migration in migrations})
    if unknown:
        raise SchemaError(
            f"The database has migrations {unknown}, which this Footpath does not know: a newer "
            "Footpath made it. Upgrade Footpath."
        )
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise SchemaError(
                f"Migration {migration.number} ({migration.description}) was changed after it was "
                "applied. Restore its file, and put the change into a new migration."
            )
    return [MigrationStatus(migration, migration.number in applied) for migration in migrations]


def apply_migrations(database: Database, folder: Path | None = None) -> list[Migration]:
    """Bring the schema up to date and return what was applied now."""
    pending = [s.migration for s in migration_status(database, folder) if not s.is_applied]
    for migration in pending:
        database.run_text(f"migration {migration.number}", migration.text, {})
        database.write(
            "admin/record_migration",
            number=migration.number,
            description=migration.description,
            checksum=migration.checksum,
        )
        logger.info("Migration %d applied: %s", migration.number, migration.description)
    if pending:
        database.run_alone("admin/await_indexes")
    return pending
