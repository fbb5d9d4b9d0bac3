"""Run ``footpath serve`` as a process of its own, and a wire to the database that can be cut."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from graphdb import Neo4jSettings
from recommender.api.server import free_port

START_TIMEOUT_S = 120.0
HOST = "127.0.0.1"


class Answer(NamedTuple):
    """What came back from one request."""

    status: int
    headers: dict[str, str]  # lower-case names
    text: str

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.text)


class ServerProcess:
    """``footpath serve`` on a free port; leaving the ``with`` block ends it."""

    def __init__(
        self,
        settings: Neo4jSettings,
        log: Path,
        *,
        uri: str | None = None,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.port = free_port(HOST)
        self.log = log
        environ = {
            **os.environ,
            **replace(settings, uri=uri or settings.uri).as_environment(),
            "FOOTPATH_CACHE": str(log.parent / "cache"),
        }
        command = [
            sys.executable,
            "-m",
            "recommender",
            "serve",
            "--port",
            str(self.port),
            *arguments,
        ]
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, env=environ, stdout=output, stderr=output)

    def __enter__(self) -> ServerProcess:
        """Wait until it answers."""
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                self.get("/v1/health/live")
                return self
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise AssertionError(f"The server did not start:\n{self.log.read_text()}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self.stop()

    def get(self, path: str, **headers: str) -> Answer:
        """Return the answer to one GET on a connection of its own."""
        return self.ask("GET", path, headers=headers)

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        """Return the answer to one request, its body as JSON, on a connection of its own."""
        connection = HTTPConnection(HOST, self.port, timeout=30)
        given = dict(headers or {})
        content = None if body is None else json.dumps(body)
        if content is not None:
            given["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body=content, headers=given)
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read().decode())
        finally:
            connection.close()

    def send(self, data: bytes, timeout_s: float = 5.0) -> bytes:
        """Return all that comes back for some raw bytes, until the server closes or is silent."""
        received = b""
        with socket.create_connection((HOST, self.port), timeout=timeout_s) as connection:
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionError):
                pass
        return received

    def terminate(self) -> None:
        """Send SIGTERM and do not wait."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self, timeout_s: float = 40.0) -> int:
        """End it as an operator would and return its exit code."""
        if self.process.poll() is None:
            self.terminate()
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


class Wire:
    """A TCP relay to the database's Bolt port that can be cut and mended."""

    def __init__(self, settings: Neo4jSettings) -> None:
        parts = urlsplit(settings.uri)
        self._target = (parts.hostname or HOST, parts.port or 7687)
        self._listener = socket.create_server((HOST, 0))
        self._is_whole = True
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.uri = f"bolt://{HOST}:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Swallow everything, the connections staying open."""
        self._flows.clear()

    def resume(self) -> None:
        """Deliver what was held back, and go on."""
        self._flows.set()

    def cut(self) -> None:
        """Close every connection and refuse new ones."""
        with self._lock:
            self._is_whole = False
            for end in self._sockets:
                _shut(end)
            self._sockets.clear()

    def mend(self) -> None:
        """Relay again."""
        self._is_whole = True

    def close(self) -> None:
        """End for good."""
        self.resume()
        self.cut()
        _shut(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if not self._is_whole:
                    _shut(near)
                    continue
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
            threading.Thread(target=_relay, args=(near, far, self._flows), daemon=True).start()


def _relay(near: socket.socket, far: socket.socket, flows: threading.Event) -> None:
    other = {near: far, far: near}
    try:
        while True:
            for end in select.select([near, far], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                flows.wait()
                other[end].sendall(data)
    except (OSError, ValueError):
        return
    finally:
        _shut(near)
        _shut(far)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
