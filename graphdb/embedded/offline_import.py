"""Make the database of Footpath's own Neo4j from CSV files, with Neo4j's offline importer.

The importer writes into a folder of its own, ``import.draft-<pid>``, while the server goes on
running. When it is whole, the server is stopped and ``store_swap`` puts the new files in place of
the old, in a way that a crash at any moment leaves the old database or the new one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from graphdb.connection import connect
from graphdb.embedded.artifacts import fetch_jars, load_jar_list
from graphdb.embedded.config import EmbeddedSettings, import_command
from graphdb.embedded.home import LOOPBACK, Home, Ports, Running, home_error
from graphdb.embedded.server import start_server, stop_running, tail_text
from graphdb.embedded.store_swap import commit_import, finish_import, has_database
from graphdb.embedded.supervisor import n_clients
from graphdb.errors import EmbeddedServerError, ServerInUseError
from graphdb.settings import Neo4jSettings

Say = Callable[[str], None]

N_OUTPUT_LINES = 15
CLIENTS_WAIT_S = 3.0  # a connection just closed lingers for a moment


@dataclass(frozen=True)
class ImportFiles:
    """CSV files with the importer's headers, node ids being whole numbers, unique over all labels.

    Header and quoting: https://neo4j.com/docs/operations-manual/current/import/
    """

    nodes: Mapping[str, Path]  # by label
    relationships: Mapping[str, Path]  # by type
    has_line_breaks: bool = False  # inside a value


def is_untouched(settings: EmbeddedSettings) -> bool:
    """Return whether this home has had no database yet, so that nothing need be asked of it."""
    home = Home(settings.home)
    return not has_database(home) and home.running() is None


def is_importable(connection: Neo4jSettings) -> bool:
    """Return whether a server's database is empty, so that an import may take its place."""
    with connect(connection) as database:
        n_nodes: int = database.read("admin/count_nodes")[0]["n_nodes"]
    return n_nodes == 0


@contextmanager
def import_draft(settings: EmbeddedSettings) -> Iterator[Path]:
    """Give an empty folder for CSV files inside the home; it is removed at the end."""
    home = Home(settings.home)
    home.prepare()
    _remove_old_drafts(home)
    draft = home.folder / f"import.draft-{os.getpid()}"
    try:
        (draft / "csv").mkdir(mode=0o700, parents=True)
        yield draft / "csv"
    except OSError as error:
        raise home_error(draft, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def refuse_if_in_use(settings: EmbeddedSettings) -> None:
    """Raise ServerInUseError if programs are connected to the running server of a home."""
    home = Home(settings.home)
    running = home.running()
    if running is not None:
        _refuse_clients(running)


def import_offline(
    settings: EmbeddedSettings,
    environ: Mapping[str, str],
    files: ImportFiles,
    *,
    say: Say = lambda text: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> None:
    """Put what the files hold in place of the empty database of this home; the server is stopped.

    The files must lie in the folder of an :func:`import_draft` of the same home. The password, kept
    in another database, stays. The new database has no schema yet: apply the migrations.
    ``on_step`` is told the name of each step as it begins: import, check, stop, commit, swap.

    Raises
    ------
    EmbeddedServerError
        If the importer fails, or the database is not empty or in use by others by then (these:
        ``ServerInUseError``). The old database is untouched.
    """
    home = Home(settings.home)
    draft = home.folder / f"import.draft-{os.getpid()}"
    on_step("import")
    say("Neo4j's importer writes the database files …")
    _run_importer(settings, environ, files, draft)
    shutil.rmtree(draft / "csv")
    if not is_untouched(settings):
        start_server(settings, environ, say=say)  # it may have stopped by itself meanwhile
    with home.locked(say):
        on_step("check")
        if not is_untouched(settings):
            _refuse_unless_empty_and_idle(home)
        on_step("stop")
        stop_running(home)
        on_step("commit")
        commit_import(home, draft)
        on_step("swap")
        finish_import(home)


def _remove_old_drafts(home: Home) -> None:
    """Remove what imports that were killed have left."""
    for draft in home.folder.glob("import.draft-*"):
        pid = draft.name.rpartition("-")[2]
        if pid == str(os.getpid()) or not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            shutil.rmtree(draft, ignore_errors=True)


def _run_importer(
    settings: EmbeddedSettings, environ: Mapping[str, str], files: ImportFiles, draft: Path
) -> None:
    jar_list = load_jar_list(settings.version)
    jars = fetch_jars(jar_list, environ)
    command, variables = import_command(
        draft, settings, jars, files.nodes, files.relationships, has_breaks=files.has_line_breaks
    )
    output = draft / "importer.log"
    with output.open("wb") as stream:
        code = subprocess.run(
            command,
            check=False,
            cwd=draft,
            env={**environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        ).returncode
    text = output.read_text(encoding="utf-8", errors="replace")
    if code or "IMPORT DONE" not in text:
        lines = "\n  ".join(tail_text(text, N_OUTPUT_LINES))
        raise EmbeddedServerError(
            f"Neo4j's importer failed with code {code}; the database is as it was. Load with "
            f"--no-bulk, or mend what its last lines say:\n  {lines}"
        )


def _refuse_unless_empty_and_idle(home: Home) -> None:
    """Raise unless nobody else can have written, or be writing, what the import would replace."""
    running = home.running()
    if running is None:
        raise EmbeddedServerError(
            "Footpath's own Neo4j was stopped during the import. Load the same again."
        )
    uri = f"bolt://{LOOPBACK}:{running.bolt_port}"
    if not is_importable(Neo4jSettings(uri, "neo4j", home.password())):
        raise EmbeddedServerError(
            "The database is not empty any more: another program wrote to it during the import. "
            "Load with --no-bulk."
        )
    _refuse_clients(running)


def _refuse_clients(running: Running) -> None:
    ports = Ports(running.bolt_port, running.http_port)
    end = time.monotonic() + CLIENTS_WAIT_S
    while n_clients(running.java_pid, ports):
        if time.monotonic() > end:
            raise ServerInUseError(
                "Other programs are connected to Footpath's own Neo4j (an API, an open Browser "
                "tab), which an import would have to stop. Close them, or load with --no-bulk."
            )
        time.sleep(0.1)
