from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdb import Database
from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, ModelNotPublishedError
from recommender.publish import publish_embeddings
from recommender.serve import ArrayCache, ServingDisk, ServingSettings, load_serving_model
from recommender.serve.loader import serving_settings
from tests.recommender.serve.shop import (
    EMBEDDING_TWO,
    HYBRID_ONE,
    SET_VECTORS,
    activate,
    fill_shop,
    run,
)

SET_PROPERTY = "MATCH (m:Model {version: 'one'}) SET m += $properties"


@pytest.mark.neo4j
def test_loaded_model_answers_like_the_published_vectors(database: Database) -> None:
    fill_shop(database)
    model = load_serving_model(database)
    answer = model.similar("bag", 5)
    assert model.version == "one"
    assert [item.item_id for item in answer] == HYBRID_ONE
    assert [item.score for item in answer[:4]] == pytest.approx([1.3, 0.96, 0.6, 0.125])
    assert answer[0].title == "Mug & Spoon"


@pytest.mark.neo4j
def test_version_that_is_not_active_can_be_loaded_by_name(database: Database) -> None:
    fill_shop(database)
    answer = load_serving_model(database, "two").similar("bag", 5, "embedding")
    assert [item.item_id for item in answer] == EMBEDDING_TWO


@pytest.mark.neo4j
def test_vectors_are_brought_to_unit_length(database: Database) -> None:
    fill_shop(database)
    rows = [{"id": "plate", "vector": [3.0, 4.0]}]
    run(database, SET_VECTORS, rows=rows, property="embedding_a")
    model = load_serving_model(database)
    assert model.vectors[model.row_of["plate"]] == pytest.approx([0.6, 0.8])
    assert not model.vectors[model.row_of["cold"]].any()


@pytest.mark.neo4j
def test_without_a_published_model_the_error_says_what_to_run(database: Database) -> None:
    fill_shop(database, active=None)
    with pytest.raises(ModelNotPublishedError, match="footpath fit"):
        load_serving_model(database)
    with pytest.raises(ModelNotPublishedError, match="no published model 'three'"):
        load_serving_model(database, "three")


@pytest.mark.neo4j
def test_half_written_version_is_not_loaded(database: Database) -> None:
    fill_shop(database)
    run(database, SET_PROPERTY, properties={"status": "building"})
    with pytest.raises(ModelNotPublishedError, match="no published model 'one'"):
        load_serving_model(database, "one")


