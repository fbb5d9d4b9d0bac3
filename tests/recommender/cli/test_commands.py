"""The command line from a file to an answer, as a user types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdb import Database
from recommender import __version__
from recommender.cli import demo
from recommender.cli.main import COMMANDS, run

# Two themes bought apart from each other, and one basket across them.
BASKETS = [["pot", "pan", "lid"], ["pot", "pan"], ["pan", "lid"], ["pot", "lid"]] * 4
BASKETS += [["pen", "ink", "nib"], ["pen", "ink"], ["ink", "nib"], ["pen", "nib"]] * 4
BASKETS += [["lid", "pen"]]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def footpath(selected: Database, capfd: Any) -> Run:
    """Return a runner of command lines against the test database."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    lines = ["session_id,item_id,timestamp,title"]
    for number, basket in enumerate(BASKETS):
        day = f"2026-01-{1 + number % 28:02}"
        lines += [
            f"s{number},{item},{day}T10:00:{place:02}Z,The {item}"
            for place, item in enumerate(basket)
        ]
    file = tmp_path / "sales.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


FIT = ("fit", "--min-count", "1", "--walks", "10", "--length", "10", "--dimension", "8")


@pytest.mark.neo4j
def test_a_file_becomes_an_answer(footpath: Run, sales: Path) -> None:
    assert footpath("load", str(sales), "--item-property", "title")[0] == 0
    code, out, _ = footpath(*FIT, "--json")
    assert code == 0
    fitted = json.loads(out)
    assert fitted["relate"]["n_sessions"] == len(BASKETS)
    assert fitted["n_items"] == 6

    code, out, _ = footpath("similar", "The pot", "-k", "2", "--json")
    answer = json.loads(out)
    assert code == 0
    assert {item["item_id"] for item in answer["items"]} == {"pan", "lid"}
    assert answer["model_version"] == fitted["version"]

    counts = json.loads(footpath("stats", "--json")[1])
    n_lines = sum(map(len, BASKETS))
    assert (counts["items"], counts["sessions"], counts["interactions"]) == (6, 33, n_lines)
    assert counts["walks"] == 60
    assert counts["active_version"] == fitted["version"]
    assert footpath("doctor")[0] == 0


@pytest.mark.neo4j
@pytest.mark.slow
def test_communities_and_map_are_made_as_asked(footpath: Run, sales: Path) -> None:
    footpath("load", str(sales))
    fitted = json.loads(footpath(*FIT, "--json")[1])
    assert fitted["communities"]["sizes"] == [3, 3]
    for choice, expected in (("none", None), ("umap", "pca"), ("pca", "pca")):  # six items: pca
        code, out, _ = footpath(*FIT, "--no-communities", "--map", choice, "--json")
        assert code == 0
        assert json.loads(out)["communities"] is None
        models = json.loads(footpath("models", "list", "--json")[1])["models"]
        assert models[0]["map_method"] == expected
    code, _, err = footpath("communities")
    assert code == 0
    code, _, err = footpath("communities", "--resolution", "0")
    assert code == 1
    assert "resolution is 0.0" in err
    code, _, err = footpath("map", "--model", "nonsense")
    assert code == 1
    assert "no ready model version 'nonsense'" in err


@pytest.mark.neo4j
def test_the_steps_one_by_one_give_a_version_too(
    footpath: Run, sales: Path, tmp_path: Path
) -> None:
    walks, model = str(tmp_path / "walks.npy"), str(tmp_path / "model.npz")
    footpath("load", str(sales))
    assert footpath("relate", "--ordered", "--min-count", "1")[0] == 0
    assert footpath("walk", "--out", walks, "--walks", "5", "--length", "10")[0] == 0
    assert footpath("train", "--walks", walks, "--out", model, "--dimension", "8")[0] == 0
    code, out, _ = footpath("publish", model, "--json")
    assert code == 0
    version = json.loads(out)["version"]
    models = json.loads(footpath("models", "list", "--json")[1])["models"]
    assert [(m["version"], m["relation"], m["is_active"]) for m in models] == [
        (version, "NEXT", True)
    ]


@pytest.mark.neo4j
def test_what_walks_take_is_told_and_bounded(footpath: Run, sales: Path, tmp_path: Path) -> None:
    walks = tmp_path / "walks.npy"
    footpath("load", str(sales))
    footpath("relate", "--min-count", "1")
    code, out, err = footpath("walk", "--out", str(walks), "--max-memory", "8G", "--json")
    assert code == 0
    assert json.loads(out)["n_walks"] == 120
    assert "Memory of walking: about " in err
    walks.unlink()
    code, _, err = footpath("walk", "--out", str(walks), "--max-memory", "20M")
    assert code == 1
    assert "more than the 20 MB of --max-memory" in err
    assert not walks.exists()
    assert footpath("walk", "--max-memory", "much")[0] == 2


