"""Put the files of a new database in place of the old one's, whole or not at all.

A finished draft is renamed to ``import.ready``: that one rename is the commit. What is left, moving
its files to where the server looks for them, can be done again as often as it is broken off, and is
done before each start of the server.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from graphdb.embedded.home import Home

logger = logging.getLogger(__name__)

_PARTS = ("databases/neo4j", "transactions/neo4j")


def _ready_folder(home: Home) -> Path:
    return home.folder / "import.ready"


def has_database(home: Home) -> bool:
    """Return whether a database was ever made here, or is about to be moved into place."""
    return (home.neo4j / "data").exists() or _ready_folder(home).exists()


def commit_import(home: Home, draft: Path) -> None:
    """Make a draft, a folder with ``data`` as a Neo4j home has it, the one to come.

    The home is locked and its server stopped.
    """
    for path in [*draft.rglob("*"), draft]:
        _sync(path)
    draft.replace(_ready_folder(home))
    _sync(home.folder)


def finish_import(home: Home) -> None:
    """Move what is committed into place, if there is anything.

    The home is locked and its server stopped.
    """
    ready = _ready_folder(home)
    if not ready.exists():
        return
    for part in _PARTS:
        source, target = ready / "data" / part, home.neo4j / "data" / part
        if source.exists():
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            source.replace(target)
            _sync(target.parent)
    shutil.rmtree(ready)
    logger.info("An offline import has taken its place in %s", home.neo4j)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
