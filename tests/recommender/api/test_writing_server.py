"""Items and events through a real server of two workers: nobody sees what was hidden."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from graphdb import Database, Neo4jSettings, connect
from recommender.items import ItemWrite, write_items
from tests.recommender.api.server_process import Answer, ServerProcess
from tests.recommender.api.test_reading_server import pages, shop
from tests.recommender.api.test_server import eventually
from tests.recommender.serve.shop import ACTIVATE, run

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

__all__ = ["shop"]  # the fixture

N_RACES, WAIT_S = 100, 30.0
LISTS = ("/v1/items/bag/similar?k=1000&min_support=0", "/v1/popular?k=1000&min_support=0")


@pytest.fixture(scope="module")
def server(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    log = tmp_path_factory.mktemp("server") / "log"
    with ServerProcess(neo4j_settings, log, arguments=("--workers", "2")) as server:
        assert eventually(lambda: log.read_text().count("answers.") == 2, WAIT_S)
        yield server


def ids(answer: Answer) -> set[str]:
    assert answer.status == 200, answer.text
    return {item["item_id"] for item in answer.json["items"]}


def test_what_was_hidden_is_seen_by_nobody_once_the_call_has_answered(
    server: ServerProcess,
) -> None:
    everything = {path: ids(server.get(path)) for path in LISTS}

    def race(number: int) -> int:
        name = f"n{number % 250}"
        hiding = server.ask("PATCH", f"/v1/items/{name}", {"is_hidden": True})
        assert (hiding.status, hiding.json["is_hidden"]) == (200, True)
        n_leaks = sum(name in ids(server.get(path)) for path in LISTS * 2)
        shown = server.ask("PATCH", f"/v1/items/{name}", {"is_hidden": False})
        assert shown.status == 200
        assert name in ids(server.get(LISTS[0]))
        return n_leaks

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(race, range(N_RACES))) == 0
    assert {path: ids(server.get(path)) for path in LISTS} == everything


def test_a_deleted_item_is_gone_at_once_and_can_come_back(server: ServerProcess) -> None:
    assert server.ask("DELETE", "/v1/items/n7").status == 204
    for _ in range(6):  # by whichever worker
        assert "n7" not in ids(server.get(LISTS[0]))
        assert server.get("/v1/items/n7/similar").status == 404
    assert server.ask("DELETE", "/v1/items/n7").status == 404
    # Of the same category: with another one, lists would be ranked otherwise from then on.
    back = server.ask("PUT", "/v1/items/n7", {"title": "BACK", "category": "mugs"})
    assert (back.status, back.json["title"]) == (201, "BACK")
    assert server.get("/v1/items/n7/similar").status == 200


def test_pages_keep_their_places_while_items_are_hidden(server: ServerProcess) -> None:
    query = {"k": "20"}
    whole = pages(server, "/v1/items/n1/similar", query, 10)
    first = server.get("/v1/items/n1/similar?k=20").json
    hidden = [whole[5], whole[20], whole[30], whole[31], whole[45]]
    server.ask(
        "POST",
        "/v1/items:bulk",
        {"operations": [{"operation": "hide", "item_id": name} for name in hidden]},
    )
    found = [item["item_id"] for item in first["items"]]
    cursor = first["next_cursor"]
    for _ in range(8):
        page = server.get(f"/v1/items/n1/similar?k=20&cursor={cursor}").json
        assert len(page.get("items", ())) == 20, page
        found += [item["item_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    expected = whole[:20] + [name for name in whole[20:] if name not in hidden]
    assert found == expected[:180]
    server.ask(
        "POST",
        "/v1/items:bulk",
        {"operations": [{"operation": "show", "item_id": name} for name in hidden]},
    )


def test_changed_properties_are_filtered_by_within_a_moment(server: ServerProcess) -> None:
    def with_filter() -> set[str]:
        answer = server.get(f"/v1/items/bag/similar?k=50&filter={quote('on_sale = true')}")
        return ids(answer) if answer.status == 200 else set()

    patch = {"properties": {"on_sale": True}, "title": "MUG, CHEAP"}
    assert server.ask("PATCH", "/v1/items/mug", patch).status == 200
    assert eventually(lambda: all(with_filter() == {"mug"} for _ in range(6)), WAIT_S)
    items = server.get("/v1/items/bag/similar?fields=on_sale&k=1").json["items"]
    assert items[0]["title"] == "MUG, CHEAP"
    assert items[0]["fields"] == {"on_sale": True}


def test_another_server_hears_of_it_from_the_database(
    server: ServerProcess, neo4j_settings: Neo4jSettings
) -> None:
    with connect(neo4j_settings) as elsewhere:
        write_items(elsewhere, [ItemWrite("hide", "n9")])
        assert eventually(
            lambda: all("n9" not in ids(server.get(LISTS[0])) for _ in range(6)), WAIT_S
        )
        write_items(elsewhere, [ItemWrite("show", "n9")])
        assert eventually(lambda: all("n9" in ids(server.get(LISTS[0])) for _ in range(6)), WAIT_S)


def test_ten_pages_of_a_user_while_the_user_goes_on(shop: Database, server: ServerProcess) -> None:
    def tell(number: int, at: str | None) -> Answer:
        event = {"event_id": f"e{number}", "item_id": f"n{number % 250}", "user_id": "eve"}
        return server.ask("POST", "/v1/events", {"events": [event | ({"at": at} if at else {})]})

    assert tell(0, None).json["n_accepted"] == 1
    stop = threading.Event()

    def go_on() -> None:
        number = 0
        while not stop.wait(0.01):
            number += 1
            late = "2026-01-01T00:00:00Z" if number % 2 else None  # told long after it happened
            assert tell(number, late).json["n_accepted"] == 1

    disturber = threading.Thread(target=go_on)
    disturber.start()
    try:
        for _ in range(3):
            time.sleep(0.1)
            found = pages(server, "/v1/users/eve/recommendations", {"k": "10"}, 10)
            assert len(found) == len(set(found)) == 100
    finally:
        stop.set()
        disturber.join()


def test_lists_of_another_version_leave_out_the_same(shop: Database, server: ServerProcess) -> None:
    path = "/v1/items/bag/similar?k=300&min_support=0&model=two"
    assert eventually(lambda: server.get(path).status == 200, WAIT_S)
    assert "n11" in ids(server.get(path))
    server.ask("PATCH", "/v1/items/n11", {"is_hidden": True})
    assert all("n11" not in ids(server.get(path)) for _ in range(4))
    run(shop, ACTIVATE, version="two")
    assert eventually(lambda: server.get(LISTS[0]).json["model_version"] == "two", WAIT_S)
    assert all("n11" not in ids(server.get(LISTS[0])) for _ in range(4))
    server.ask("PATCH", "/v1/items/n11", {"is_hidden": False})
    run(shop, ACTIVATE, version="one")
