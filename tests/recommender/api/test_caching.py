"""What may be kept, and when what is kept is still good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.test_app import lose_database
from tests.recommender.serve.shop import activate, run

pytestmark = pytest.mark.neo4j

SIMILAR = "/v1/items/bag/similar"
POPULAR = "/v1/popular"


def without_request_id(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json.items() if name != "request_id"}


@pytest.mark.parametrize("path", [SIMILAR, POPULAR, f"{SIMILAR}?k=2&fields=title&diversity=0.5"])
def test_whoever_has_the_answer_is_told_so_without_a_body(
    client_with: Callable[..., Any], path: str
) -> None:
    client = client_with()
    first, second = client.get(path), client.get(path)
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    assert second.headers["ETag"] == etag
    assert without_request_id(first) == without_request_id(second)
    for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["X-Model-Version"] == "one"
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_other_questions_have_other_etags(client_with: Callable[..., Any]) -> None:
    client = client_with()
    cursor = client.get(f"{SIMILAR}?k=2").json["next_cursor"]
    paths = [
        *(SIMILAR, f"{SIMILAR}?k=2", f"{SIMILAR}?k=2&cursor={cursor}", POPULAR),
        *(
            f"{SIMILAR}?method=graph",
            f"{SIMILAR}?category=bags",
            f"{SIMILAR}?filter=support>1",
        ),
        *(f"{SIMILAR}?exclude_item=mug", f"{SIMILAR}?fields=title", f"{SIMILAR}?min_support=1"),
        *("/v1/items/mug/similar", f"{SIMILAR}?model=two"),
    ]
    assert len({client.get(path).headers["ETag"] for path in paths}) == len(paths)


def test_another_version_catalogue_or_graph_makes_another_etag(
    client_with: Callable[..., Any], watcher: ModelWatcher
) -> None:
    database = watcher.database
    etags = [client_with().get(SIMILAR).headers["ETag"]]
    for change in (
        "MATCH (i:Item {id: 'mug'}) SET i.title = 'Another mug'",
        "MATCH (:Item {id: 'bag'})-[r:TOGETHER]-(:Item {id: 'plate'}) SET r.weight = 3.0",
    ):
        run(database, change)
        watcher.model = None  # as another worker would load it
        watcher.poll()
        etags.append(client_with().get(SIMILAR).headers["ETag"])
    activate(database, "two")
    watcher.poll()
    etags.append(client_with().get(SIMILAR).headers["ETag"])
    assert len(set(etags)) == 4


def test_a_kept_list_is_no_longer_good_once_an_item_of_it_is_hidden(
    client_with: Callable[..., Any],
) -> None:
    client = client_with()
    kept = client.get(SIMILAR)
    assert client.patch("/v1/items/mug", json={"is_hidden": True}).status_code == 200
    answer = client.get(SIMILAR, headers={"If-None-Match": kept.headers["ETag"]})
    assert answer.status_code == 200
    assert "mug" not in [item["item_id"] for item in answer.json["items"]]


def test_what_the_graph_is_asked_for_has_no_etag(client_with: Callable[..., Any]) -> None:
    client = client_with()
    run_paths = ["/v1/items/bag", f"{SIMILAR}?explain=true", "/v1/models", "/v1/health/live"]
    for path in run_paths:
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code == 200, path
        assert "ETag" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_errors_are_not_kept_and_have_no_etag(client_with: Callable[..., Any]) -> None:
    client = client_with()
    for path in (f"{SIMILAR}?fields=none", "/v1/items/gone/similar", "/nowhere"):
        answer = client.get(path, headers={"If-None-Match": "*"})
        assert answer.status_code in (400, 404)
        assert "ETag" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_with_keys_only_the_caller_keeps_an_answer(
    client_with: Callable[..., Any], watcher: ModelWatcher
) -> None:
    assert "Vary" not in client_with().get(SIMILAR).headers
    key = create_key(watcher.database, "shop", ["read"])
    client = client_with()
    answer = client.get(SIMILAR, headers={"X-API-Key": key})
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "X-API-Key, Authorization"
    refused = client.get(SIMILAR, headers={"If-None-Match": answer.headers["ETag"]})
    assert refused.status_code == 401
    assert refused.headers["Cache-Control"] == "no-store"


def test_answers_from_memory_are_marked_while_the_database_is_away(
    client_with: Callable[..., Any], watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_with()
    before = client.get(SIMILAR)
    assert "X-Database-Away" not in before.headers
    lose_database(watcher, monkeypatch)
    watcher.poll()
    away = client.get(SIMILAR)
    assert away.headers["X-Database-Away"] == "true"
    assert away.headers["ETag"] == before.headers["ETag"]
