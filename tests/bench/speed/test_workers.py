from pathlib import Path
from typing import Any

import pytest

from bench.speed.graphs import graph_file
from bench.speed.processes import interleave_processes
from bench.speed.tables import Options, Table
from bench.speed.walks import OURS
from bench.speed.workers import Side, interleave

WALK = "ours/walk.py"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def options(tmp_path: Path, told: list[str]) -> Options:
    return Options(("1k",), runs=2, seed=5, peers=None, cache=tmp_path, say=told.append)


@pytest.fixture
def asked(options: Options) -> dict[str, Any]:
    path = graph_file(options.cache, "1k", 1)
    return {"graph": str(path), "length": 5, "steps": 4000, "p": 1.0, "q": 1.0}


def test_sides_run_in_turn_and_tell_what_each_run_took(
    options: Options, told: list[str], asked: dict[str, Any]
) -> None:
    sides = [Side("first order", WALK), Side("second order", WALK, None, {"q": 2.0})]

    measured = interleave(sides, asked, options, Table("t"))

    assert [line.split(": ")[-1] for line in told if "run" in line] == [
        "first order",
        "second order",
        "first order",
        "second order",
    ]
    for name in ("first order", "second order"):
        # 4,000 steps are one walk of four from each of 1,000 items, none of which is alone.
        assert measured[name].all_of("steps") == [4000, 4000]
        assert all(seconds > 0 for seconds in measured[name].all_of("cpu_s"))
        assert measured[name].runs[0]["peak_mib"] > 10


def test_a_peer_that_is_not_installed_is_told_with_the_remedy(
    options: Options, asked: dict[str, Any]
) -> None:
    table = Table("t")
    sides = [Side("PecanPy", "peers/walk_with_pecanpy.py", "pecanpy")]

    assert interleave(sides, asked, options, table) == {}
    assert table.missing == {"PecanPy": "not installed; run `python -m bench peers pecanpy`"}


def test_a_side_that_fails_is_told_with_its_last_words_and_the_others_go_on(
    options: Options, asked: dict[str, Any]
) -> None:
    table = Table("t")
    sides = [Side(OURS, WALK), Side("lost", WALK, None, {"graph": "/no/such/file.npz"})]

    measured = interleave(sides, asked, options, table)

    assert list(measured) == [OURS]
    assert "No such file" in table.missing["lost"]


def test_a_process_that_fails_is_told_with_its_last_words(options: Options) -> None:
    table = Table("t")
    side = Side("lost", "ours/embed.py", None, {"edges": "/no/such/file.tsv"})

    assert interleave_processes([side], {}, options, table) == {}
    assert "No such file" in table.missing["lost"]


def test_peers_that_are_not_asked_for_are_left_out_and_ours_stay(
    options: Options, asked: dict[str, Any]
) -> None:
    table = Table("t")
    none = Options(("1k",), 1, 5, (), options.cache, options.say)
    sides = [Side(OURS, WALK), Side("PecanPy", "peers/walk_with_pecanpy.py", "pecanpy")]

    assert list(interleave(sides, asked, none, table)) == [OURS]
    assert table.missing == {}
