"""Footpath's door to Neo4j.

Everything that speaks to the database goes through here: which server (settings), how (a
:class:`Database` that runs queries by name), its schema (migrations), the item graph as arrays
(projection), and the Neo4j that Footpath runs itself (embedded).

This package promises: all Cypher is in ``queries/**/*.cypher`` and ``migrations/``; values reach it
only as parameters; driver errors leave it as :class:`GraphDbError`; it knows nothing of
``recommender``.
"""

from graphdb.connection import Database, ServerVersion, connect
from graphdb.errors import (
    CannotConnectError,
    DeadlineExceededError,
    EmbeddedServerError,
    GraphDbError,
    QueryError,
    SchemaError,
    SettingsError,
    UnknownQueryError,
    UnsupportedServerError,
)
from graphdb.open import open_database
from graphdb.schema import apply_migrations, migration_status
from graphdb.settings import Neo4jSettings, footpath_home

__all__ = [
    "CannotConnectError",
    "Database",
    "DeadlineExceededError",
    "EmbeddedServerError",
    "GraphDbError",
    "Neo4jSettings",
    "QueryError",
    "SchemaError",
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