@pytest.mark.neo4j
def test_version_that_is_pruned_while_it_is_read_is_not_served(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_shop(database, active="two")
    stream = database.stream

    def prune_first(name: str, **parameters: Any) -> Any:
        if name == "serve/read_items":
            run(database, SET_PROPERTY, properties={"status": "pruning"})
        return stream(name, **parameters)

    monkeypatch.setattr(database, "stream", prune_first)
    with pytest.raises(ModelNotPublishedError, match="no published model 'one'"):
        load_serving_model(database, "one")


@pytest.mark.neo4j
def test_model_as_publish_writes_it_is_served(database: Database) -> None:
    fill_shop(database)
    vectors = np.array([[1, 0], [0, 1], [0.28, 0.96]], np.float32)
    embeddings = Embeddings(
        item_ids=("bag", "mug", "plate"),
        in_vectors=vectors,
        out_vectors=vectors,
        counts=np.ones(3, np.int64),
        provenance={"min_support": 25, "graph_share": 0.0},
    )
    version = publish_embeddings(database, embeddings)
    model = load_serving_model(database)
    assert (model.version, model.settings) == (version, ServingSettings(25, 0.0))
    # plate (20 sessions) is below the least support; the others have no vector.
    answer = model.similar("bag", 3)
    assert [(item.item_id, item.source) for item in answer] == [
        ("mug", "hybrid"), ("lunch bag", "category"), ("cold", "category"),
    ]  # fmt: skip


@pytest.mark.neo4j
def test_vector_of_another_length_names_the_item(database: Database) -> None:
    fill_shop(database)
    run(database, SET_PROPERTY, properties={"dimension": 3})
    with pytest.raises(InvalidDataError, match="coordinates in model 'one', not 3"):
        load_serving_model(database)


@pytest.mark.neo4j
def test_least_support_of_a_version_without_one_comes_from_the_data(database: Database) -> None:
    fill_shop(database)
    run(database, SET_PROPERTY, properties={"parameters": json.dumps({"dimension": 2})})
    # Supports of the six with a vector: 1, 20, 30, 30, 30, 40; lower quartile 22.5.
    assert load_serving_model(database).settings.min_support == 22


def test_least_support_by_data_is_at_most_thirty() -> None:
    assert serving_settings({}, np.full(10, 1000)).min_support == 30
    assert serving_settings({}, np.full(10, 3)).min_support == 3
    assert serving_settings({}, np.empty(0, np.int64)).min_support == 0
    assert serving_settings({"min_support": 0}, np.full(10, 1000)).min_support == 0


def read_properties(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the name of each property is added whose vectors are read."""
    read: list[str] = []
    stream = database.stream

    def note(name: str, **parameters: Any) -> Any:
        if name.startswith("serve/read_vectors"):
            read.append(parameters["property"])
        return stream(name, **parameters)

    monkeypatch.setattr(database, "stream", note)
    return read


@pytest.mark.neo4j
def test_second_start_reads_no_vectors_and_answers_the_same(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_shop(database)
    read = read_properties(database, monkeypatch)
    disk = ServingDisk(ArrayCache(tmp_path))
    first = load_serving_model(database, disk=disk)
    assert read == ["embedding_a", "out_embedding_a"]
    second = load_serving_model(database, disk=disk)
    assert len(read) == 2
    assert second.similar("bag", 5) == first.similar("bag", 5)
    assert [item.item_id for item in second.similar("bag", 5)] == HYBRID_ONE
    assert second.for_history(["bag"], 3) == first.for_history(["bag"], 3)


@pytest.mark.neo4j
def test_newly_active_version_is_never_answered_from_another_ones_cache(
    database: Database, tmp_path: Path
) -> None:
    fill_shop(database)
    disk = ServingDisk(ArrayCache(tmp_path))
    load_serving_model(database, disk=disk)
    activate(database, "two")
    model = load_serving_model(database, disk=disk)
    assert model.version == "two"
    assert [item.item_id for item in model.similar("bag", 5, "embedding")] == EMBEDDING_TWO


@pytest.mark.neo4j
def test_vectors_that_are_not_those_of_the_cache_are_read_anew(
    database: Database, tmp_path: Path
) -> None:
    fill_shop(database)
    disk = ServingDisk(ArrayCache(tmp_path))
    load_serving_model(database, disk=disk)
    # As after a restore of another state of the database: same version, other vectors.
    rows = [{"id": "plate", "vector": [3.0, 4.0]}]
    run(database, SET_VECTORS, rows=rows, property="embedding_a")
    model = load_serving_model(database, disk=disk)
    assert model.vectors[model.row_of["plate"]] == pytest.approx([0.6, 0.8])


@pytest.mark.neo4j
def test_catalogue_is_the_databases_whatever_is_cached(database: Database, tmp_path: Path) -> None:
    fill_shop(database)
    disk = ServingDisk(ArrayCache(tmp_path))
    load_serving_model(database, disk=disk)
    run(database, "MATCH (i:Item {id: 'mug'}) SET i.title = 'NEW'")
    run(database, "MATCH (i:Item {id: 'lunch bag'}) DETACH DELETE i")
    run(database, "CREATE (:Item {id: 'aaa', support: 50})")
    answer = load_serving_model(database, disk=disk).similar("bag", 5, "embedding")
    assert [item.item_id for item in answer] == ["mug", "a/b c", "plate", "cold", "aaa"]
    assert answer[0].title == "NEW"


@pytest.mark.neo4j
def test_graph_is_mapped_and_cached_by_what_is_in_it(database: Database, tmp_path: Path) -> None:
    fill_shop(database)
    disk = ServingDisk(ArrayCache(tmp_path))
    first = load_serving_model(database, disk=disk)
    with pytest.raises(ValueError, match="read-only"):
        first.graph.weights[0] = 7
    run(database, "MATCH (:Item {id: 'bag'})-[r:TOGETHER]-(:Item {id: 'mug'}) SET r.weight = 2")
    second = load_serving_model(database, disk=disk)
    assert first.graph.weights.max() == 4
    assert second.graph.weights.max() == 2


@pytest.mark.neo4j
def test_second_version_shares_what_is_equal_with_the_first(database: Database) -> None:
    fill_shop(database)
    first = load_serving_model(database, "one")
    second = load_serving_model(database, "two", like=first)
    for name in ("item_ids", "titles", "categories", "row_of"):
        assert getattr(second, name) is getattr(first, name)
    assert second.columns["title"] is first.columns["title"]
    assert second.graph.item_ids is first.item_ids
    alone = load_serving_model(database, "two")
    assert second.content == alone.content
    assert second.similar("bag", 5) == alone.similar("bag", 5)


@pytest.mark.neo4j
def test_what_changed_since_the_first_version_is_not_shared(database: Database) -> None:
    fill_shop(database)
    first = load_serving_model(database, "one")
    run(database, "MATCH (i:Item {id: 'mug'}) SET i.title = 'NEW'")
    second = load_serving_model(database, "two", like=first)
    assert second.item_ids is first.item_ids
    assert {item.title for item in second.similar("bag", 5)} >= {"NEW"}
    run(database, "MERGE (:Item {id: 'aaa', support: 50})")
    third = load_serving_model(database, "two", like=second)
    assert third.row_of["bag"] == second.row_of["bag"] + 1
    assert third.similar("bag", 5) == load_serving_model(database, "two").similar("bag", 5)
