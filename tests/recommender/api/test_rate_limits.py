"""Who asks too often is told so: by key, by address, and whoever the workers are."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from graphdb import Neo4jSettings
from recommender.api import buckets as buckets_module
from recommender.api.buckets import N_TRIED, Buckets, make_file
from recommender.api.rate_limits import address_of
from recommender.api.settings import Rate
from recommender.errors import InvalidParameterError
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.api.test_app import assert_problem

SIMILAR = "/v1/items/bag/similar"
THREE_AN_HOUR = Rate(3, 3600)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("recommender.api.buckets.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("100/second", Rate(100, 1)), ("600/minute", Rate(600, 60)), (" 5/hour ", Rate(5, 3600))],
)
def test_a_rate_is_read_as_it_is_written(text: str, rate: Rate) -> None:
    assert Rate.read(text) == rate
    assert str(rate) == text.strip()


@pytest.mark.parametrize("text", ["", "100", "0/second", "-1/second", "1.5/second", "5/day", "5/"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError, match="100/second"):
        Rate.read(text)


def test_a_rate_is_kept_and_a_rest_gives_it_back(clock: Clock) -> None:
    buckets, rate = Buckets(), Rate(4, 2)  # one each half second, four at once
    assert [buckets.take("a", rate) for _ in range(4)] == [0.0] * 4
    assert buckets.take("a", rate) == pytest.approx(0.5)
    clock.now += 0.2
    assert buckets.take("a", rate) == pytest.approx(0.3)  # to be refused costs nothing
    clock.now += 0.3
    assert buckets.take("a", rate) == 0.0
    assert buckets.take("a", rate) == pytest.approx(0.5)
    clock.now += 100
    assert sum(buckets.take("a", rate) == 0.0 for _ in range(10)) == 4


def test_names_do_not_share_a_bucket(clock: Clock) -> None:
    buckets, rate = Buckets(), Rate(1, 1)
    assert all(buckets.take(f"name {number}", rate) == 0.0 for number in range(5_000))
    assert all(buckets.take(f"name {number}", rate) > 0.0 for number in range(5_000))


def test_when_all_places_are_taken_somebody_is_let_through_and_nobody_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets_module, "N_PLACES", 1)
    buckets, rate = Buckets(), Rate(1, 1)
    assert all(buckets.take(f"name {number}", rate) == 0.0 for number in range(3 * N_TRIED))


def test_threads_take_no_more_than_there_is(clock: Clock) -> None:
    buckets, rate = Buckets(), Rate(500, 1)
    taken: Counter[bool] = Counter()

    def take() -> None:
        found = Counter(buckets.take("a", rate) == 0.0 for _ in range(400))
        taken.update(found)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken[True] == 500


def _take_in_process(file: Path, told: Connection) -> None:
    buckets, rate = Buckets(file), Rate(1000, 3600)
    told.send(sum(buckets.take("a", rate) == 0.0 for _ in range(800)))


def test_processes_take_no_more_than_there_is(tmp_path: Path) -> None:
    """1,000 an hour, and 3.6 s until the next: three processes ask 800 times each."""
    make_file(tmp_path / "buckets")
    context = get_context("spawn")
    ends = [context.Pipe() for _ in range(3)]
    processes = [
        context.Process(target=_take_in_process, args=(tmp_path / "buckets", far))
        for _, far in ends
    ]
    for process in processes:
        process.start()
    taken = sum(near.recv() for near, _ in ends)
    for process in processes:
        process.join()
    assert 1000 <= taken <= 1001


@pytest.mark.parametrize(
    ("forwarded", "n_trusted", "address"),
    [
        ("203.0.113.9", 0, "10.0.0.1"),  # by default anybody may have written it
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", 1, "203.0.113.9"),  # the client wrote the first
        ("1.2.3.4, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "10.0.0.1"),  # it did not come by two proxies
        ("203.0.113.9:4711", 1, "203.0.113.9"),
        ("[2001:db8:1:2:3::4]:443", 1, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", 1, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("rubbish", 1, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        (None, 1, "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_first_trusted_proxy_saw(
    forwarded: str | None, n_trusted: int, address: str
) -> None:
    assert address_of("10.0.0.1", forwarded, n_trusted) == address


@pytest.mark.neo4j
def test_an_address_that_asks_too_often_is_429_until_it_may_again(
    client_with: Callable[..., Any],
) -> None:
    client = client_with(rate_of_address=THREE_AN_HOUR)
    assert [client.get(SIMILAR).status_code for _ in range(3)] == [200] * 3
    answer = client.get(SIMILAR)
    assert_problem(answer, 429)
    assert 1190 < int(answer.headers["Retry-After"]) <= 1200
    assert "3/hour" in answer.json["detail"]
    assert client.get("/v1/health/live").status_code == 200
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get(SIMILAR, environ_overrides=other).status_code == 200


@pytest.mark.neo4j
def test_a_header_does_not_make_another_address(client_with: Callable[..., Any]) -> None:
    client = client_with(rate_of_address=THREE_AN_HOUR)
    statuses = [
        client.get(SIMILAR, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    behind = client_with(rate_of_address=THREE_AN_HOUR, n_trusted_proxies=1)
    statuses = [
        behind.get(SIMILAR, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(4)
    ]
    assert statuses == [200] * 4


@pytest.mark.neo4j
def test_each_key_has_a_limit_of_its_own(
    client_with: Callable[..., Any], watcher: ModelWatcher
) -> None:
    keys = [create_key(watcher.database, name, ["read"]) for name in ("shop", "app")]
    client = client_with(rate_of_key=THREE_AN_HOUR)
    for key in keys:
        statuses = [client.get(SIMILAR, headers={"X-API-Key": key}).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
    assert client.get(SIMILAR).status_code == 401  # nobody, whom no key's limit keeps out


@pytest.mark.neo4j
def test_without_options_nothing_is_limited(client_with: Callable[..., Any]) -> None:
    client = client_with()
    assert {client.get(SIMILAR).status_code for _ in range(200)} == {200}


@pytest.mark.neo4j
@pytest.mark.slow
def test_two_workers_count_together(
    watcher: ModelWatcher, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    limit = ("--workers", "2", "--rate-limit-per-address", "40/hour")
    with ServerProcess(neo4j_settings, tmp_path / "log", arguments=limit) as server:
        while server.log.read_text().count("answers.") < 2:
            server.get("/v1/health/live")
        statuses = Counter(server.get(SIMILAR).status for _ in range(100))
        assert statuses == {200: 40, 429: 60}
        assert server.stop() == 0
