"""Files of edges -> items and relationships on a real Neo4j."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from graphdb import Database
from recommender.errors import InvalidDataError
from recommender.graph import finished_relation, read_item_graph
from recommender.load.edges import GraphOptions, read_edges
from recommender.load.graph_loader import load_graph
from recommender.progress import no_progress


def csv(folder: Path, text: str, name: str = "edges.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def relationships(database: Database) -> list[tuple[str, str, str, float, int]]:
    text = (
        "MATCH (a:Item)-[r:NEXT|TOGETHER]->(b:Item) RETURN a.id AS a, type(r) AS t, b.id AS b, "
        "r.weight AS w, r.count AS c ORDER BY a, b, t"
    )
    rows = database.run_text("relationships", text, {})
    return [(row["a"], row["t"], row["b"], row["w"], row["c"]) for row in rows]


BAD_ROWS = {
    "zero": ("a,b,0", "Row 2 of .*, column weight: '0.0' is no weight"),
    "negative": ("a,b,-1", "Row 2 of .*'-1.0' is no weight"),
    "not a number": ("a,b,much", "Row 2 of .*column weight: 'much' is not a finite number"),
    "not finite": ("a,b,inf", "Row 2 of .*'inf' is not a finite number"),
    "too large": ("a,b,1e300", "Row 2 of .*'1e\\+300' is no weight"),
    "no weight": ("a,b,", "Row 2 of .*the weight is empty"),
    "no target": ("a,,1", "Row 2 of .*column target: the id is empty"),
    "long id": (f"a,{'x' * 513},1", "Row 2 of .*longer than 512 characters"),
    "ragged": ("a,b", "Row 2 of .*it has 2 fields where the header has 3"),
}


@pytest.mark.parametrize(("row", "message"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_named_or_left_out(row: str, message: str, tmp_path: Path) -> None:
    file = csv(tmp_path, f"source,target,weight\nx,y,2\n{row}\ny,z,3\n")
    with pytest.raises(InvalidDataError, match=message):
        read_edges([file], GraphOptions(), no_progress)
    _, edges = read_edges([file], GraphOptions(skip_bad_rows=True), no_progress)
    assert edges.names == ("x", "y", "z")
    assert edges.weights.tolist() == [2.0, 3.0]
    assert (edges.n_rows, edges.n_bad_rows, len(edges.bad_rows)) == (3, 1, 1)


def test_a_missing_column_is_named_with_the_way_out(tmp_path: Path) -> None:
    file = csv(tmp_path, "0 1\n1 2\n")
    with pytest.raises(InvalidDataError, match=r"no column 'source'.*--source-column.*--delimiter"):
        read_edges([file], GraphOptions(), no_progress)
    frame = pd.DataFrame({"source": ["a"], "target": ["b"]})
    with pytest.raises(InvalidDataError, match="no column 'calls'"):
        read_edges([frame], GraphOptions(weight_column="calls"), no_progress)


@pytest.mark.neo4j
def test_undirected_edges_add_up_whichever_way_they_are_written(
    database: Database, tmp_path: Path
) -> None:
    file = csv(tmp_path, "source,target,weight\nb,a,1\na,b,2.5\na,c,1\nc,c,9\n")
    report = load_graph(database, file)
    assert relationships(database) == [
        ("a", "TOGETHER", "b", 3.5, 2),
        ("a", "TOGETHER", "c", 1.0, 1),
    ]
    assert (report.n_nodes, report.n_nodes_new, report.n_relationships) == (3, 3, 2)
    assert (report.n_repeated, report.n_loops, report.n_bad_rows) == (1, 1, 0)
    graph = read_item_graph(database)
    assert not graph.is_directed
    assert graph.support.tolist() == [2, 1, 1]  # neighbours


@pytest.mark.neo4j
def test_directed_edges_keep_their_direction_and_weigh_1_unless_told(database: Database) -> None:
    frame = pd.DataFrame({"from": [1, 2, 2], "to": [2, 1, 3]})
    options = GraphOptions(is_directed=True, source_column="from", target_column="to")
    load_graph(database, frame, options)
    assert [row[:4] for row in relationships(database)] == [
        ("1", "NEXT", "2", 1.0),
        ("2", "NEXT", "1", 1.0),
        ("2", "NEXT", "3", 1.0),
    ]
    assert read_item_graph(database).support.tolist() == [1, 2, 1]


@pytest.mark.neo4j
def test_loading_again_changes_nothing_and_another_graph_takes_its_place(
    database: Database, tmp_path: Path
) -> None:
    file = csv(tmp_path, "source,target\na,b\nb,c\n")
    load_graph(database, file)
    before = relationships(database)
    report = load_graph(database, file)
    assert relationships(database) == before
    assert report.n_nodes_new == 0
    load_graph(database, csv(tmp_path, "source,target\nc,d\n", "other.csv"))
    assert [row[:3] for row in relationships(database)] == [("c", "TOGETHER", "d")]


@pytest.mark.neo4j
def test_nodes_get_their_properties(database: Database, tmp_path: Path) -> None:
    edges = csv(tmp_path, "source,target\na,b\n")
    nodes = csv(tmp_path, "id,title,category,age\na,Ann,north,41\nz,Zoe,south,7\n", "nodes.csv")
    report = load_graph(database, edges, nodes=nodes)
    text = "MATCH (i:Item) RETURN i.id AS id, i.title AS title, i.age AS age ORDER BY id"
    assert database.run_text("nodes", text, {}) == [
        {"id": "a", "title": "Ann", "age": 41},
        {"id": "b", "title": None, "age": None},
        {"id": "z", "title": "Zoe", "age": 7},
    ]
    assert (report.n_node_rows, report.n_nodes) == (2, 2)


BAD_LOADS: dict[str, tuple[str, str | None, str]] = {
    "a bad edge": ("source,target,weight\na,b,1\nb,c,-1\n", None, "is no weight"),
    "a bad node": ("source,target\na,b\n", "id,title\na,Ann\n,Nobody\n", "the item id is empty"),
    "loops alone": ("source,target\na,a\n", None, "joins two different nodes"),
    "no rows": ("source,target\n", None, "joins two different nodes"),
}


@pytest.mark.neo4j
@pytest.mark.parametrize(("edges", "nodes", "message"), BAD_LOADS.values(), ids=BAD_LOADS)
def test_nothing_is_written_unless_everything_is_good(
    database: Database, tmp_path: Path, edges: str, nodes: str | None, message: str
) -> None:
    node_file = None if nodes is None else csv(tmp_path, nodes, "nodes.csv")
    with pytest.raises(InvalidDataError, match=message):
        load_graph(database, csv(tmp_path, edges), nodes=node_file)
    text = "MATCH (n:Item|Load|Relation) RETURN count(n) AS n"
    assert database.run_text("written", text, {}) == [{"n": 0}]


DIES = """
import os, signal
import pandas as pd
from graphdb import Neo4jSettings, connect
from recommender.load.graph_loader import load_graph