@pytest.mark.neo4j
def test_what_fitting_takes_is_told_and_bounded(footpath: Run, sales: Path) -> None:
    footpath("load", str(sales))
    code, _, err = footpath(*FIT, "--max-memory", "8G")
    assert code == 0
    assert "Memory of reading the graph: about " in err
    assert "Memory of walking and training: about " in err
    code, _, err = footpath(*FIT, "--max-memory", "1M")
    assert code == 1
    assert "more than the 1 MB of --max-memory" in err
    assert "--max-memory" in footpath("fit", "--auto", "--max-memory", "8G")[2]


@pytest.mark.neo4j
def test_versions_are_switched_by_name_and_rolled_back(footpath: Run, sales: Path) -> None:
    footpath("load", str(sales))
    first, second = (json.loads(footpath(*FIT, "--json")[1])["version"] for _ in range(2))
    assert json.loads(footpath("models", "rollback", "--json")[1]) == {"active": first}
    assert footpath("models", "rollback")[0] == 1
    assert footpath("models", "activate", second)[0] == 0
    assert json.loads(footpath("models", "show")[1])["version"] == second
    assert json.loads(footpath("models", "prune", "--keep", "1", "--json")[1]) == {
        "pruned": [first]
    }


@pytest.mark.neo4j
def test_wiping_needs_a_yes_and_leaves_strangers_alone(
    footpath: Run, sales: Path, database: Database
) -> None:
    footpath("load", str(sales))
    assert footpath("wipe")[0] == 2
    database.run_text("a stranger", "CREATE (:Customer:Vip)", {})
    code, _, err = footpath("wipe", "--yes")
    assert code == 1
    assert "1 x Customer:Vip" in err
    assert json.loads(footpath("stats", "--json")[1])["items"] == 6
    database.run_text("no stranger", "MATCH (c:Customer) DELETE c", {})
    assert footpath("wipe", "--yes")[0] == 0
    assert json.loads(footpath("stats", "--json")[1])["items"] == 0


@pytest.mark.neo4j
def test_migrate_lists_every_migration_as_applied(footpath: Run) -> None:
    migrations = json.loads(footpath("migrate", "--json")[1])["migrations"]
    assert [migration["number"] for migration in migrations] == list(range(1, len(migrations) + 1))
    assert all(migration["is_applied"] for migration in migrations)


@pytest.mark.neo4j
def test_doctor_names_what_is_wrong(footpath: Run, database: Database) -> None:
    database.write("relate/begin_relation", name="NEXT", settings="{}")
    code, out, _ = footpath("doctor")
    assert code == 1
    assert "did not finish writing :NEXT" in " ".join(out.split())


@pytest.mark.neo4j
def test_an_empty_graph_says_what_to_do_at_every_step(footpath: Run) -> None:
    expected = {
        ("relate",): "footpath load",
        ("fit",): "footpath load",
        ("walk",): "footpath relate",
        ("similar", "x"): "no item",
        ("models", "show"): "footpath fit",
    }
    for arguments, remedy in expected.items():
        code, _, err = footpath(*arguments)
        assert (code, remedy in err) == (1, True), (arguments, err)


@pytest.mark.neo4j
def test_the_demo_refuses_to_mix_with_other_data(footpath: Run, sales: Path) -> None:
    footpath("load", str(sales))
    code, _, err = footpath("demo", "--no-serve")
    assert code == 1
    assert "sales.csv" in err
    assert "FOOTPATH_HOME" in err


@pytest.mark.neo4j
@pytest.mark.slow
def test_the_demo_ends_with_lists_of_siblings(footpath: Run) -> None:
    code, out, err = footpath("demo", "--no-serve")
    assert code == 0, err
    lists = out.split("Similar to ")[1:]
    assert len(lists) == len(demo.SHOWN)
    siblings = {
        "85123A": ("HANGING HEART", 2),
        "20727": ("LUNCH BAG", 6),
        "21731": ("NIGHT LIGHT", 1),
        "22727": ("ALARM CLOCK", 4),
        "22423": ("REGENCY", 5),
    }
    for item_id, text in zip(demo.SHOWN, lists, strict=True):
        name, least = siblings[item_id]
        assert f"({item_id})" in text.splitlines()[0]
        assert sum(name in line for line in text.splitlines()[1:]) >= least, text
    again = footpath("demo", "--no-serve")[1]
    assert "0 interactions loaded" in again
    code, out, _ = footpath("wipe", "--yes")
    assert (code, "522,383 interactions" in out) == (0, True)


def test_every_command_has_help_with_an_example(capfd: Any) -> None:
    for name in COMMANDS:
        assert run([name, "--help"]) == 0
        assert f"footpath {name}" in capfd.readouterr().out


def test_the_list_of_commands_says_what_each_is_for(capfd: Any) -> None:
    assert run(["--help"]) == 0
    out = capfd.readouterr().out
    assert all(f"  {name} " in out for name in COMMANDS)


def test_version_is_printed(capfd: Any) -> None:
    assert run(["--version"]) == 0
    assert __version__ in capfd.readouterr().out


def test_wrong_usage_exits_with_two(capfd: Any) -> None:
    assert run(["relate", "--weight", "heavy"]) == 2
    assert run(["nonsense"]) == 2
    assert "heavy" in capfd.readouterr().err
