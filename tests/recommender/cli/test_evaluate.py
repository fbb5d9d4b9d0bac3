"""``footpath evaluate`` on small files, as a user types it."""

from __future__ import annotations

import json
import lzma
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recommender.cli.main import run

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--methods", "popularity,item_knn,graph", "--budget-s", "0", "--resamples", "200")


def groups() -> dict[str, list[str]]:
    """Return what sixty users had, in order: ten of the twenty items of their group each."""
    draw = random.Random(1)
    histories = {}
    for user in range(60):
        first = user % 3 * 20
        items = draw.sample(range(first, first + 20), 10)
        histories[f"u{user}"] = [f"i{item:02}" for item in items]
    return histories


def write_lightgcn(path: Path, histories: dict[str, list[str]]) -> Path:
    """Write a line ``user item item …`` a user."""
    lines = [" ".join([user, *items]) for user, items in histories.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_pairs(path: Path, histories: dict[str, list[str]]) -> Path:
    """Write a line ``user item`` an interaction."""
    lines = [f"{user} {item}" for user, items in histories.items() for item in items]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def footpath(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Run:
    """Return a runner of command lines where no database answers."""
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD", "none")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, Path, str, Path]:
    """Two files, the second with the last two items of each user."""
    train = {user: items[:-2] for user, items in groups().items()}
    test = {user: items[-2:] for user, items in groups().items()}
    return (
        "--train",
        write_lightgcn(tmp_path / "train.txt", train),
        "--test",
        write_lightgcn(tmp_path / "test.txt", test),
    )


def test_files_are_judged_and_every_row_has_what_scripts_read(
    footpath: Run, files: tuple[Any, ...]
) -> None:
    code, out, _ = footpath("evaluate", *files, *QUICK, "--k", "5", "--json")
    assert code == 0
    result = json.loads(out)
    assert (result["n_users"], result["n_items"], result["n_test"]) == (60, 60, 120)
    assert {row["method"] for row in result["rows"]} == {"popularity", "item_knn", "graph"}
    for row in result["rows"]:
        assert {"method", "metric", "value", "low", "high", "seconds"} <= set(row)
    recall = {row["method"]: row for row in result["rows"] if row["metric"] == "recall@5"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in recall.values())


def test_values_are_those_worked_by_hand(footpath: Run, tmp_path: Path) -> None:
    # Popularity: a 2, b 2, c 1, equal ones in the order of the ids. u1 had a, so its list is b, c,
    # and c is hidden: rank 2. u3 had b and c, so its list is a, which is hidden: rank 1.
    train = write_lightgcn(tmp_path / "a", {"u1": ["a"], "u2": ["a", "b"], "u3": ["b", "c"]})
    test = write_lightgcn(tmp_path / "b", {"u1": ["c"], "u3": ["a"]})
    out = footpath(
        *("evaluate", "--train", train, "--test", test, "--methods", "popularity"),
        *("--k", "1", "--k", "2", "--json"),
    )[1]
    values = {
        row["metric"]: row["value"]
        for row in json.loads(out)["rows"]
        if row["segment"] == "all users"
    }
    assert (values["recall@1"], values["recall@2"]) == (0.5, 1.0)
    assert (values["mrr@1"], values["mrr@2"]) == (0.5, 0.75)


def test_pairs_are_in_order_so_the_last_item_is_hidden(footpath: Run, tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "pairs.txt", groups())
    code, out, _ = footpath(
        *("evaluate", "--data", data, "--format", "pairs", "--methods", "popularity,markov"),
        *("--json", "--resamples", "200"),
    )
    result = json.loads(out)
    assert code == 0
    assert (result["protocol"], result["n_test"]) == ("last-item", 60)
    assert {cost["method"] for cost in result["costs"]} == {"popularity", "markov"}


def test_without_order_what_comes_next_is_left_out_and_the_others_are_judged(
    footpath: Run, files: tuple[Any, ...]
) -> None:
    code, out, _ = footpath("evaluate", *files, "--methods", "markov,popularity", "--json")
    result = json.loads(out)
    assert code == 0
    assert result["protocol"] == "random"
    assert [cost["method"] for cost in result["costs"]] == ["popularity"]
    assert "no order" in result["left_out"]["markov"]


def test_a_packed_file_gives_the_figures_of_the_plain_one(footpath: Run, tmp_path: Path) -> None:
    plain = write_lightgcn(tmp_path / "plain.txt", groups())
    packed = tmp_path / "packed.txt.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    first, second = (
        json.loads(footpath("evaluate", "--data", data, *QUICK, "--json")[1])
        for data in (plain, packed)
    )
    assert without_seconds(first) == without_seconds(second)


def test_the_same_seed_gives_the_same_figures(footpath: Run, files: tuple[Any, ...]) -> None:
    first, second = (
        json.loads(footpath("evaluate", *files, *QUICK, "--seed", "7", "--json")[1])
        for _ in range(2)
    )
    assert without_seconds(first) == without_seconds(second)


def without_seconds(result: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = result["rows"]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_tables_fit_eighty_columns_without_cutting_a_value(
    footpath: Run, files: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = footpath("evaluate", *files, *QUICK, "--k", "5")
    assert code == 0
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert "graph - popularity: +" in out
    assert re.search(r"finds most: its NDCG@5 is|No clear winner", out)


def test_the_page_is_written_whole_and_needs_no_network(
    footpath: Run, files: tuple[Any, ...], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    code, out, err = footpath("evaluate", *files, *QUICK, "--html", page, "--json")
    text = page.read_text(encoding="utf-8")
    assert code == 0
    assert json.loads(out)["n_users"] == 60  # what is said of the page goes to stderr
    assert str(page) in err.replace("\n", "")
    assert text.rstrip().endswith("</html>")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)


def test_a_page_in_a_folder_that_is_missing_is_refused_before_the_work(
    footpath: Run, files: tuple[Any, ...], tmp_path: Path
) -> None:
    code, _, err = footpath("evaluate", *files, *QUICK, "--html", tmp_path / "no" / "page.html")
    assert code == 2
    assert "there is no folder" in err
    assert "popularity" not in err


def test_what_is_named_twice_is_judged_once(footpath: Run, files: tuple[Any, ...]) -> None:
    methods = ("--methods", "popularity, popularity", "--k", "5", "--k", "5")
    result = json.loads(footpath("evaluate", *files, *methods, "--json")[1])
    assert result["k"] == [5]
    metrics = [row["metric"] for row in result["rows"] if row["segment"] == "all users"]
    assert len(metrics) == len(set(metrics))


def test_an_unknown_method_is_a_usage_error_that_names_the_choices(
    footpath: Run, files: tuple[Any, ...]
) -> None:
    code, _, err = footpath("evaluate", *files, "--methods", "popularity,magic")
    assert code == 2
    assert "'magic'" in err
    for name in ("popularity", "rp3beta", "ease", "hybrid"):
        assert name in err


@pytest.mark.parametrize("given", [("--train",), ("--train", "--data"), ("--test", "--data")])
def test_files_that_do_not_go_together_are_a_usage_error(
    footpath: Run, files: tuple[Any, ...], given: tuple[str, ...]
) -> None:
    arguments = [word for option in given for word in (option, files[1])]
    code, out, err = footpath("evaluate", *arguments)
    assert code == 2
    assert out == ""
    assert "Give --train with --test" in err


@pytest.mark.parametrize(
    ("content", "file_format", "said"),
    [
        (b"u1 i1\nu1 i2 5\n", "pairs", ["Line 2", "'u1 i2 5'", "3 fields", "Fix the line"]),
        (b"u1 i1\nu2 \xff\n", "lightgcn", ["Line 2", "0xff", "Save the file as UTF-8"]),
        (b"u1\nu2\n", "lightgcn", ["no interaction", "A line needs a user and items"]),
        (b"\xfd7zXZ\x00broken", "lightgcn", ["damaged xz", "Fetch or make it again"]),
    ],
    ids=["fields", "bytes", "nothing", "packed"],
)
def test_a_bad_file_is_named_with_line_value_and_remedy(
    footpath: Run, tmp_path: Path, content: bytes, file_format: str, said: list[str]
) -> None:
    data = tmp_path / "bad.txt"
    data.write_bytes(content)
    code, out, err = footpath("evaluate", "--data", data, "--format", file_format)
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    for part in (*said, str(data)):
        assert part in err


@pytest.mark.parametrize(
    ("protocol", "remedy"), [("time", "needs times"), ("last-item", "Use random")]
)
def test_a_split_that_the_file_cannot_give_says_which_it_can(
    footpath: Run, tmp_path: Path, protocol: str, remedy: str
) -> None:
    data = write_lightgcn(tmp_path / "data.txt", groups())
    code, _, err = footpath("evaluate", "--data", data, "--split", protocol)
    assert code == 1
    assert remedy in err
