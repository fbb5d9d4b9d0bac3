"""Requests over connections that are kept open, from this process."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import cast

HOST = "127.0.0.1"
TIMEOUT_S = 30.0


def get_all(port: int, paths: Sequence[str], n_connections: int) -> tuple[float, list[float]]:
    """Return wall seconds for all paths, and those of each request.

    One thread waits for all connections: as many threads of Python would take more of the
    processors, which the server needs, than what they ask for.
    """
    left = iter(paths)
    took: list[float] = []
    with selectors.DefaultSelector() as selector, ExitStack() as opened:
        connections = [
            opened.enter_context(Connection(port)) for _ in range(min(n_connections, len(paths)))
        ]
        begun = time.perf_counter()
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
            connection.ask(next(left))
        while len(took) < len(paths):
            ready = selector.select(TIMEOUT_S)
            if not ready:
                raise TimeoutError(f"No answer within {TIMEOUT_S:g} s.")
            for key, _ in ready:
                connection = cast("Connection", key.fileobj)
                if connection.take() is None:
                    continue
                took.append(time.perf_counter() - connection.begun)
                path = next(left, None)
                if path is not None:
                    connection.ask(path)
        return time.perf_counter() - begun, took


def get_once(port: int, path: str) -> bytes:
    """Return the body of an answer, over a connection of its own."""
    with Connection(port) as connection:
        return connection.get(path)


def in_threads(
    asked: Sequence[str], n_threads: int, start: Callable[[], Callable[[str], object]]
) -> tuple[float, list[float]]:
    """Return wall seconds for all that is asked, and those of each question.

    ``start`` is called in each thread and gives what answers one question.
    """
    took: list[float] = []
    failures: list[BaseException] = []

    def ask(some: Sequence[str]) -> None:
        try:
            answer = start()
            for one in some:
                begun = time.perf_counter()
                answer(one)
                took.append(time.perf_counter() - begun)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=ask, args=(asked[at::n_threads],)) for at in range(n_threads)
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - begun, took


class Connection:
    """A connection that is kept open; as little work for the client as there can be."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._path = ""
        self._received = b""
        self._length = 0  # of the whole answer, 0 until its head is there
        self._body_at = 0
        self.begun = 0.0  # when the last request was sent, perf_counter()

    def __enter__(self) -> Connection:
        """Return the connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._socket.close()

    def fileno(self) -> int:
        """Return what a selector waits for."""
        return self._socket.fileno()

    def get(self, path: str) -> bytes:
        """Return the body of an answer.

        Raises
        ------
        OSError
            If the status is not 200.
        """
        self.ask(path)
        while True:
            body = self.take()
            if body is not None:
                return body

    def ask(self, path: str) -> None:
        """Send a request."""
        self._path, self._received, self._length = path, b"", 0
        self.begun = time.perf_counter()
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())

    def take(self) -> bytes | None:
        """Take what has come; return the body once all of it is there.

        Raises
        ------
        OSError
            If the status is not 200.
        """
        part = self._socket.recv(65536)
        if not part:
            raise OSError("The server closed the connection.")
        self._received += part
        if not self._length:
            self._read_head()
        if not self._length or len(self._received) < self._length:
            return None
        return self._received[self._body_at :]

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end]
        if not head.startswith(b"HTTP/1.1 200"):
            raise OSError(f"{self._path}: {head[:60]!r}")
        _, _, rest = head.lower().partition(b"content-length:")
        self._body_at = end + 4
        self._length = self._body_at + int(rest.partition(b"\r\n")[0])
