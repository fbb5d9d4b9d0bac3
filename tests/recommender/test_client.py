"""The client against a real server: every method, what it refuses, and a switch of versions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from graphdb import Database, Neo4jSettings
from recommender.client import Footpath, FootpathError, Recommended
from recommender.keys import create_key
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.api.test_reading_server import shop
from tests.recommender.serve.shop import HYBRID_ONE

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

__all__ = ["shop"]  # the fixture


@pytest.fixture(scope="module")
def client(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Footpath]:
    key = create_key(shop, "client", ["read", "events", "write"])
    log = tmp_path_factory.mktemp("client") / "log"
    with (
        ServerProcess(neo4j_settings, log) as server,
        Footpath(f"http://127.0.0.1:{server.port}", key) as client,
    ):
        yield client
    shop.run_text("test", "MATCH (k:ApiKey) DELETE k", {})


def test_lists_are_typed(client: Footpath) -> None:
    found = client.similar("bag", k=3, exclude_item=["n1", "n2"], fields=["category", "support"])
    assert len(found) == 3
    assert isinstance(found.items[0], Recommended)
    assert found.items[0].item_id == HYBRID_ONE[0]
    assert found.items[0].fields == {"category": "mugs", "support": 30}
    assert found.model_version == "one"
    assert client.popular(k=1).items[0].rank == 1
    assert len(client.for_session(["bag", "mug"], k=4, exclude_seen=True)) == 4
    results = client.batch([{"kind": "similar", "item_id": "bag", "k": 2}])
    assert [result["status"] for result in results] == [200]


def test_pages_follow_each_other_to_the_end(client: Footpath) -> None:
    pages = list(client.similar_pages("a/b c", k=100))
    found = [item.item_id for page in pages for item in page]
    assert len(found) == len(set(found)) > 200
    assert pages[-1].next_cursor is None


def test_reasons_items_models_and_search(client: Footpath) -> None:
    assert client.explanation("bag", "mug")["reasons"]["weight"] == 4.0
    assert client.similar("bag", k=1, explain=True).items[0].reasons is not None
    assert client.item("a/b c")["title"] == "Käfer-Lampe “rot”"
    assert [item["item_id"] for item in client.search("lunch bag")] == ["lunch bag"]
    assert {model["version"] for model in client.models()} == {"one", "two"}
    assert client.is_ready()


def test_items_are_changed(client: Footpath) -> None:
    new = client.put_item("new/1", title="NEW", category="mugs", properties={"price": 1.5})
    assert new["properties"] == {"price": 1.5}
    assert client.patch_item("new/1", properties={"price": None})["properties"] == {}
    client.hide("mug")
    assert "mug" not in {item.item_id for item in client.similar("bag", k=250)}
    client.show("mug")
    assert client.similar("bag", k=1).items[0].item_id == "mug"
    changes = [{"operation": "delete", "item_id": name} for name in ("new/1", "none")]
    assert [each["status"] for each in client.change_items(changes)] == [200, 404]


def test_any_number_of_events_is_told_once(client: Footpath) -> None:
    events = [
        {"event_id": f"client-{n}", "item_id": f"n{n % 200}", "user_id": "fay"} for n in range(1100)
    ]
    assert {each["outcome"] for each in client.send_events(iter(events))} == {"accepted"}
    assert {each["outcome"] for each in client.send_events(events)} == {"duplicate"}
    assert client.for_user("fay", k=5).items


def test_a_refusal_says_what_is_wrong(client: Footpath) -> None:
    with pytest.raises(FootpathError, match="no item 'none'") as caught:
        client.similar("none")
    assert caught.value.status == 404
    assert caught.value.request_id
    with pytest.raises(FootpathError, match="filter") as caught:
        client.similar("bag", filter="price <")
    assert caught.value.problem["errors"][0]["position"]


def test_nobody_there_is_an_error_too() -> None:
    with (
        Footpath("http://127.0.0.1:9", timeout_s=1) as client,
        pytest.raises(FootpathError, match="does not answer") as caught,
    ):
        client.popular()
    assert caught.value.status is None


def test_it_imports_nothing_heavy() -> None:
    text = "import sys, recommender.client; print({'numpy', 'flask'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
