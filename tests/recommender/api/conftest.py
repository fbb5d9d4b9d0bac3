"""The shop's application, through Flask's client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from recommender.api import create_app
from recommender.api.settings import ApiSettings
from recommender.serve import ModelWatcher
from recommender.serve.rehearsal import rehearse
from tests.recommender.serve.shop import fill_shop


@pytest.fixture
def shop(database: Database) -> Database:
    """Give the shop; modules that add something to it have a ``shop`` of their own."""
    fill_shop(database)
    return database


@pytest.fixture(scope="session")
def rehearsed(neo4j_settings: Neo4jSettings) -> None:
    """Have a database that was just started plan what requests ask, as a server does."""
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        rehearse(database, None, deadline_s=60)


@pytest.fixture
def watcher(rehearsed: None, shop: Database) -> ModelWatcher:
    """Give the model of the shop's active version, in memory."""
    watcher = ModelWatcher(shop)
    watcher.poll()
    return watcher


@pytest.fixture
def client(watcher: ModelWatcher) -> Any:
    """Give a client of the application."""
    return create_app(watcher).test_client()


@pytest.fixture
def client_with(watcher: ModelWatcher) -> Callable[..., Any]:
    """Return what makes a client of the application as some settings have it."""
    return lambda **chosen: create_app(watcher, ApiSettings(**chosen)).test_client()
