"""A graph of people, from a file of edges to similar people, without one interaction."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest

from tests.recommender.cli.test_commands import Run, footpath

pytestmark = pytest.mark.neo4j
__all__ = ["footpath"]

SMALL = ("--walks", "10", "--length", "20", "--dimension", "8")


@pytest.fixture
def les_miserables(tmp_path: Path) -> Path:
    """Les Misérables: who appears with whom in how many chapters (Knuth 1993)."""
    file = tmp_path / "edges.csv"
    rows = [f"{a},{b},{d['weight']}" for a, b, d in nx.les_miserables_graph().edges(data=True)]
    file.write_text("\n".join(["source,target,weight", *rows]) + "\n", encoding="utf-8")
    return file


def test_a_file_of_edges_becomes_similar_people_communities_and_paths(
    footpath: Run, les_miserables: Path, tmp_path: Path
) -> None:
    code, out, _ = footpath("load-graph", str(les_miserables), "--json")
    assert code == 0
    loaded = json.loads(out)
    assert (loaded["n_nodes"], loaded["n_relationships"], loaded["relation"]) == (
        77, 254, "TOGETHER",
    )  # fmt: skip
    code, out, _ = footpath("fit", *SMALL, "--json")
    assert code == 0
    fitted = json.loads(out)
    assert fitted["relate"] is None
    assert fitted["n_items"] == 77
    assert fitted["communities"]["n_communities"] in range(5, 9)

    answer = json.loads(footpath("similar", "Enjolras", "-k", "5", "--json")[1])
    students = {"Combeferre", "Courfeyrac", "Feuilly", "Bahorel", "Bossuet", "Joly", "Grantaire"}
    students |= {"Prouvaire", "Gavroche", "Marius"}
    assert len({item["item_id"] for item in answer["items"]} & students) >= 4
    # Everybody can be shown, the one who appears once too.
    answer = json.loads(footpath("similar", "Myriel", "-k", "76", "--json")[1])
    assert len({item["item_id"] for item in answer["items"]}) == 76

    paths = json.loads(footpath("path", "Napoleon", "Cosette", "-k", "2", "--json")[1])["paths"]
    assert paths[0]["item_ids"][:2] == ["Napoleon", "Myriel"]
    assert paths[0]["probability"] >= paths[1]["probability"] > 0

    found = json.loads(footpath("communities", "--resolution", "2", "--json")[1])
    assert found["n_communities"] > fitted["communities"]["n_communities"]
    mapped = json.loads(footpath("map", "--json")[1])
    assert (mapped["method"], mapped["n_items"]) == ("umap", 77)
    assert footpath("recommend", "--item", "Cosette", "--item", "Marius")[0] == 0
    vectors = tmp_path / "vectors.parquet"
    assert footpath("export", "--format", "parquet", "--out", str(vectors))[0] == 0
    assert footpath("doctor")[0] == 0


def test_the_steps_one_by_one_work_on_a_loaded_graph_too(
    footpath: Run, les_miserables: Path, tmp_path: Path
) -> None:
    walks, model = str(tmp_path / "walks.npy"), str(tmp_path / "model.npz")
    footpath("load-graph", str(les_miserables), "--directed")
    assert footpath("walk", "--out", walks, "--q", "0.5", "--length", "10")[0] == 0
    assert footpath("train", "--walks", walks, "--out", model, "--dimension", "8")[0] == 0
    code, out, _ = footpath("publish", model, "--map", "none", "--json")
    assert code == 0
    models = json.loads(footpath("models", "list", "--json")[1])["models"]
    assert models[0]["version"] == json.loads(out)["version"]
    assert (models[0]["relation"], models[0]["map_method"]) == ("NEXT", None)
    assert footpath("similar", "Napoleon")[0] == 0


def test_what_needs_interactions_says_so_and_what_works(
    footpath: Run, les_miserables: Path
) -> None:
    footpath("load-graph", str(les_miserables))
    for command in (["fit", "--auto"], ["evaluate"], ["relate"]):
        code, _, err = footpath(*command)
        assert code == 1
        assert "loaded as relationships and holds no interactions" in err
        assert "`footpath fit` without --auto" in err
    code, _, err = footpath("fit", "--min-count", "3")
    assert code == 2
    assert "no sessions to relate. Leave --min-count out" in err
    code, _, err = footpath("recommend", "--user", "Cosette")
    assert code == 1
    assert "ask by --item" in err


def test_interactions_take_the_place_of_a_network_not_without_a_word(
    footpath: Run, les_miserables: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    footpath("load-graph", str(les_miserables))
    sales = tmp_path / "sales.csv"
    sales.write_text("user_id,item_id\nu,Cosette\nu,Marius\n", encoding="utf-8")
    footpath("load", str(sales))
    assert footpath("relate", "--ordered", "--sessions", "history")[0] == 1  # there are no times
    assert json.loads(footpath("stats", "--json")[1])["together"] == 254
    assert footpath("relate", "--min-count", "1")[0] == 0
    assert "are replaced by those of the interactions" in caplog.text
    assert json.loads(footpath("stats", "--json")[1])["together"] == 1


def test_no_way_between_two_is_an_answer(footpath: Run, tmp_path: Path) -> None:
    file = tmp_path / "edges.csv"
    file.write_text("source,target\na,b\nc,d\n", encoding="utf-8")
    footpath("load-graph", str(file))
    code, _, err = footpath("path", "a", "d")
    assert code == 1
    assert "no way from 'a' to 'd' by :TOGETHER" in err
    assert footpath("path", "a", "a")[0] == 1
    assert "footpath load-graph" in footpath("path", "a", "b", "--relation", "next")[2]
