import gzip
import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from graphdb import Database, Neo4jSettings, QueryError
from recommender.errors import InvalidDataError
from recommender.load import LoadOptions, load_interactions, unfinished_loads

IDS = [
    "007",
    "7",
    "1.0",
    "1",
    "NA",
    "null",
    "NaN",
    "None",
    "",
    " x",
    "é",
    "e\u0301",
    "'; DROP",
    "a,b",
]
EXACT_IDS = [text for text in IDS if text]

SALES = pd.DataFrame(
    {
        "user_id": ["u1", "u1", "u2", None, None],
        "session_id": ["s1", "s1", None, "s2", "s2"],
        "item_id": ["a", "b", "a", "a", "c"],
        "timestamp": ["2024-01-01T10:00:00Z"] * 2 + [None, "2024-01-02", "2024-01-02"],
        "weight": [1.0, 2.5, None, 1.0, 1.0],
    }
)


def edges(database: Database) -> list[dict[str, Any]]:
    """Return every interaction with its ends, in a fixed order."""
    text = """
        MATCH (n)-[r:INTERACTED]->(i:Item)
        RETURN labels(n)[0] AS label, n.id AS source, i.id AS item, properties(r) AS r
        ORDER BY r.key"""
    return database.run_text("edges", text, {})


def nodes(database: Database, label: str) -> list[str]:
    """Return the ids of the nodes of a label, in order."""
    text = "MATCH (n) WHERE $label IN labels(n) RETURN n.id AS id ORDER BY id"
    return [row["id"] for row in database.run_text("nodes", text, {"label": label})]


def items(database: Database) -> dict[str, dict[str, Any]]:
    """Return the properties of each item, without its id."""
    text = "MATCH (i:Item) RETURN i.id AS id, properties(i) AS found ORDER BY id"
    rows = database.run_text("items", text, {})
    return {r["id"]: {k: v for k, v in r["found"].items() if k != "id"} for r in rows}


def categories(database: Database) -> list[tuple[str, str]]:
    text = "MATCH (i)-[:HAS]->(c:Category) RETURN i.id AS i, c.name AS c ORDER BY i, c"
    return [(row["i"], row["c"]) for row in database.run_text("categories", text, {})]


def write_csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "sales.csv", index=False)
    return folder / "sales.csv"


