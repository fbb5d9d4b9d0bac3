"""Publishing, switching and pruning versions on a real Neo4j, crashes included."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

from graphdb import Database
from recommender import publish
from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, ModelNotPublishedError
from recommender.item_map import map_positions
from recommender.publish import (
    activate_model,
    check_vectors,
    find_model,
    list_models,
    prune_models,
    publish_embeddings,
    read_embeddings,
    remove_model,
    rollback_model,
)
from recommender.remap import remap_model

N_ITEMS = 40
STEPS = (
    "map", "reserve", "clear", "write", "write map", "index", "check", "finish", "activate",
    "prune",
)  # fmt: skip


def embeddings_of(seed: int, n_items: int = N_ITEMS, dimension: int = 8) -> Embeddings:
    rng = np.random.default_rng(seed)
    return Embeddings(
        item_ids=tuple(f"i{n:03}" for n in range(n_items)),
        in_vectors=rng.standard_normal((n_items, dimension)).astype(np.float32),
        out_vectors=rng.standard_normal((n_items, dimension)).astype(np.float32),
        counts=np.ones(n_items, np.int64),
        provenance={"graph": {"is_directed": False}, "seed": seed},
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0], ids=["NaN", "infinite", "all zero"])
def test_a_broken_vector_is_refused_by_its_item(bad: float) -> None:
    embeddings = embeddings_of(1)
    embeddings.in_vectors[7] = bad
    embeddings.out_vectors[7] = bad
    with pytest.raises(InvalidDataError, match="item 'i007'"):
        check_vectors(embeddings)


@pytest.mark.neo4j
def test_what_is_read_back_is_what_was_published(items: Database) -> None:
    embeddings = embeddings_of(1)
    version = publish_embeddings(items, embeddings)
    read = read_embeddings(items)
    assert read.item_ids == embeddings.item_ids
    np.testing.assert_array_equal(read.in_vectors, embeddings.in_vectors)
    np.testing.assert_array_equal(read.out_vectors, embeddings.out_vectors)
    model = find_model(items)
    assert (model.version, model.n_items, model.dimension) == (version, N_ITEMS, 8)
    assert model.parameters["seed"] == 1


def stored_map(database: Database, slot: str | None) -> dict[str, list[float]]:
    text = (
        "MATCH (i:Item) WITH i, 'map_' + $slot AS name WHERE i[name] IS NOT NULL "
        "RETURN i.id AS id, i[name] AS point ORDER BY id"
    )
    return {row["id"]: row["point"] for row in database.run_text("map", text, {"slot": slot})}


@pytest.mark.neo4j
def test_items_with_a_vector_are_on_the_version_s_map(items: Database) -> None:
    embeddings = embeddings_of(1)
    embeddings.in_vectors[3] = 0.0
    publish_embeddings(items, embeddings)
    model = find_model(items)
    points, _ = map_positions(np.delete(embeddings.in_vectors, 3, axis=0), "pca")
    placed = stored_map(items, model.slot)
    assert model.map_method == "pca"
    assert list(placed.values()) == points.tolist()
    assert "i003" not in placed

    version, method, n_items = remap_model(items)
    assert (version, method, n_items) == (model.version, "umap", N_ITEMS - 1)
    assert find_model(items).map_method == "umap"
    assert stored_map(items, model.slot) != placed


@pytest.mark.neo4j
def test_a_version_may_have_no_map(items: Database) -> None:
    publish_embeddings(items, embeddings_of(1), map_method=None)
    model = find_model(items)
    assert model.map_method is None
    assert stored_map(items, model.slot) == {}


@pytest.mark.neo4j
def test_a_map_that_breaks_off_is_none_and_one_of_a_pruned_version_is_refused(
    items: Database,
) -> None:
    first = publish_embeddings(items, embeddings_of(1))
    publish_embeddings(items, embeddings_of(2))

    def prune(done: int, total: int) -> None:
        remove_model(items, first)

    with pytest.raises(ModelNotPublishedError, match="was pruned while"):
        remap_model(items, first, "pca", progress=prune)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remap_model(items, method="pca", progress=stop)
    assert find_model(items).map_method is None
    remap_model(items, method="pca")
    assert find_model(items).map_method == "pca"


@pytest.mark.neo4j
def test_an_item_that_leads_nowhere_is_published_as_a_target_alone(items: Database) -> None:
    embeddings = embeddings_of(1)
    embeddings.in_vectors[3] = 0.0
    publish_embeddings(items, embeddings)
    read = read_embeddings(items)
    np.testing.assert_array_equal(read.in_vectors, embeddings.in_vectors)
    np.testing.assert_array_equal(read.out_vectors, embeddings.out_vectors)


@pytest.mark.neo4j
def test_rollback_goes_back_step_by_step_and_then_says_so(items: Database) -> None:
    first, second, third = (publish_embeddings(items, embeddings_of(n)) for n in range(3))
    assert find_model(items).version == third
    assert rollback_model(items) == second
    assert rollback_model(items) == first
    with pytest.raises(ModelNotPublishedError, match="none to go back to"):
        rollback_model(items)
    activate_model(items, third)
    assert find_model(items).version == third


@pytest.mark.neo4j
def test_the_oldest_versions_go_and_their_vectors_with_them(items: Database) -> None:
    versions = [publish_embeddings(items, embeddings_of(n)) for n in range(5)]
    assert [model.version for model in list_models(items)] == versions[:1:-1]
    gone = prune_models(items, keep=1)
    assert sorted(gone) == sorted(versions[2:4])
    counted = items.run_text(
        "vectors left",
        "MATCH (i:Item) RETURN count(i.embedding_a) + count(i.embedding_b) "
        "+ count(i.embedding_c) + count(i.embedding_d) AS n, count(i.map_a) + count(i.map_b) "
        "+ count(i.map_c) + count(i.map_d) AS n_placed",
        {},
    )
    assert counted == [{"n": N_ITEMS, "n_placed": N_ITEMS}]


@pytest.mark.neo4j
def test_versions_may_differ_in_dimension(items: Database) -> None:
    for dimension in (8, 16, 4, 8, 12):
        publish_embeddings(items, embeddings_of(1, dimension=dimension))
        assert read_embeddings(items).dimension == dimension


@pytest.mark.neo4j
def test_an_item_that_is_gone_stops_the_publication_and_the_old_version_stays(
    items: Database,
) -> None:
    first = publish_embeddings(items, embeddings_of(1))
    with pytest.raises(InvalidDataError, match="3 of 43 items are not in the graph"):
        publish_embeddings(items, embeddings_of(2, n_items=N_ITEMS + 3))
    assert find_model(items).version == first


@pytest.mark.neo4j
def test_a_vector_lost_from_the_graph_is_noticed_before_the_switch(items: Database) -> None:
    first = publish_embeddings(items, embeddings_of(1))

    def lose_one(step: str) -> None:
        if step == "check":
            items.run_text("lose", "MATCH (i:Item {id: 'i003'}) REMOVE i.embedding_b", {})

    with pytest.raises(InvalidDataError, match="39 vectors of 40"):
        publish_embeddings(items, embeddings_of(2), on_step=lose_one)
    assert find_model(items).version == first


@pytest.mark.neo4j
def test_an_unknown_version_cannot_be_activated(items: Database) -> None:
    version = publish_embeddings(items, embeddings_of(1))
    with pytest.raises(ModelNotPublishedError, match=f"no ready model version 'v9'.*{version}"):
        activate_model(items, "v9")
    assert find_model(items).version == version


@pytest.mark.neo4j
def test_switches_from_many_sides_leave_exactly_one_active(items: Database) -> None:
    versions = [publish_embeddings(items, embeddings_of(n)) for n in range(3)]
    for _ in range(5):
        threads = [Thread(target=activate_model, args=(items, version)) for version in versions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(model.is_active for model in list_models(items)) == 1


@pytest.mark.neo4j
def test_publishers_at_once_take_different_slots(items: Database) -> None:
    published: list[str] = []

    def run(seed: int) -> None:
        published.append(publish_embeddings(items, embeddings_of(seed)))

    threads = [Thread(target=run, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    models = list_models(items)
    assert sorted(model.version for model in models) == sorted(published)
    assert len({model.slot for model in models}) == 2
    active = find_model(items)
    seed = active.parameters["seed"]
    np.testing.assert_array_equal(read_embeddings(items).in_vectors, embeddings_of(seed).in_vectors)


DIES = """
import os, signal, sys
from graphdb import Neo4jSettings, connect
from recommender.publish import publish_embeddings
from tests.recommender.test_publish import embeddings_of

def die(step):
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

database = connect(Neo4jSettings.from_environment(os.environ))
publish_embeddings(database, embeddings_of(2), on_step=die)
"""


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_publisher_killed_at_any_step_leaves_a_whole_model(
    items: Database, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_embeddings(items, embeddings_of(1))
    environ = {**os.environ, **items.settings.as_environment()}
    died = subprocess.run([sys.executable, "-c", DIES, step], env=environ, check=False)
    assert died.returncode == -signal.SIGKILL

    # Killed after the switch, the new one is active; before it, the old one: always all of it.
    active = find_model(items)
    seed = 2 if step == "prune" else 1
    assert (active.version == first) == (seed == 1)
    np.testing.assert_array_equal(read_embeddings(items).in_vectors, embeddings_of(seed).in_vectors)

    # What is left over is found once it has been silent for long enough, and the next one works.
    monkeypatch.setattr(publish, "ABANDONED_AFTER_S", -1.0)
    prune_models(items)
    assert {model.status for model in list_models(items)} == {"ready"}
    version = publish_embeddings(items, replace(embeddings_of(3)))
    assert find_model(items).version == version
