"""Requests over connections that are kept open, from some threads of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence

HOST = "127.0.0.1"


def get_all(port: int, paths: Sequence[str], n_connections: int) -> tuple[float, list[float]]:
    """Return wall seconds for all paths, and those of each request."""
    return in_threads(paths, n_connections, lambda: Connection(port).get)


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
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> bytes:
        """Return the body of an answer.

        Raises
        ------
        OSError
            If the status is not 200.
        """
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise OSError(f"{path}: {head[:60]!r}")
        _, _, rest = head.lower().partition(b"content-length:")
        length = int(rest.partition(b"\r\n")[0])
        while len(body) < length:
            body += self._more()
        return body

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise OSError("The server closed the connection.")
        return part
