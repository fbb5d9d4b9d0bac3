"""Open the database that the environment selects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphdb.connection import Database, connect
from graphdb.settings import Neo4jSettings


def open_database(
    environ: Mapping[str, str],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> Database:
    """Return the open database: the one ``NEO4J_URI`` names, or Footpath's own, started on demand.

    ``progress`` hears of the files fetched at the very first start (done, total), ``say`` what the
    user waits for.

    Raises
    ------
    SettingsError
        If a variable of the environment makes no sense.
    CannotConnectError, UnsupportedServerError
        If the server that ``NEO4J_URI`` names does not answer, or is too old.
    EmbeddedServerError
        If Footpath's own Neo4j cannot be fetched or started.
    """
    settings = Neo4jSettings.from_environment(environ)
    if settings is None:
        # Imported only here: an external server needs neither file locks nor a JVM.
        from graphdb.embedded import EmbeddedSettings, start_server

        chosen = EmbeddedSettings.from_environment(environ)
        settings = start_server(chosen, environ, progress=progress, say=say)
    return connect(settings)
