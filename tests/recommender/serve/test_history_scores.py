"""Users and sessions: served scores are the scorers', and Cypher in Browser gives the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graphdb import Database
from graphdb.queries import find_query
from recommender.errors import InvalidParameterError, ModelNotPublishedError, UnknownUserError
from recommender.histories_from_graph import read_graph_histories
from recommender.load import load_interactions
from recommender.publish import publish_embeddings
from recommender.relate import RelateSettings, relate_items
from recommender.score import ReadOut, ScoreSettings, top_items
from recommender.serve import (
    METHODS,
    Method,
    ModelWatcher,
    ServingModel,
    load_serving_model,
    read_history,
    recommend_to_user,
)
from recommender.train import SpectralSettings, train_spectral
from tests.recommender.serve.shop import run

pytestmark = pytest.mark.neo4j

READ_OUTS = (ReadOut(-0.6, -0.3, 0.8), ReadOut(-0.4, 0.4, 0.9))
SETTINGS = {
    "two-step": ScoreSettings("two-step", *READ_OUTS, link="linear", overlap_power=1.5),
    "transitions": ScoreSettings("transitions", *READ_OUTS, link="exp"),
}


def visits() -> pd.DataFrame:
    """Thirty users of twenty items, six visits each, some items twice, some at one time."""
    random = np.random.default_rng(5)
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    return pd.DataFrame(
        {
            "user_id": f"u{n // 6:02}",
            "item_id": f"i{int(random.zipf(1.3)) % 20:02}",
            "timestamp": begun + timedelta(minutes=n - n % 5 % 2),
        }
        for n in range(180)
    )


def publish_shop(
    database: Database, kind: str = "two-step", relation: str = "NEXT"
) -> ScoreSettings:
    """Load the visits, relate and publish them with some settings of scoring."""
    settings = SETTINGS[kind]
    load_interactions(database, visits())
    relate: Any = {"relation": relation, "sessions": "history", "min_count": 1}
    relate_items(database, RelateSettings(**relate))
    trained = train_spectral(read_graph_histories(database), SpectralSettings(dimension=6))
    random = np.random.default_rng(1)
    out_vectors = random.normal(size=trained.out_vectors.shape).astype(np.float32)
    provenance = {"graph": {"is_directed": relation == "NEXT"}, "scoring": settings.to_json()}
    publish_embeddings(database, replace(trained, out_vectors=out_vectors, provenance=provenance))
    return settings


def in_browser(database: Database, name: str) -> dict[str, float]:
    text = find_query(f"browser/{name}").text
    rows = run(database, text, user_id="u03", k=100.0)
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)
    return {row["item_id"]: row["score"] for row in rows}


def served(model: ServingModel, method: Method) -> dict[str, float]:
    assert model.history_scores is not None
    history = model.history_scores.known_history("u03") or []
    answer = model.for_history(history, 20, method)
    return {item.item_id: item.score for item in answer if item.source == method}


@pytest.mark.parametrize(
    ("kind", "relation", "query"),
    [
        ("two-step", "TOGETHER", "recommend_by_two_steps"),
        ("transitions", "NEXT", "recommend_by_transitions_next"),
        ("transitions", "TOGETHER", "recommend_by_transitions_together"),
    ],
)
def test_graph_scores_are_those_of_cypher(
    database: Database, kind: str, relation: str, query: str
) -> None:
    publish_shop(database, kind, relation)
    python = served(load_serving_model(database), "graph")
    assert len(python) > 5
    assert in_browser(database, query) == pytest.approx(python, rel=1e-4)
    both = served(load_serving_model(database), "hybrid")
    browser = in_browser(database, query.replace("_by_", "_by_both_"))
    above = {item_id: score for item_id, score in browser.items() if score > 0}
    assert above == pytest.approx(both, rel=1e-3)


@pytest.mark.parametrize("kind", list(SETTINGS))
def test_vector_scores_are_those_of_cypher_by_either_link(database: Database, kind: str) -> None:
    publish_shop(database, kind)
    python = served(load_serving_model(database), "embedding")
    browser = in_browser(database, "recommend_by_embedding")
    above = {item_id: score for item_id, score in browser.items() if score > 0}
    assert len(python) > 3
    assert above == pytest.approx(python, rel=1e-3)


def test_lists_are_those_that_evaluation_judges(database: Database) -> None:
    publish_shop(database)
    model = load_serving_model(database)
    assert model.history_scores is not None
    histories = read_graph_histories(database)
    for method in METHODS:
        top = top_items(model.history_scores.scorer(method), histories, 3)
        for user in range(0, histories.n_users, 7):
            history = read_history(database, histories.user_ids[user])
            answer = model.for_history(history, 3, method)
            names = [histories.item_ids[row] for row in top.rows[user].tolist() if row >= 0]
            found = [item.item_id for item in answer if item.source == method]
            assert found == names[: len(found)]


def test_a_list_is_full_and_holds_nothing_seen(database: Database) -> None:
    publish_shop(database)
    model = load_serving_model(database)
    n_items = model.n_items
    answer = model.for_history(["i01", "i01", "gone"], n_items)
    assert len(answer) == n_items - 1
    assert "i01" not in {item.item_id for item in answer}
    assert [item.rank for item in answer] == list(range(1, n_items))
    again = model.for_history(["i01"], n_items, exclude_seen=False)
    assert len(again) == n_items


def test_nothing_known_is_answered_by_popularity(database: Database) -> None:
    publish_shop(database)
    model = load_serving_model(database)
    answer = model.for_history([], 3)
    assert {item.source for item in answer} == {"popular"}
    most = max(range(model.n_items), key=lambda row: (model.support[row], -row))
    assert answer[0].item_id == model.item_ids[most]


def test_users_are_answered_from_what_the_database_holds_now(database: Database) -> None:
    publish_shop(database)
    watcher = ModelWatcher(database)
    watcher.poll()
    _, before = recommend_to_user(watcher, "u03", 3)
    bought = before[0].item_id
    row = {"user_id": "u03", "item_id": bought, "timestamp": datetime(2026, 3, 1, tzinfo=UTC)}
    load_interactions(database, pd.DataFrame([row]))
    _, after = recommend_to_user(watcher, "u03", 3)
    assert bought not in {item.item_id for item in after}
    watcher.is_database_away = True
    _, without = recommend_to_user(watcher, "u03", 3)
    assert without == before
    watcher.is_database_away = False
    with pytest.raises(UnknownUserError, match="no user 'nobody'"):
        recommend_to_user(watcher, "nobody")


def test_what_cannot_be_answered_is_said(database: Database) -> None:
    publish_shop(database)
    model = load_serving_model(database, with_histories=False)
    with pytest.raises(ModelNotPublishedError, match="similar items alone"):
        model.for_history(["i01"])
    whole: Any = load_serving_model(database)
    with pytest.raises(InvalidParameterError, match="Method 'magic'"):
        whole.for_history(["i01"], 3, "magic")
    with pytest.raises(InvalidParameterError, match="k is 0"):
        whole.for_history(["i01"], 0)
