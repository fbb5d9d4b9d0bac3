from __future__ import annotations

from typing import Any

import pytest

from graphdb import CannotConnectError, Database
from recommender.errors import ModelNotPublishedError, UnknownItemError
from recommender.serve import ModelWatcher, similar_items
from tests.recommender.serve.shop import activate, fill_shop, run, wipe

pytestmark = pytest.mark.neo4j


@pytest.fixture
def watcher(database: Database) -> ModelWatcher:
    fill_shop(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    return watcher


def lose_database(watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise CannotConnectError("The connection to Neo4j was lost.")

    monkeypatch.setattr(watcher.database, "read", refuse)


def test_newly_activated_version_is_picked_up(watcher: ModelWatcher) -> None:
    assert watcher.current().version == "one"
    activate(watcher.database, "two")
    watcher.poll()
    assert watcher.current().version == "two"


def test_version_in_memory_is_not_loaded_again(watcher: ModelWatcher) -> None:
    before = watcher.current()
    watcher.poll()
    assert watcher.current() is before


def test_last_good_version_answers_while_the_database_is_away(
    watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        lose_database(watcher, patch)
        watcher.poll()
        assert similar_items(watcher, "bag", 2)[0] == "one"
        with pytest.raises(CannotConnectError):
            watcher.check_database()
    watcher.poll()
    watcher.check_database()


def test_version_that_cannot_be_read_leaves_the_old_one_answering(watcher: ModelWatcher) -> None:
    run(watcher.database, "MATCH (m:Model {version: 'two'}) SET m.dimension = 3")
    activate(watcher.database, "two")
    watcher.poll()
    assert watcher.current().version == "one"
    assert watcher.problem == "Model two cannot be loaded."


def test_without_a_published_model_there_is_none_to_answer_from(watcher: ModelWatcher) -> None:
    wipe(watcher.database)
    watcher.poll()
    with pytest.raises(ModelNotPublishedError, match="No model is published"):
        watcher.current()


def test_item_that_came_after_loading_is_answered_by_category(watcher: ModelWatcher) -> None:
    run(watcher.database, "MERGE (:Item {id: 'new', category: 'mugs', support: 0})")
    version, items = similar_items(watcher, "new", 3)
    assert version == "one"
    assert [(item.item_id, item.source) for item in items] == [
        ("mug", "category"), ("plate", "category"), ("bag", "popular"),
    ]  # fmt: skip


def test_item_that_nobody_knows_is_unknown(watcher: ModelWatcher) -> None:
    with pytest.raises(UnknownItemError):
        similar_items(watcher, "nothing")


def test_unknown_item_is_no_claim_while_the_database_is_away(
    watcher: ModelWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_database(watcher, monkeypatch)
    watcher.poll()
    with pytest.raises(CannotConnectError):
        similar_items(watcher, "nothing")
