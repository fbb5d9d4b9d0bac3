"""The shop's application, through Flask's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphdb import Database
from recommender.api import create_app
from recommender.api.settings import ApiSettings
from recommender.serve import ModelWatcher
from tests.recommender.serve.shop import fill_shop


@pytest.fixture
def shop_watcher(database: Database) -> ModelWatcher:
    """Give the model of the shop's version "one", in memory."""
    fill_shop(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    return watcher


@pytest.fixture
def client_with(shop_watcher: ModelWatcher) -> Callable[..., Any]:
    """Return what makes a client of the application as some settings have it."""
    return lambda **chosen: create_app(shop_watcher, ApiSettings(**chosen)).test_client()
