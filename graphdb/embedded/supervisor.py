"""The process that looks after the JVM: ``python -m graphdb.embedded.supervisor HOME``.

It is the JVM's parent, has one thread, and is detached from the command that started it. It stops
the JVM when it is told to (SIGTERM) or when no client has been connected for a while. If it is
killed outright, the kernel kills the JVM too (Linux; elsewhere the next start does).
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import psutil

from graphdb.embedded.home import STOP_WAIT_S, Home, Ports, Running
from graphdb.errors import EmbeddedServerError

_PR_SET_PDEATHSIG = 1


class Supervisor:
    """Runs one JVM from start to end."""

    def __init__(self, home: Home) -> None:
        launch = json.loads(home.launch_file.read_text(encoding="utf-8"))
        self.home = home
        self.command: list[str] = launch["command"]
        self.ports = Ports(**launch["ports"])
        self.version: str = launch["version"]
        self.idle_s: float = 60.0 * launch["idle_minutes"]
        self.is_told_to_stop = False

    def run(self) -> int:
        """Start the JVM, watch it until it ends, and return its exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._take_note)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        java = self._start()
        say(f"started the JVM, process {java.pid}, Bolt port {self.ports.bolt}")
        try:
            self._watch(java)
        finally:
            code = stop_process(java)
            self.home.running_file.unlink(missing_ok=True)
            say(f"the JVM has ended with code {code}")
        return code

    def _take_note(self, number: int, frame: FrameType | None) -> None:
        self.is_told_to_stop = True

    def _start(self) -> subprocess.Popen[bytes]:
        # preexec_fn is safe here: this process has one thread, and libc is loaded already.
        java = subprocess.Popen(
            self.command,
            cwd=self.home.folder,
            stdin=subprocess.DEVNULL,
            preexec_fn=parent_death_kills(os.getpid()),
        )
        self.home.write_running(
            Running(
                supervisor_pid=os.getpid(),
                java_pid=java.pid,
                bolt_port=self.ports.bolt,
                http_port=self.ports.http,
                version=self.version,
                started_at=datetime.now(UTC).isoformat(timespec="seconds"),
                idle_minutes=self.idle_s / 60,
            )
        )
        return java

    def _watch(self, java: subprocess.Popen[bytes]) -> None:
        """Return when the JVM has ended, or should."""
        used_at = time.monotonic()
        last_use = self.home.last_use()
        next_look = 0.0
        while java.poll() is None and not self.is_told_to_stop:
            time.sleep(0.2)
            if not self.idle_s or time.monotonic() < next_look:
                continue
            next_look = time.monotonic() + min(5.0, self.idle_s / 4)
            touched = self.home.last_use()
            if touched != last_use or n_clients(java.pid, self.ports):
                used_at, last_use = time.monotonic(), touched
            elif time.monotonic() - used_at > self.idle_s and self._stop_idle(java, last_use):
                return

    def _stop_idle(self, java: subprocess.Popen[bytes], last_use: float) -> bool:
        """Stop the JVM unless a command is about to use it; hold the home until it has ended."""
        try:
            with self.home.locked(wait_s=0):
                if self.home.last_use() != last_use or n_clients(java.pid, self.ports):
                    return False
                say(f"no client for {self.idle_s / 60:g} minutes: stopping")
                stop_process(java)
                self.home.running_file.unlink(missing_ok=True)
                return True
        except EmbeddedServerError:
            return False  # a command holds the home: it is being used


def n_clients(pid: int, ports: Ports) -> int:
    """Return how many connections to its ports the JVM has."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return 0
    return sum(
        1 for c in connections if c.status == psutil.CONN_ESTABLISHED and c.laddr.port in ports
    )


def stop_process(process: subprocess.Popen[bytes], wait_s: float = STOP_WAIT_S) -> int:
    """Ask a child to end, kill it if it does not, and return its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            say(f"the JVM did not end within {wait_s:g} s: killing it")
            process.kill()
    return process.wait()


def parent_death_kills(parent_pid: int) -> Callable[[], None]:
    """Return what a child runs between fork and exec so that it never outlives its parent."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_kernel() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent_pid:  # it ended before we asked
                os._exit(1)

    return ask_kernel


def say(text: str) -> None:
    """Write one line to the log, which standard output is."""
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} footpath: {text}\n")
    sys.stdout.flush()


def main() -> None:
    """Leave the command that started us, then supervise."""
    home = Home(Path(sys.argv[1]))
    if os.fork():
        os._exit(0)  # so that the command need not wait for us, nor leave a zombie
    os.umask(0o077)
    code = 1
    with suppress(KeyboardInterrupt):
        code = Supervisor(home).run()
    sys.exit(code)


if __name__ == "__main__":
    main()