def write_csv_gz(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "sales.csv.gz"
    path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    return path


def write_jsonl(frame: pd.DataFrame, folder: Path) -> Path:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    path = folder / "sales.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def write_parquet(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_parquet(folder / "sales.parquet")
    return folder / "sales.parquet"


def write_parquet_gz(frame: pd.DataFrame, folder: Path) -> Path:
    packed = gzip.compress(write_parquet(frame, folder).read_bytes())
    (folder / "sales.parquet.gz").write_bytes(packed)
    return folder / "sales.parquet.gz"


def keep_frame(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    return frame


Writer = Callable[[pd.DataFrame, Path], Any]
WRITERS: list[Writer] = [
    write_csv, write_csv_gz, write_jsonl, write_parquet, write_parquet_gz, keep_frame
]  # fmt: skip


@pytest.mark.neo4j
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_every_format_makes_the_same_graph(
    database: Database, tmp_path: Path, writer: Writer
) -> None:
    report = load_interactions(database, writer(SALES, tmp_path))
    found = edges(database)
    assert (report.n_rows, report.n_interactions_new, report.n_bad_rows) == (5, 5, 0)
    assert (report.n_users_new, report.n_sessions_new, report.n_items_new) == (2, 1, 3)
    assert sorted((e["label"], e["source"], e["item"]) for e in found) == [
        ("Session", "s2", "a"), ("Session", "s2", "c"),
        ("User", "u1", "a"), ("User", "u1", "b"), ("User", "u2", "a"),
    ]  # fmt: skip
    (one,) = [e["r"] for e in found if e["source"] == "u1" and e["item"] == "b"]
    assert one.pop("at").to_native() == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert len(one.pop("key")) == 32
    assert one == {"type": "interaction", "value": 2.5, "session": "s1"}
    (bare,) = [e["r"] for e in found if e["source"] == "u2"]
    assert set(bare) == {"key", "type"}


@pytest.mark.neo4j
def test_the_same_data_in_another_format_is_the_same_load(
    database: Database, tmp_path: Path
) -> None:
    first = load_interactions(database, write_csv(SALES, tmp_path))
    for writer in WRITERS[1:]:
        again = load_interactions(database, writer(SALES, tmp_path))
        assert again.load_id == first.load_id
        assert (again.n_interactions_new, again.n_repeated, again.n_users_new) == (0, 5, 0)
    assert nodes(database, "Load") == [first.load_id]


@pytest.mark.neo4j
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_ids_come_out_of_the_database_as_they_went_in(
    database: Database, tmp_path: Path, writer: Writer
) -> None:
    frame = pd.DataFrame({"user_id": EXACT_IDS, "session_id": EXACT_IDS, "item_id": EXACT_IDS})
    load_interactions(database, writer(frame, tmp_path))
    assert nodes(database, "Item") == sorted(EXACT_IDS)
    assert nodes(database, "User") == sorted(EXACT_IDS)
    assert sorted(e["r"]["session"] for e in edges(database)) == sorted(EXACT_IDS)


@pytest.mark.neo4j
def test_whole_number_ids_of_typed_files_are_their_digits(database: Database) -> None:
    frame = pd.DataFrame({"user_id": [2**62, 5], "item_id": pd.Categorical(["007", "x"])})
    load_interactions(database, frame)
    assert nodes(database, "User") == [str(2**62), "5"]
    assert nodes(database, "Item") == ["007", "x"]


@pytest.mark.neo4j
@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_loading_twice_is_loading_once_and_repeated_rows_are_one_interaction(
    database: Database, batch_size: int
) -> None:
    frame = pd.concat([SALES, SALES.iloc[:2]])
    options = LoadOptions(batch_size=batch_size)
    first = load_interactions(database, frame, options)
    before = edges(database), items(database)
    second = load_interactions(database, frame, options)
    assert (first.n_interactions_new, first.n_repeated) == (5, 2)
    assert (second.n_interactions_new, second.n_repeated, second.n_items_new) == (0, 7, 0)
    assert (edges(database), items(database)) == before


@pytest.mark.neo4j
def test_a_bad_last_row_leaves_the_graph_empty(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("user_id,item_id,weight\n" + "u,i,1\n" * 500 + "u,i,x\n", encoding="utf-8")
    with pytest.raises(InvalidDataError, match=r"Row 501 of .*sales\.csv, column weight: 'x'"):
        load_interactions(database, path, LoadOptions(batch_size=10))
    assert nodes(database, "Item") == []
    assert nodes(database, "Load") == []


@pytest.mark.neo4j
def test_bad_rows_are_skipped_and_counted_when_asked(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("user_id,item_id,weight\nu,a,1\nu,b,x\nu,c\n,d,1\nu,e,2\n", encoding="utf-8")
    report = load_interactions(database, path, LoadOptions(skip_bad_rows=True, batch_size=2))
    assert (report.n_rows, report.n_bad_rows, report.n_interactions_new) == (5, 3, 2)
    assert [message.split(" of ")[0] for message in report.bad_rows] == ["Row 2", "Row 3", "Row 4"]
    assert nodes(database, "Item") == ["a", "e"]


@pytest.mark.neo4j
def test_an_item_file_sets_typed_properties_and_replaces_categories(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "items.csv"
    path.write_text(
        "item_id,title,category,price,code,n_parts\n"
        "a,2001,lamps,2.5,007,3\nb,B,lamps,3,1,\na,,,,,4\n",
        encoding="utf-8",
    )
    report = load_interactions(database, (), items=path)
    assert (report.n_rows, report.n_item_rows, report.n_items_new) == (0, 3, 2)
    expected: dict[str, dict[str, Any]] = {
        # the last value that a column gives counts; an empty one takes nothing away
        "a": {"title": "2001", "category": "lamps", "price": 2.5, "code": "007", "n_parts": 4},
        "b": {"title": "B", "category": "lamps", "price": 3.0, "code": "1"},
    }
    assert items(database) == expected
    assert categories(database) == [("a", "lamps"), ("b", "lamps")]
    load_interactions(database, (), items=pd.DataFrame({"item_id": ["a"], "category": ["lights"]}))
    assert categories(database) == [("a", "lights"), ("b", "lamps")]


@pytest.mark.neo4j
def test_item_properties_can_come_with_the_interactions(database: Database) -> None:
    frame = SALES.assign(title=["A", "B", "A", "A", ""], price=[1, 2, 1, 1, 9])
    load_interactions(database, frame, LoadOptions(item_properties=("title", "price")))
    assert items(database) == {
        "a": {"title": "A", "price": 1},
        "b": {"title": "B", "price": 2},
        "c": {"price": 9},
    }


@pytest.mark.neo4j
def test_other_column_names_and_types_of_interaction_are_kept(database: Database) -> None:
    frame = pd.DataFrame(
        {"who": ["u", "u"], "sku": [1, 2], "when": [0, 1500], "what": ["view", ""]}
    )
    options = LoadOptions(
        user_column="who", item_column="sku", time_column="when", type_column="what",
        time_format="unix", time_unit="ms",
    )  # fmt: skip
    load_interactions(database, frame, options)
    found = {e["item"]: (e["r"]["type"], e["r"]["at"].to_native()) for e in edges(database)}
    assert found == {
        "1": ("view", datetime(1970, 1, 1, tzinfo=UTC)),
        "2": ("interaction", datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
    }


@pytest.mark.neo4j
def test_more_of_the_same_file_adds_only_what_is_new(database: Database) -> None:
    rows = pd.DataFrame(
        {"user_id": [f"u{n % 7}" for n in range(60)], "item_id": [f"i{n % 11}" for n in range(60)]}
    )
    options = LoadOptions(batch_size=10)  # old and new rows meet in a batch
    load_interactions(database, rows[:25], options)
    report = load_interactions(database, rows, options)
    distinct = rows.drop_duplicates()
    assert len(edges(database)) == len(distinct)
    assert report.n_interactions_new == len(distinct) - len(rows[:25].drop_duplicates())


@pytest.mark.neo4j
def test_two_loads_at_once_make_no_node_and_no_interaction_twice(database: Database) -> None:
    ids = [str(n % 40) for n in range(2000)]
    frame = pd.DataFrame({"user_id": ids[::-1], "item_id": ids, "weight": range(2000)})
    options = LoadOptions(batch_size=200)
    with ThreadPoolExecutor(2) as executor:
        reports = list(executor.map(lambda _: load_interactions(database, frame, options), "ab"))
    assert sum(report.n_interactions_new for report in reports) == 2000
    assert sum(report.n_items_new for report in reports) == 40
    assert len(edges(database)) == 2000
    assert len(nodes(database, "User")) == 40


CRASHING = """
import os, sys, time
from graphdb import Neo4jSettings, connect
from recommender.load import LoadOptions, load_interactions

def stop_in_the_middle(done, total):
    if total and done >= 500:
        print("written", done, flush=True)
        time.sleep(600)

with connect(Neo4jSettings.from_environment(os.environ)) as database:
    load_interactions(database, sys.argv[1], LoadOptions(batch_size=100),
                      progress=stop_in_the_middle)
"""


@pytest.mark.neo4j
def test_a_killed_load_is_noted_and_finished_by_loading_again(
    database: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    n_rows = 3000
    frame = pd.DataFrame({"user_id": [f"u{n % 70}" for n in range(n_rows)],
                          "item_id": [f"i{n % 90}" for n in range(n_rows)],
                          "weight": range(n_rows)})  # fmt: skip
    path = write_csv(frame, tmp_path)
    environ = os.environ | neo4j_settings.as_environment()
    command = [sys.executable, "-c", CRASHING, str(path)]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("written")
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    n_left = len(edges(database))
    assert 0 < n_left < n_rows
    (unfinished,) = unfinished_loads(database)
    assert (unfinished.source, unfinished.n_rows) == (str(path), n_rows)

    report = load_interactions(database, path)

    assert report.load_id == unfinished.id
    assert report.n_interactions_new == n_rows - n_left
    assert unfinished_loads(database) == []
    again = edges(database), nodes(database, "User"), items(database)
    assert len(again[0]) == n_rows
    assert load_interactions(database, path).n_interactions_new == 0
    assert (edges(database), nodes(database, "User"), items(database)) == again


class RecordingDatabase:
    """Takes every write and keeps none: what is left in memory is the loader's own."""

    def __init__(self, on_write: Callable[[], None] = lambda: None):
        self._on_write = on_write

    def write(self, name: str, **parameters: Any) -> list[dict[str, int]]:
        self._on_write()
        return [{"n_new": len(parameters.get("keys", ()))}]


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    try:
        load_interactions(cast(Database, RecordingDatabase()), path, LoadOptions(batch_size=500))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("writer", [write_csv, write_jsonl, write_parquet])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, writer: Writer) -> None:
    def frame(n_rows: int) -> pd.DataFrame:
        ids = [f"id {n % 300}" for n in range(n_rows)]
        return pd.DataFrame({"user_id": ids, "item_id": ids, "weight": range(n_rows)})

    few, many = 24_000, 96_000
    small = writer(frame(few), tmp_path)
    peak_bytes(small)  # what is imported or cached once is not counted
    peak_small = peak_bytes(small)
    peak_large = peak_bytes(writer(frame(many), tmp_path))
    # A batch more or less is in flight, as the two threads happen to meet (some 100 kB here).
    # What is kept for each row is at least a pointer of 8 bytes; half of one is the bound.
    assert peak_large - peak_small < 4 * (many - few)


def test_a_file_that_grows_between_the_passes_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("user_id,item_id\n" + "u,i\n" * 300, encoding="utf-8")

    def append() -> None:
        with path.open("a", encoding="utf-8") as stream:
            stream.write("u,j\n")

    database = cast(Database, RecordingDatabase(append))
    with pytest.raises(InvalidDataError, match="changed while it was being loaded"):
        load_interactions(database, path, LoadOptions(batch_size=100))


def test_progress_tells_rows_checked_then_rows_written_of_all() -> None:
    calls: list[tuple[int, int]] = []
    load_interactions(
        cast(Database, RecordingDatabase()),
        SALES,
        LoadOptions(batch_size=2),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(2, 0), (4, 0), (5, 0), (2, 5), (4, 5), (5, 5)]


class ConflictingDatabase(RecordingDatabase):
    """Refuses the first interactions twice, as if another load had created some in between."""

    n_refusals = 0

    def write(self, name: str, **parameters: Any) -> list[dict[str, int]]:
        if name.endswith("_interactions") and self.n_refusals < 2:
            self.n_refusals += 1
            code = "Neo.ClientError.Schema.ConstraintValidationFailed"
            raise QueryError("already exists", code)
        return super().write(name, **parameters)


def test_interactions_that_another_load_makes_at_the_same_moment_are_looked_for_again() -> None:
    database = ConflictingDatabase()
    assert load_interactions(cast(Database, database), SALES).n_interactions_new == 5
    assert database.n_refusals == 2
