"""A real server goes on answering from the old model while publishers are killed at every step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from graphdb import Database, Neo4jSettings
from recommender.publish import publish_embeddings
from tests.recommender.api.server_process import ServerProcess
from tests.recommender.test_publish import DIES, STEPS, embeddings_of

BEFORE_THE_SWITCH = STEPS[: STEPS.index("prune")]
pytestmark = [pytest.mark.neo4j, pytest.mark.slow]


def test_the_old_model_answers_every_request_while_publishers_die(
    items: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    first = publish_embeddings(items, embeddings_of(1))
    seen: Counter[tuple[int, str | None]] = Counter()
    done = threading.Event()

    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        expected = server.get("/v1/items/i001/similar?k=5").json["items"]

        def ask() -> None:
            while not done.is_set():
                answer = server.get("/v1/items/i001/similar?k=5")
                seen[answer.status, answer.headers.get("x-model-version")] += 1
                assert answer.json["items"] == expected

        client = threading.Thread(target=ask)
        client.start()
        for step in BEFORE_THE_SWITCH:
            died = subprocess.run(
                [sys.executable, "-c", DIES, step],
                env={**os.environ, **neo4j_settings.as_environment()},
                check=False,
            )
            assert died.returncode == -signal.SIGKILL
            items.run_text("its leftovers grow old", AGE, {})
        done.set()
        client.join()

    assert set(seen) == {(200, first)}
    assert seen.total() > 50


AGE = "MATCH (m:Model {status: 'building'}) SET m.heartbeat_at = m.heartbeat_at - duration('PT1H')"
