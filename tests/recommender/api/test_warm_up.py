from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from recommender.api import create_app
from recommender.api.warm_up import QUERIES, warm_up
from recommender.keys import create_key
from recommender.serve import ModelWatcher
from tests.recommender.api.test_direct import refuse

pytestmark = pytest.mark.neo4j


@pytest.mark.parametrize("item_id", ["bag", "a/b c"])
def test_after_it_the_first_request_needs_no_flask(watcher: ModelWatcher, item_id: str) -> None:
    app: Any = create_app(watcher)
    warm_up(app, item_id)
    app.wsgi_app.inner = refuse
    for query in QUERIES:
        path = f"/v1/items/{quote(item_id, safe='')}/similar?{query}"
        assert app.test_client().get(path).status_code == 200


def test_nothing_is_counted(watcher: ModelWatcher) -> None:
    app = create_app(watcher)
    warm_up(app, "bag")
    text = app.test_client().get("/metrics").text
    assert "/similar" not in text
    assert "footpath_items_answered_total{" not in text


def test_it_goes_round_the_keys_and_opens_nothing(watcher: ModelWatcher) -> None:
    create_key(watcher.database, "shop", ["read"])
    app: Any = create_app(watcher)
    warm_up(app, "bag")
    assert app.test_client().get(f"/v1/items/bag/similar?{QUERIES[0]}").status_code == 401
