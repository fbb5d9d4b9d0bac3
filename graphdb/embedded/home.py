"""The folder of Footpath's own Neo4j: its lock, its password, its ports, and what runs now.

FOOTPATH_HOME (0700)
├── lock            held while a command starts or stops the server
├── password        (0600) of the user neo4j, made at the first start
├── ports.json      the same addresses at every start
├── last-use        touched by each command that uses the server
├── running.json    written by the supervisor, removed when it ends
├── launch.json     how the supervisor starts the JVM
├── server.log      what the JVM and the supervisor print (one older file is kept)
├── import.*        an offline import, in the making (draft) or to be moved into place (ready)
└── neo4j/          conf, data, logs
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

from graphdb.errors import EmbeddedServerError

LOOPBACK = "127.0.0.1"
SUPERVISOR_MODULE = "graphdb.embedded.supervisor"
LOCK_WAIT_S = 15 * 60.0  # another command may be downloading
STOP_WAIT_S = 60.0


class Ports(NamedTuple):
    """Where the server listens on loopback."""

    bolt: int
    http: int


@dataclass(frozen=True)
class Running:
    """What the supervisor says of the server it looks after."""

    supervisor_pid: int
    java_pid: int
    bolt_port: int
    http_port: int
    version: str
    started_at: str
    idle_minutes: float


class Home:
    """Paths in one Footpath home, and the few files that programs share there."""

    def __init__(self, folder: Path) -> None:
        # One home under two names (a symbolic link) must not look like two homes.
        folder = self.folder = folder.resolve()
        self.neo4j = folder / "neo4j"
        self.lock_file = folder / "lock"
        self.password_file = folder / "password"
        self.ports_file = folder / "ports.json"
        self.last_use_file = folder / "last-use"
        self.running_file = folder / "running.json"
        self.launch_file = folder / "launch.json"
        self.log_file = folder / "server.log"

    def prepare(self) -> None:
        """Make the folder, or check it, so that only its owner can look into it.

        Raises
        ------
        EmbeddedServerError
            If it cannot be made, is someone else's, or holds other things and is open to others.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            facts = self.folder.stat()
            if facts.st_uid != os.geteuid():
                raise EmbeddedServerError(
                    f"{self.folder} belongs to another user. Set FOOTPATH_HOME to a folder of "
                    "your own."
                )
            if facts.st_mode & 0o077:
                self._close_to_others()
        except OSError as error:
            raise home_error(self.folder, error) from error

    def _close_to_others(self) -> None:
        if not self.lock_file.exists() and any(self.folder.iterdir()):
            raise EmbeddedServerError(
                f"{self.folder} holds files that are not Footpath's, and others may read it. Set "
                "FOOTPATH_HOME to an empty or a new folder."
            )
        self.folder.chmod(0o700)

    @contextmanager
    def locked(
        self, say: Callable[[str], None] = lambda text: None, *, wait_s: float = LOCK_WAIT_S
    ) -> Iterator[None]:
        """Hold the home for oneself; the lock goes with the process, however it ends."""
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._await_lock(descriptor, say, wait_s)
            yield
        finally:
            os.close(descriptor)

    def _await_lock(self, descriptor: int, say: Callable[[str], None], wait_s: float) -> None:
        started = time.monotonic()
        has_said = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                waited_s = time.monotonic() - started
            if waited_s >= wait_s:
                raise EmbeddedServerError(
                    f"Another Footpath command has held {self.lock_file} for {waited_s:.0f} s. "
                    "Wait for it to end, or end it, and try again."
                )
            if waited_s > 1 and not has_said:
                say("Another Footpath command is starting or stopping Neo4j here; waiting for it.")
                has_said = True
            time.sleep(0.1)

    def password(self) -> str:
        """Return the password of the user neo4j, made now if there is none yet."""
        with suppress(FileNotFoundError):
            return self.password_file.read_text(encoding="ascii").strip()
        password = secrets.token_urlsafe(24)
        # Whole or not at all: a crash half-way must not leave an empty password.
        self._write(self.password_file, password + "\n")
        return password

    def ports(self) -> Ports:
        """Return the ports of earlier starts if nobody else has taken them, else new ones."""
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            content = json.loads(self.ports_file.read_text(encoding="utf-8"))
            kept = Ports(int(content["bolt"]), int(content["http"]))
            if all(map(is_free_port, kept)):
                return kept
        ports = Ports(*_choose_free_ports(2))
        self._write(self.ports_file, json.dumps(ports._asdict()) + "\n")
        return ports

    def touch_last_use(self) -> None:
        """Note that a command uses the server now."""
        self.last_use_file.touch(mode=0o600)

    def last_use(self) -> float:
        """Return when a command last used the server (seconds since the epoch), 0 if never."""
        with suppress(FileNotFoundError):
            return self.last_use_file.stat().st_mtime
        return 0.0

    def write_running(self, running: Running) -> None:
        """Note what runs; only the supervisor does."""
        self._write(self.running_file, json.dumps(asdict(running)) + "\n")

    def write_launch(self, command: list[str], ports: Ports, version: str, idle: float) -> None:
        """Write what the supervisor is to start."""
        content = {
            "command": command,
            "ports": ports._asdict(),
            "version": version,
            "idle_minutes": idle,
        }
        self._write(self.launch_file, json.dumps(content, indent=1) + "\n")

    def running(self) -> Running | None:
        """Return the live server of this home, or None; a file left by a dead one counts for none.

        A process is ours if its command line names this home: process ids are used again, and
        creation times move with the clock.
        """
        running = self.left_behind()
        if running is None or not self.is_supervisor(running.supervisor_pid):
            return None
        return running

    def left_behind(self) -> Running | None:
        """Return what ``running.json`` says, whether or not it still holds."""
        with suppress(FileNotFoundError, ValueError, TypeError):
            return Running(**json.loads(self.running_file.read_text(encoding="utf-8")))
        return None

    def is_supervisor(self, pid: int) -> bool:
        """Return whether a process is the supervisor of this home."""
        return _command_has(pid, SUPERVISOR_MODULE, str(self.folder))

    def is_java(self, pid: int) -> bool:
        """Return whether a process is the JVM of this home."""
        return _command_has(pid, f"--home-dir={self.neo4j}")

    def _write(self, file: Path, text: str) -> None:
        """Replace a file at once, readable by its owner only."""
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        except OSError as error:
            raise home_error(file, error) from error


def home_error(path: Path, error: OSError) -> EmbeddedServerError:
    """Return what to tell about a file or folder of the home that cannot be used."""
    if error.errno == errno.ENOSPC:
        return EmbeddedServerError(
            f"The disk is full: {path} cannot be written. Free some space (a new home takes about "
            "300 MB), or set FOOTPATH_HOME to a folder on another disk."
        )
    return EmbeddedServerError(
        f"{path} cannot be used ({error.strerror or error}). Set FOOTPATH_HOME to a folder you "
        "may write to."
    )


def is_free_port(port: int) -> bool:
    """Return whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        # As Java does: connections of an earlier server that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _choose_free_ports(n_ports: int) -> list[int]:
    """Return free ports below those that systems hand out to outgoing connections."""
    chosen: list[int] = []
    for port in random.SystemRandom().sample(range(20_000, 30_000), 1_000):
        if is_free_port(port):
            chosen.append(port)
        if len(chosen) == n_ports:
            return chosen
    raise EmbeddedServerError("No free port was found on 127.0.0.1 between 20000 and 29999.")


def _command_has(pid: int, *words: str) -> bool:
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        return process.status() != psutil.STATUS_ZOMBIE and all(word in command for word in words)
    except (psutil.Error, ValueError):
        return False
