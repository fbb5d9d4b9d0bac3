"""What is in the graph as a whole: count it, and delete it."""

from __future__ import annotations

from graphdb.connection import Database
from graphdb.errors import SchemaError
from graphdb.schema import migration_status

SLOTS = ("a", "b", "c", "d")


def count_graph(database: Database) -> dict[str, int]:
    """Return how many users, sessions, items, relationships, … there are, by name."""
    return database.read("admin/count_graph")[0]


def wipe_graph(database: Database) -> dict[str, int]:
    """Delete all that Footpath has made, but for its schema, and return what was there.

    Raises
    ------
    SchemaError
        If the database was not set up by Footpath, or holds nodes that Footpath did not make.
        Nothing is deleted then.
    """
    if not any(status.is_applied for status in migration_status(database)):
        raise SchemaError("Footpath has not set up this database, so it wipes nothing in it.")
    foreign = database.read("admin/foreign_labels")
    if foreign:
        kinds = ", ".join(
            f"{row['n_nodes']} x {':'.join(row['labels']) or 'no label'}" for row in foreign
        )
        raise SchemaError(
            f"The database holds nodes that Footpath did not make ({kinds}), so it wipes nothing. "
            "Delete Footpath's own labels by hand, or use a database of its own."
        )
    before = count_graph(database)
    database.run_alone("admin/wipe_relationships")
    database.run_alone("admin/wipe_nodes")
    for slot in SLOTS:
        database.run_alone(f"publish/drop_index_{slot}")
    return before
