"""Errors of this package.

GraphDbError
├── SettingsError           an environment variable is missing or makes no sense
├── CannotConnectError      no server answers there, or it refuses the credentials
├── UnsupportedServerError  a server answers, but one of an unsupported version
├── DeadlineExceededError   no answer within the time allowed
├── QueryError              the server refused a query
├── UnknownQueryError       no such query file, or parameters that do not fit it
├── SchemaError             the migrations in the database and on disk disagree
└── EmbeddedServerError     Footpath's own Neo4j cannot be fetched, started or stopped
"""


class GraphDbError(Exception):
    """Root of what can go wrong between Footpath and Neo4j."""


class SettingsError(GraphDbError):
    """An environment variable is missing or makes no sense."""


class CannotConnectError(GraphDbError):
    """No server answers at the address, or it refuses the credentials."""


class UnsupportedServerError(GraphDbError):
    """The server's version is outside the supported range."""


class DeadlineExceededError(GraphDbError):
    """No answer came within the time allowed; the query may still be running."""


class QueryError(GraphDbError):
    """The server refused a query; ``code`` is Neo4j's status code."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class UnknownQueryError(GraphDbError):
    """No query file has that name, or the parameters given do not fit it."""


class SchemaError(GraphDbError):
    """The migrations recorded in the database and those on disk disagree."""


class EmbeddedServerError(GraphDbError):
    """Footpath's own Neo4j cannot be fetched, started or stopped."""


class ServerInUseError(EmbeddedServerError):
    """Other programs are connected to Footpath's own Neo4j, which would have to be stopped."""
