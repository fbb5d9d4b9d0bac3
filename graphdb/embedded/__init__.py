"""Footpath's own Neo4j: a real Neo4j Community, fetched once and run in the background.

artifacts    the jars: fetched into the Maven cache, checked against a committed list
home         the folder it lives in: lock, password, ports, what runs now
config       settings, Neo4j's configuration file and the java command
server       start or reuse, stop, status
offline_import, store_swap   a first, large load: Neo4j's importer, and its files put in place
supervisor   the small process that is the JVM's parent, and stops it when nobody needs it
"""

from graphdb.embedded.config import EmbeddedSettings
from graphdb.embedded.home import LOOPBACK, Home
from graphdb.embedded.offline_import import (
    ImportFiles,
    import_draft,
    import_offline,
    is_importable,
    is_untouched,
    refuse_if_in_use,
)
from graphdb.embedded.server import ServerStatus, server_status, start_server, stop_server, tail_log

__all__ = [
    "LOOPBACK",
    "EmbeddedSettings",
    "Home",
    "ImportFiles",
    "ServerStatus",
    "import_draft",
    "import_offline",
    "is_importable",
    "is_untouched",
    "refuse_if_in_use",
    "server_status",
    "start_server",
    "stop_server",
    "tail_log",
]
