"""What a run takes of memory is known before it begins, each part of it."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import InvalidParameterError
from recommender.graph import ItemGraph, build_item_graph
from recommender.memory import (
    MemoryEstimate,
    MemoryPart,
    estimate_fitting,
    estimate_reading,
    parse_size,
    walking_parts,
)
from recommender.train import ENGINES, TrainSettings, train_embeddings
from recommender.walks import WalkSettings, sampler, walk_blocks, walks_to_train_on


def _graph(n_items: int, n_edges: int) -> ItemGraph:
    random = np.random.default_rng(1)
    ends = random.integers(0, n_items, (2, n_edges), dtype=np.int32)
    return build_item_graph(
        [""] * n_items, ends[0], ends[1], np.ones(n_edges, np.float32),
        support=np.ones(n_items, np.int64), is_directed=False,
    )  # fmt: skip


# Each makes another part the greatest, so that leaving out any of them is seen.
CASES = {
    "walk tables of first order": (10_000, 1_000_000, 1, WalkSettings(n_walks=1, length=10)),
    "walk tables of second order": (300_000, 600_000, 1, WalkSettings(n_walks=1, length=3, p=2.0)),
    "starts": (100_000, 200_000, 1, WalkSettings(n_walks=400, length=2)),
    "starts by support": (
        100_000, 200_000, 1, WalkSettings(n_walks=400, length=2, starts="frequency"),
    ),
    "blocks of walks": (1_000, 10_000, 8, WalkSettings(n_walks=1_000, length=40)),
    "blocks of long walks": (1_000, 10_000, 1, WalkSettings(n_walks=2, length=10_000)),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Have the kernels compiled, or loaded: what that takes is no part of a run's arrays."""
    for p in (1.0, 2.0):
        blocks = walk_blocks(_graph(10, 20), WalkSettings(n_walks=1, length=3, p=p))
        for engine in ENGINES:
            train_embeddings(blocks, TrainSettings(engine=engine))


@pytest.mark.parametrize("case", CASES)
def test_estimate_of_walking_is_within_a_fifth_of_what_is_taken(case: str) -> None:
    n_items, n_edges, n_threads, settings = CASES[case]
    graph = _graph(n_items, n_edges)
    estimated = sum(part.n_bytes for part in walking_parts(graph, settings, n_threads))
    tracemalloc.start()
    walk_blocks(graph, settings, n_threads=n_threads).counts()
    _, taken = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 * taken < estimated < 1.2 * taken


@pytest.mark.parametrize("case", CASES)
def test_no_part_of_the_estimate_is_idle(case: str) -> None:
    """In each case a part is more than a quarter, so the test above would miss it."""
    n_items, n_edges, n_threads, settings = CASES[case]
    parts = walking_parts(_graph(n_items, n_edges), settings, n_threads)
    named = [part for part in parts if case.startswith(part.name.split(" of ")[0])]
    assert len(named) == 1
    assert named[0].n_bytes > sum(part.n_bytes for part in parts) / 4


def _sum(estimate: MemoryEstimate) -> int:
    return sum(part.n_bytes for part in estimate.parts[1:])  # the first is what is there


# Walks that are kept and walks that are not, vectors of all items and of those that are visited.
FEW = WalkSettings(n_walks=1, length=4)
FITS = {
    "kept": (5_000, 10_000, WalkSettings(n_walks=40, length=20), TrainSettings(dimension=4)),
    "vectors": (50_000, 400_000, FEW, TrainSettings(dimension=128)),
    "vectors by gensim": (50_000, 400_000, FEW, TrainSettings(dimension=128, engine="gensim")),
    "vectors cut": (50_000, 50_000, FEW, TrainSettings(dimension=128)),
    "made": (50_000, 1_000_000, FEW, TrainSettings(dimension=64)),
    "made, second order": (50_000, 1_000_000, replace(FEW, q=2.0), TrainSettings(dimension=64)),
}


@pytest.mark.parametrize("case", FITS)
def test_estimate_of_fitting_is_within_a_fifth_of_what_is_taken(
    monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    n_items, n_edges, walk, settings = FITS[case]
    if case.startswith("made"):
        monkeypatch.setattr(sampler, "MOST_PLACES_KEPT", 0)
    graph, train = _graph(n_items, n_edges), replace(settings, epochs=1)
    estimated = _sum(estimate_fitting(graph, walk, train, 1))
    tracemalloc.start()
    train_embeddings(walks_to_train_on(graph, walk, n_threads=1), train)
    _, taken = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.8 * taken < estimated < 1.2 * taken


HELD = """
import numpy as np
from recommender.memory import _held
before = _held().n_bytes
ballast = np.ones(100_000_000, dtype=np.uint8)
print(_held().n_bytes - before)
"""


def test_estimate_holds_the_process_as_it_is() -> None:
    # In a process of its own: this one may have room from tests before, which it would take again.
    done = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 0.9 * 100_000_000


def test_estimate_over_the_bound_is_refused_with_what_to_lower() -> None:
    parts = (MemoryPart("graph", 2**30), MemoryPart("starts", 3 * 2**30, "--walks"))
    estimate = MemoryEstimate("walking", parts)
    estimate.check(2**32)
    with pytest.raises(InvalidParameterError) as refused:
        estimate.check(2**32 - 1)
    assert "Walking would take about 4 GB (graph 1 GB, starts 3 GB), more than the 4 GB" in str(
        refused.value
    )
    assert "Lower --walks or the size of the graph" in str(refused.value)


def test_reading_is_estimated_from_counts_alone() -> None:
    few, many = (estimate_reading(1_000, n).n_bytes for n in (0, 10_000_000))
    assert many - few == pytest.approx(600_000_000, rel=0.1)


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [("4G", 2**32), ("500M", 500 * 2**20), ("1.5gb", 3 * 2**29), ("2 GiB", 2**31), ("10", 10)],
)
def test_sizes_are_read_as_people_write_them(text: str, n_bytes: int) -> None:
    assert parse_size(text) == n_bytes


@pytest.mark.parametrize("text", ["", "G", "-1G", "4X", "0", "four"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"'{text}' is no size"):
        parse_size(text)
