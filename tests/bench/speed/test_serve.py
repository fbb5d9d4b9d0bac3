import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.speed.http_load import HOST, get_all, get_once, in_threads
from bench.speed.peers.searching import searched
from bench.speed.serve import LISTS, measure
from bench.speed.tables import Options


def test_recall_leaves_out_the_item_itself_and_what_is_too_much() -> None:
    # Each item's true two; the answer holds itself, one of them, a wrong one, and one too late.
    true = np.array([[1, 2], [0, 2], [0, 1]])
    answers = {0: [0, 1, 3, 2], 1: [1, 0, 3, 2], 2: [2, 0, 3, 1]}
    result = searched(answers.__getitem__, {"n_queries": 3}, 1, true)
    assert result["recall"] == 0.5


def test_all_questions_are_asked_and_timed() -> None:
    asked: list[str] = []
    _, took = in_threads(["a", "b", "c"], 2, lambda: asked.append)
    assert sorted(asked) == ["a", "b", "c"]
    assert len(took) == 3


def test_failure_in_a_thread_is_not_lost() -> None:
    def fail(one: str) -> None:
        raise OSError(one)

    with pytest.raises(OSError, match="a"):
        in_threads(["a"], 2, lambda: fail)


@pytest.fixture
def port() -> Iterator[int]:
    """Give the port of a server that answers with the path, in two parts, and refuses /bad."""

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.path.encode()
            self.send_response(404 if self.path == "/bad" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:1])
            self.wfile.flush()
            self.wfile.write(body[1:])

        def handle(self) -> None:
            with suppress(ConnectionResetError):  # who was refused reads no more
                super().handle()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_each_path_is_asked_once_over_few_connections(port: int) -> None:
    wall_s, took = get_all(port, [f"/{number}" for number in range(20)], 3)
    assert len(took) == 20
    assert max(took) <= wall_s


def test_whole_body_is_taken_and_a_refusal_is_an_error(port: int) -> None:
    assert get_once(port, "/whole") == b"/whole"
    with pytest.raises(OSError, match=r"/bad: b'HTTP/1\.1 404"):
        get_all(port, ["/good", "/bad"], 2)


@pytest.mark.slow
def test_peers_that_are_missing_are_told_and_lists_have_full_recall(tmp_path: Path) -> None:
    options = Options(("1k",), runs=1, seed=1, peers=None, cache=tmp_path, say=lambda line: None)
    table = measure(options, None, http=False)
    assert table.ratios[f"1k: recall@20 of {LISTS}"] == 1.0
    assert "python -m bench peers hnswlib" in table.missing["hnswlib, ef 40"]
    assert "python -m bench peers faiss" in table.missing["faiss, all compared"]
