"""``footpath serve`` as a real process: hostile input, draining, switching, a lost database."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from recommender.api.errors import PROBLEM_TYPE
from tests.recommender.api.server_process import HOST, Answer, ServerProcess, Wire
from tests.recommender.serve.shop import HYBRID_ONE, HYBRID_TWO, activate, fill_shop, wipe

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

LISTS = {"one": HYBRID_ONE, "two": HYBRID_TWO}
SIMILAR = "/v1/items/bag/similar?k=5"


@pytest.fixture(scope="module")
def shop(neo4j_settings: Neo4jSettings) -> Iterator[Database]:
    """Give a database with the shop, filled once for this module."""
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        wipe(database)
        fill_shop(database)
        yield database
        wipe(database)


@pytest.fixture(scope="module")
def server(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    with ServerProcess(neo4j_settings, tmp_path_factory.mktemp("serve") / "log") as server:
        yield server


@pytest.fixture
def wire(neo4j_settings: Neo4jSettings) -> Iterator[Wire]:
    if not neo4j_settings.uri.startswith(("bolt://", "neo4j://")):
        pytest.skip("an encrypted connection cannot be relayed")
    wire = Wire(neo4j_settings)
    yield wire
    wire.close()


def eventually(claim: Callable[[], bool], timeout_s: float = 15.0) -> bool:
    give_up = time.monotonic() + timeout_s
    while time.monotonic() < give_up:
        if claim():
            return True
        time.sleep(0.1)
    return False


def listed(answer: Answer) -> list[str]:
    return [item["item_id"] for item in answer.json["items"]]


def test_real_server_answers_from_the_active_model(server: ServerProcess) -> None:
    answer = server.get(SIMILAR, **{"X-Request-ID": "mine-1"})
    assert (answer.status, listed(answer)) == (200, HYBRID_ONE)
    assert answer.headers["x-request-id"] == answer.json["request_id"] == "mine-1"
    assert answer.headers["x-model-version"] == answer.json["model_version"] == "one"
    assert server.get("/v1/items/a%2Fb%20c/similar").json["item_id"] == "a/b c"
    assert server.get("/v1/health/ready").status == 200


@pytest.mark.parametrize(
    "path", ["/v1/items/%ff%fe/similar", "/v1/items/%C0%AF", "/v1/items?query=%ff"]
)
def test_escapes_that_are_not_utf8_are_400(server: ServerProcess, path: str) -> None:
    answer = server.get(path)
    assert (answer.status, answer.headers["content-type"]) == (400, PROBLEM_TYPE)


@pytest.mark.parametrize(
    "path",
    ["/v1/items/%zz/similar", "/v1/items/%", "/v1/items/%00/similar", "/v1/items/" + "%41" * 5000],
    ids=lambda path: path[:20],
)
def test_odd_escapes_are_an_unknown_item(server: ServerProcess, path: str) -> None:
    assert server.get(path).status == 404


CHUNKED = b"POST /v1/items HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
HOSTILE = {
    "bad chunk size": CHUNKED + b"ZZZ\r\n\r\n",
    "huge chunk size": CHUNKED + b"f" * 40 + b"\r\n",
    "length and chunks": CHUNKED.replace(b"Host: x", b"Content-Length: 5")
    + b"0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
    "two lengths": GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "negative length": GET + b"Content-Length: -1\r\n\r\n",
    "huge header": GET + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "many headers": GET + b"X-A: a\r\n" * 10_000 + b"\r\n",
    "huge path": b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in path": b"GET /v1/\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in path": b"GET /v1/items/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in header": GET + b"X-Request-ID: a\0b\r\n\r\n",
    "line end in header": GET + b"X-Request-ID: a\rb\r\n\r\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_get_a_refusal_or_nothing_and_the_server_lives(
    server: ServerProcess, data: bytes
) -> None:
    received = server.send(data, timeout_s=2)
    if received:
        assert 400 <= int(received.split(b" ", 2)[1]) < 500
    assert b"Traceback" not in received
    assert server.get("/v1/health/live").status == 200
    assert server.process.poll() is None


@pytest.mark.parametrize(("n_items", "status"), [(2, 200), (20_000, 413)])
def test_a_body_in_chunks_is_read_up_to_the_limit(
    server: ServerProcess, n_items: int, status: int
) -> None:
    body = json.dumps({"items": ["bag"] * n_items}).encode()
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part)
        for part in (body[at : at + 1000] for at in range(0, len(body), 1000))
    )
    path = b"/v1/sessions/recommendations"
    head = CHUNKED.replace(b"/v1/items", path).replace(
        b"Host", b"Content-Type: application/json\r\nHost"
    )
    received = server.send(head + chunks + b"0\r\n\r\n", timeout_s=2)
    assert int(received.split(b" ", 2)[1]) == status


def test_stalled_requests_do_not_keep_others_waiting(server: ServerProcess) -> None:
    stalled = [http.client.HTTPConnection(HOST, server.port, timeout=5) for _ in range(100)]
    try:
        for connection in stalled:
            connection.connect()
            connection.sock.sendall(b"GET /v1/health/live HTTP/1.1\r\nHost:")
        started = time.monotonic()
        assert server.get(SIMILAR).status == 200
        assert time.monotonic() - started < 2
    finally:
        for connection in stalled:
            connection.close()


def test_answers_never_mix_versions_while_they_are_switched(
    server: ServerProcess, shop: Database
) -> None:
    stop = threading.Event()
    wrong: list[str] = []
    seen: Counter[str] = Counter()

    def ask() -> None:
        while not stop.is_set():
            answer = server.get(SIMILAR)
            version = answer.json["model_version"] if answer.status == 200 else ""
            seen[version] += 1
            if LISTS.get(version) != listed(answer) or answer.headers["x-model-version"] != version:
                wrong.append(answer.text)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    try:
        for version in ("two", "one", "two", "one"):
            activate(shop, version)
            assert eventually(lambda: server.get(SIMILAR).json["model_version"] == version)  # noqa: B023
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    assert wrong == []
    assert seen["one"] > 0
    assert seen["two"] > 0


def test_second_server_on_the_port_is_refused(
    server: ServerProcess, neo4j_settings: Neo4jSettings
) -> None:
    command = [sys.executable, "-m", "recommender", "serve", "--port", str(server.port)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"Port {server.port} of {HOST} is taken" in second.stderr
    assert "Traceback" not in second.stderr


def test_similar_goes_on_while_the_database_is_away(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path, wire: Wire
) -> None:
    activate(shop, "one")
    try:
        with ServerProcess(neo4j_settings, tmp_path / "log", uri=wire.uri) as server:
            wire.cut()
            assert eventually(lambda: server.get("/v1/health/ready").status == 503)
            assert listed(server.get(SIMILAR)) == HYBRID_ONE
            assert server.get("/v1/items/bag").status == 503
            assert server.get("/v1/health/live").status == 200
            activate(shop, "two")
            wire.mend()
            assert eventually(lambda: server.get("/v1/health/ready").status == 200)
            assert eventually(lambda: server.get(SIMILAR).json["model_version"] == "two")
            assert server.stop() == 0
    finally:
        activate(shop, "one")


def test_sigterm_lets_a_request_in_flight_finish(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path, wire: Wire
) -> None:
    with ServerProcess(neo4j_settings, tmp_path / "log", uri=wire.uri) as server:
        assert server.get("/v1/items/bag").status == 200
        answers: list[Answer] = []
        wire.stall()
        asker = threading.Thread(target=lambda: answers.append(server.get("/v1/items/bag")))
        asker.start()
        time.sleep(0.5)
        server.terminate()
        time.sleep(0.7)
        assert server.process.poll() is None  # it waits for the request
        wire.resume()
        asker.join(20)
        assert server.process.wait(30) == 0
    assert [(answer.status, answer.json["item_id"]) for answer in answers] == [(200, "bag")]


def test_sigterm_while_the_model_is_loaded_ends_it_at_once(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path, wire: Wire
) -> None:
    server = ServerProcess(neo4j_settings, tmp_path / "log", uri=wire.uri)
    try:
        assert eventually(lambda: "/docs" in server.log.read_text(), timeout_s=60)
        wire.stall()  # the worker, just started, gets no further
        time.sleep(1.0)
        server.terminate()
        assert server.process.wait(10) == 0
    finally:
        server.process.kill()
        server.process.wait()


def test_sigterm_under_load_breaks_no_answer_and_exits_0(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    """Every answer that begins is complete; a connection nobody accepted yet is closed."""
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        stop = threading.Event()
        outcomes: Counter[str] = Counter()

        def ask() -> None:
            while not stop.is_set():
                outcomes[_outcome(server.port)] += 1

        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        while outcomes["complete"] <= 50:  # under load, however slow the machine is
            time.sleep(0.01)
        server.terminate()
        code = server.process.wait(30)
        stop.set()
        for asker in askers:
            asker.join()
    assert code == 0
    assert set(outcomes) <= {"complete", "not accepted"}, outcomes


def _outcome(port: int) -> str:
    """Return how one request ended; one cut off after its first byte of answer is 'broken'."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=20)) as connection:
        try:
            connection.request("GET", SIMILAR)
            response = connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            return "not accepted"
        except TimeoutError:
            return "hung"
        try:
            body = response.read()
        except (OSError, http.client.HTTPException):
            return "broken"
    return "complete" if response.status == 200 and body.endswith(b"}") else "wrong"
