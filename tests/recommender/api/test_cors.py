"""Pages of other origins may ask if they were named, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from recommender.api.settings import read_origin
from recommender.errors import InvalidParameterError
from recommender.keys import create_key
from recommender.serve import ModelWatcher

SIMILAR = "/v1/items/bag/similar"
SHOP = "https://shop.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "x-api-key",
}


def allowed(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control")}


@pytest.mark.neo4j
def test_without_the_option_no_page_is_let_in(client_with: Callable[..., Any]) -> None:
    client = client_with()
    assert allowed(client.get(SIMILAR, headers={"Origin": SHOP})) == {}
    answer = client.options(SIMILAR, headers={"Origin": SHOP, **PREFLIGHT})
    assert allowed(answer) == {}


@pytest.mark.neo4j
def test_a_named_origin_is_let_in_with_its_key(
    client_with: Callable[..., Any], watcher: ModelWatcher
) -> None:
    key = create_key(watcher.database, "shop", ["read"])
    client = client_with(origins=(SHOP, "http://localhost:3000"))
    preflight = client.options(SIMILAR, headers={"Origin": SHOP, **PREFLIGHT})
    assert preflight.status_code == 204  # a browser sends no key with it
    told = allowed(preflight)
    assert told["Access-Control-Allow-Origin"] == SHOP
    assert "GET" in told["Access-Control-Allow-Methods"]
    assert "X-API-Key" in told["Access-Control-Allow-Headers"]
    answer = client.get(SIMILAR, headers={"Origin": SHOP, "X-API-Key": key})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.vary
    refused = client.get(SIMILAR, headers={"Origin": SHOP})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == SHOP  # so the page can read why


@pytest.mark.neo4j
@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{SHOP}.evil.example", "*"])
def test_another_origin_is_not(client_with: Callable[..., Any], origin: str) -> None:
    client = client_with(origins=(SHOP,))
    for answer in (
        client.get(SIMILAR, headers={"Origin": origin}),
        client.options(SIMILAR, headers={"Origin": origin, **PREFLIGHT}),
    ):
        assert allowed(answer) == {}
        assert "Origin" in answer.vary  # or a cache would give it a named one's answer


@pytest.mark.neo4j
def test_credentials_are_never_allowed(client_with: Callable[..., Any]) -> None:
    client = client_with(origins=(SHOP,))
    answer = client.options(SIMILAR, headers={"Origin": SHOP, **PREFLIGHT})
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("text", "origin"),
    [("https://Shop.Example/", SHOP), ("http://localhost:3000", "http://localhost:3000")],
)
def test_an_origin_is_read_as_browsers_write_it(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize(
    "text", ["*", "null", "shop.example", "https://", "https://a@b", "https://a/b", "ftp://a"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"https://shop\.example"):
        read_origin(text)
