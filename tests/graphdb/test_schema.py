"""Migrations run once, in order, and are never edited."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from graphdb import Database, SchemaError, apply_migrations, migration_status
from graphdb.schema import load_migrations, migrations_folder


def write(folder: Path, name: str, text: str = "// One.\nRETURN 1;\n") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_the_migrations_of_the_project_are_numbered_without_a_gap() -> None:
    numbers = [migration.number for migration in load_migrations(migrations_folder())]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "V0001__one.cypher")
    write(tmp_path, "V0003__three.cypher")
    with pytest.raises(SchemaError, match=r"numbered \[1, 3\]"):
        load_migrations(tmp_path)


def test_a_misnamed_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "first.cypher")
    with pytest.raises(SchemaError, match=r"first.cypher is not named like"):
        load_migrations(tmp_path)


@pytest.mark.neo4j
def test_migrations_are_applied_once(database: Database) -> None:
    assert apply_migrations(database) == []
    assert all(status.is_applied for status in migration_status(database))


@pytest.mark.neo4j
def test_a_migration_changed_after_it_was_applied_is_refused(
    database: Database, tmp_path: Path
) -> None:
    for migration in migrations_folder().glob("*.cypher"):
        write(tmp_path, migration.name, migration.read_text(encoding="utf-8"))
    first = next(tmp_path.glob("V0001*"))
    write(tmp_path, first.name, first.read_text(encoding="utf-8") + "// edited\n")
    with pytest.raises(SchemaError, match=r"Migration 1 .* was changed after it was applied"):
        apply_migrations(database, tmp_path)


@pytest.mark.neo4j
def test_a_database_of_a_newer_footpath_is_refused(database: Database, tmp_path: Path) -> None:
    write(tmp_path, "V0001__migration_number_is_unique.cypher")
    with pytest.raises(SchemaError, match="Upgrade Footpath"):
        migration_status(database, tmp_path)


@pytest.mark.neo4j
def test_two_programs_may_migrate_at_once(database: Database) -> None:
    database.run_text("forget all migrations", "MATCH (m:Migration) DELETE m", {})
    threads = [Thread(target=apply_migrations, args=(database,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    applied = database.read("admin/applied_migrations")
    assert len(applied) == len(load_migrations(migrations_folder()))
