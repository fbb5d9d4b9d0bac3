"""Start Footpath's own Neo4j or find it running, stop it, and say how it is."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import neo4j
import psutil
from neo4j import exceptions

from graphdb.connection import connect
from graphdb.embedded.artifacts import ProgressCallback, fetch_jars, load_jar_list
from graphdb.embedded.config import EmbeddedSettings, java_command, write_configuration
from graphdb.embedded.home import (
    LOOPBACK,
    STOP_WAIT_S,
    SUPERVISOR_MODULE,
    Home,
    Ports,
    Running,
    home_error,
    is_free_port,
)
from graphdb.embedded.store_swap import finish_import
from graphdb.errors import CannotConnectError, DeadlineExceededError, EmbeddedServerError
from graphdb.queries import find_query
from graphdb.settings import Neo4jSettings

logger = logging.getLogger(__name__)

Say = Callable[[str], None]

START_WAIT_S = 180.0
SUPERVISOR_WAIT_S = 20.0
# Neo4j locks a user out for five seconds after three wrong passwords.
N_REFUSALS = 3
REFUSAL_PAUSE_S = 2.0
N_LOG_LINES = 15
_TOO_LITTLE_MEMORY = ("exceeds physical memory", "Could not reserve enough space")
# What would change the JVM or tell it secrets that are not for it.
_NOT_FOR_THE_SERVER = ("NEO4J_", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


@dataclass(frozen=True)
class ServerStatus:
    """How the server of a home is; without its password."""

    running: bool
    home: Path
    version: str
    pid: int | None = None  # of the JVM
    supervisor_pid: int | None = None
    bolt_port: int | None = None
    http_port: int | None = None
    started_at: str | None = None
    idle_minutes: float | None = None

    @property
    def bolt_uri(self) -> str | None:
        """Where drivers connect."""
        return f"bolt://{LOOPBACK}:{self.bolt_port}" if self.running else None

    @property
    def browser_url(self) -> str | None:
        """Where Neo4j Browser is served."""
        return f"http://{LOOPBACK}:{self.http_port}/browser/" if self.running else None


def server_status(settings: EmbeddedSettings) -> ServerStatus:
    """Return how the server of this home is, without starting it."""
    home = Home(settings.home)
    running = home.running()
    if running is None or not home.is_java(running.java_pid):
        return ServerStatus(False, home.folder, settings.version)
    return ServerStatus(
        running=True,
        home=home.folder,
        version=running.version,
        pid=running.java_pid,
        supervisor_pid=running.supervisor_pid,
        bolt_port=running.bolt_port,
        http_port=running.http_port,
        started_at=running.started_at,
        idle_minutes=running.idle_minutes,
    )


def start_server(
    settings: EmbeddedSettings,
    environ: Mapping[str, str],
    *,
    progress: ProgressCallback = lambda done, total: None,
    say: Say = lambda text: None,
) -> Neo4jSettings:
    """Return address and credentials of this home's server, started if it does not run.

    The server has answered a query under the home's own password when this returns. Of several
    programs at once, the first starts it and the others wait and use the same.

    Raises
    ------
    EmbeddedServerError
        If it cannot be fetched or started; the message ends with the last lines of its log.
    """
    home = Home(settings.home)
    home.prepare()
    with home.locked(say):
        home.touch_last_use()
        running = home.running()
        if running is None:
            _end_left_behind(home)
            running = _start_anew(home, settings, environ, progress, say)
        connection = _await_ready(home, running)
        home.touch_last_use()
    return connection


def stop_server(settings: EmbeddedSettings, *, say: Say = lambda text: None) -> bool:
    """Stop the server of this home and return whether one was running.

    Raises
    ------
    EmbeddedServerError
        If it still runs after a minute and a kill.
    """
    home = Home(settings.home)
    if not home.lock_file.exists():
        return False
    with home.locked(say):
        return stop_running(home)


def stop_running(home: Home) -> bool:
    """Stop the server of a home that the caller has locked; return whether one was running."""
    running = home.running()
    if running is None:
        return _end_left_behind(home)
    with suppress(ProcessLookupError):
        psutil.Process(running.supervisor_pid).terminate()
    return _await_end(home, running)


def _await_end(home: Home, running: Running) -> bool:
    end = time.monotonic() + STOP_WAIT_S + 15
    while home.is_supervisor(running.supervisor_pid):
        if time.monotonic() > end:
            raise EmbeddedServerError(
                f"The Neo4j of {home.folder} (process {running.java_pid}) did not stop. Its log is "
                f"{home.log_file}."
            )
        time.sleep(0.1)
    _end_left_behind(home)
    return True


def _end_left_behind(home: Home) -> bool:
    """Clear away what a supervisor that was killed has left; return whether a JVM was among it."""
    left = home.left_behind()
    has_java = left is not None and home.is_java(left.java_pid)
    if left is not None and has_java:
        logger.info("Ending a JVM that has lost its supervisor: process %d", left.java_pid)
        with suppress(psutil.Error):
            java = psutil.Process(left.java_pid)
            java.kill()
            java.wait(STOP_WAIT_S)
    home.running_file.unlink(missing_ok=True)
    return has_java


def _start_anew(
    home: Home,
    settings: EmbeddedSettings,
    environ: Mapping[str, str],
    progress: ProgressCallback,
    say: Say,
) -> Running:
    jar_list = load_jar_list(settings.version)
    jars = fetch_jars(jar_list, environ, progress=progress)
    say(f"Starting Neo4j {settings.version} …")
    try:
        finish_import(home)
        home.password()
        ports = home.ports()
        write_configuration(home, ports, settings.version)
        command = java_command(home, settings, jar_list, jars)
        home.write_launch(command, ports, settings.version, settings.idle_minutes)
        _launch_supervisor(home, environ)
    except OSError as error:
        raise home_error(home.folder, error) from error
    return _await_supervisor(home)


def _launch_supervisor(home: Home, environ: Mapping[str, str]) -> None:
    """Run the supervisor, which detaches itself at once."""
    if home.log_file.exists():
        home.log_file.replace(home.log_file.with_suffix(".log.1"))
    kept = {k: v for k, v in environ.items() if not k.startswith(_NOT_FOR_THE_SERVER)}
    package_root = str(Path(__file__).parents[2])
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, kept.get("PYTHONPATH")]))
    descriptor = os.open(home.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        subprocess.run(
            [sys.executable, "-m", SUPERVISOR_MODULE, str(home.folder)],
            check=False,  # what goes wrong is in the log, and seen by the file that is missing
            cwd=home.folder,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _await_supervisor(home: Home) -> Running:
    end = time.monotonic() + SUPERVISOR_WAIT_S
    while time.monotonic() < end:
        running = home.left_behind()
        if running is not None:
            return running
        time.sleep(0.05)
    raise _start_error(home, "its supervisor did not start")


def _await_ready(home: Home, running: Running) -> Neo4jSettings:
    """Return the connection once the JVM itself answers a query under the home's password."""
    settings = Neo4jSettings(
        uri=f"bolt://{LOOPBACK}:{running.bolt_port}", username="neo4j", password=home.password()
    )
    end = time.monotonic() + START_WAIT_S
    n_refusals = 0
    while time.monotonic() < end:
        if not home.is_supervisor(running.supervisor_pid):
            raise _start_error(home, _why_ended(running))
        # The password goes only to our own JVM, never to a stranger who took the port.
        if not _listens(running.java_pid, running.bolt_port):
            time.sleep(0.1)
            continue
        try:
            connect(settings, timeout_s=5).close()
            return settings
        except (CannotConnectError, DeadlineExceededError) as error:
            if isinstance(error.__cause__, exceptions.AuthError):
                n_refusals += 1
                _set_first_password(home, settings, n_refusals)
        time.sleep(0.1)
    with suppress(psutil.Error):
        psutil.Process(running.supervisor_pid).terminate()
    raise _start_error(home, f"it answered no query within {START_WAIT_S:g} s")


