"""What is not needed is not imported: a start is quick for who asks for little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"neo4j", "pandas", "numba", "gensim", "sklearn", "optuna", "plotly", "implicit", "flask"}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import recommender.cli.main", set()),
        ("from recommender.walks import WalkSettings, load_walks", set()),
        (
            "from recommender.walks import make_walks; from recommender.graph import ItemGraph",
            set(),
        ),
        ("import recommender.cli.walk", {"neo4j", "pandas"}),  # the driver brings pandas along
        ("import recommender.cli.similar", {"neo4j", "pandas"}),
    ],
)
def test_only_what_is_needed_is_imported(statement: str, allowed: set[str]) -> None:
    code = f"import sys\n{statement}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert set(done.stdout.split()) & HEAVY <= allowed
