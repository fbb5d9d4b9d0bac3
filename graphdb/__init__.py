"""Footpath's door to Neo4j.

Everything that speaks to the database goes through here: which server (settings), how (a
:class:`Database` that runs queries by name), its schema (migrations), the item graph as arrays
(projection), and the Neo4j that Footpath runs itself (embedded).

This package promises: all Cypher is in ``queries/**/*.cypher`` and ``migrations/``; values reach it
only as parameters; driver errors leave it as :class:`GraphDbError`; it knows nothing of
``recommender``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphdb.errors import (
    CannotConnectError,
    DeadlineExceededError,
    EmbeddedServerError,
    GraphDbError,
    QueryError,
    SchemaError,
    ServerInUseError,
    SettingsError,
    UnknownQueryError,
    UnsupportedServerError,
)
from graphdb.settings import Neo4jSettings, footpath_home

if TYPE_CHECKING:
    from graphdb.connection import Database, ServerVersion, connect
    from graphdb.open import open_database
    from graphdb.schema import apply_migrations, migration_status

# These need the driver, which takes half a second to import: --help and arrays do without.
_WITH_DRIVER = {
    "Database": "graphdb.connection",
    "ServerVersion": "graphdb.connection",
    "connect": "graphdb.connection",
    "open_database": "graphdb.open",
    "apply_migrations": "graphdb.schema",
    "migration_status": "graphdb.schema",
}

__all__ = [
    "CannotConnectError",
    "Database",
    "DeadlineExceededError",
    "EmbeddedServerError",
    "GraphDbError",
    "Neo4jSettings",
    "QueryError",
    "SchemaError",
    "ServerInUseError",
    "ServerVersion",
    "SettingsError",
    "UnknownQueryError",
    "UnsupportedServerError",
    "apply_migrations",
    "connect",
    "footpath_home",
    "migration_status",
    "open_database",
]


def __getattr__(name: str) -> Any:
    """Import what needs the driver when it is first asked for."""
    if name not in _WITH_DRIVER:
        raise AttributeError(f"module 'graphdb' has no attribute '{name}'")
    return getattr(import_module(_WITH_DRIVER[name]), name)