def _why_ended(running: Running) -> str:
    if all(map(is_free_port, Ports(running.bolt_port, running.http_port))):
        return "it ended"
    return "another program took its port in the meantime; try again, others will be chosen"


def _listens(pid: int, port: int) -> bool:
    """Return whether this very process listens on the port."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


def _set_first_password(home: Home, settings: Neo4jSettings, n_refusals: int) -> None:
    """Change the password every new Neo4j starts with into this home's own.

    It is tried whenever the home's own is refused, so a crash after the first start and before
    this is mended by the next command.
    """
    text = find_query("admin/change_password").text
    values = {"old_password": "neo4j", "new_password": settings.password}
    try:
        # Not connect(): until it is changed, this password is good for no query but this one.
        with (
            neo4j.GraphDatabase.driver(settings.uri, auth=("neo4j", "neo4j")) as driver,
            driver.session(database="system") as session,
        ):
            session.run(neo4j.Query(text), values).consume()
    except (exceptions.Neo4jError, exceptions.DriverError) as error:
        if n_refusals < N_REFUSALS or not isinstance(error, exceptions.AuthError):
            time.sleep(REFUSAL_PAUSE_S)
            return
        raise EmbeddedServerError(
            f"Footpath's own Neo4j refuses the password in {home.password_file}: it was changed in "
            "the database. Put the new one into that file; or, to start with an empty database, "
            f"run `footpath db stop` and remove {home.folder}."
        ) from error


def _start_error(home: Home, what: str) -> EmbeddedServerError:
    lines = tail_log(home, N_LOG_LINES)
    shown = "\n  ".join(lines) if lines else "(empty)"
    hint = ""
    if any("No space left on device" in line for line in lines):
        hint = " The disk is full: free some space."
    elif any(sign in line for line in lines for sign in _TOO_LITTLE_MEMORY):
        hint = " There is too little memory: set FOOTPATH_HEAP to less."
    return EmbeddedServerError(
        f"Footpath's own Neo4j did not start: {what}.{hint}\n"
        f"Last lines of {home.log_file}:\n  {shown}"
    )


def tail_log(home: Home, n_lines: int) -> list[str]:
    """Return the last lines of the server's log."""
    try:
        text = home.log_file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return tail_text(text, n_lines)


def tail_text(text: str, n_lines: int) -> list[str]:
    """Return the last lines of a text."""
    return text.splitlines()[-n_lines:] if n_lines else []