def die(done, total):
    if total:
        os.kill(os.getpid(), signal.SIGKILL)

n = 5_000
frame = pd.DataFrame({"source": ["hub"] * n, "target": [f"n{k}" for k in range(n)]})
frame.attrs["name"] = "star"
load_graph(connect(Neo4jSettings.from_environment(os.environ)), frame, progress=die)
"""


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_load_that_was_killed_is_told_and_done_again(database: Database, tmp_path: Path) -> None:
    environ = {**os.environ, **database.settings.as_environment()}
    died = subprocess.run([sys.executable, "-c", DIES], env=environ, check=False)
    assert died.returncode == -signal.SIGKILL
    with pytest.raises(InvalidDataError, match="`footpath load-graph` did not finish"):
        finished_relation(database)
    frame = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]})
    load_graph(database, frame)
    assert [row[:3] for row in relationships(database)] == [
        ("a", "TOGETHER", "b"),
        ("b", "TOGETHER", "c"),
    ]


def test_a_frame_of_any_size_gives_the_same_edges() -> None:
    frame = pd.DataFrame({"source": [f"s{k % 7}" for k in range(50)], "target": ["t"] * 50})
    read: list[Any] = [
        read_edges([frame], GraphOptions(batch_size=size), no_progress)[1] for size in (3, 1000)
    ]
    assert read[0].names == read[1].names
    assert (read[0].sources == read[1].sources).all()
    assert read[0].digest == read[1].digest
