"""``footpath recommend-all`` on small files, as a user types it."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from tests.recommender.cli.test_evaluate import Run, footpath, groups, write_lightgcn, write_pairs

__all__ = ["footpath"]  # the fixture


@pytest.fixture
def train(tmp_path: Path) -> Path:
    return write_lightgcn(tmp_path / "train.txt", groups())


def lists_of(path: Path) -> dict[str, list[str]]:
    """Return the items of each line, by its user, in the order of the file."""
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len({user for user, *_ in lines})
    return {user: items for user, *items in lines}


def test_every_user_has_a_line_of_twenty_other_items(
    footpath: Run, train: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lists.txt"
    code, said, _ = footpath("recommend-all", "--train", train, "--out", out)
    assert code == 0
    assert "60 lists of 20" in said
    lists = lists_of(out)
    assert list(lists) == list(groups())
    for user, items in lists.items():
        assert len(set(items)) == len(items) == 20
        assert not set(items) & set(groups()[user])


@pytest.mark.parametrize("method", ["graph", "embedding", "hybrid"])
def test_lists_begin_with_what_the_own_group_likes(
    footpath: Run, train: Path, tmp_path: Path, method: str
) -> None:
    out = tmp_path / "lists.txt"
    footpath("recommend-all", "--train", train, "--out", out, "--method", method, "--k", "10")
    # A user had ten of the group's twenty items, so the other ten are what to find. By chance ten
    # of the fifty items that are left would hold two of them.
    found = [
        sum(int(item[1:]) // 20 == int(user[1:]) % 3 for item in items)
        for user, items in lists_of(out).items()
    ]
    assert sum(found) / len(found) >= 7


def test_the_same_seed_gives_the_same_bytes(footpath: Run, train: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "first.txt", tmp_path / "second.txt"]
    for out in outs:
        footpath("recommend-all", "--train", train, "--out", out, "--seed", "3")
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_a_packed_file_gives_the_lists_of_the_plain_one(
    footpath: Run, train: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "train.xz"
    packed.write_bytes(lzma.compress(train.read_bytes()))
    outs = [tmp_path / "plain.txt", tmp_path / "packed.txt"]
    for source, out in zip((train, packed), outs, strict=True):
        footpath("recommend-all", "--train", source, "--out", out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_pairs_of_one_user_on_many_lines_become_one_list(footpath: Run, tmp_path: Path) -> None:
    train, out = write_pairs(tmp_path / "pairs.txt", groups()), tmp_path / "lists.txt"
    code, _, _ = footpath("recommend-all", "--train", train, "--format", "pairs", "--out", out)
    assert code == 0
    assert list(lists_of(out)) == list(groups())


def test_a_list_is_as_long_as_the_items_that_are_left(
    footpath: Run, train: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lists.txt"
    footpath("recommend-all", "--train", train, "--out", out, "--k", "1000")
    assert {len(items) for items in lists_of(out).values()} == {50}  # of 60, less the ten they had


@pytest.mark.parametrize("method", ["graph", "embedding"])
def test_what_a_user_had_is_listed_when_asked_for(
    footpath: Run, train: Path, tmp_path: Path, method: str
) -> None:
    out = tmp_path / "lists.txt"
    footpath(
        *("recommend-all", "--train", train, "--out", out, "--method", method, "--include-seen")
    )
    assert any(set(items) & set(groups()[user]) for user, items in lists_of(out).items())


def test_json_says_what_was_written_and_what_was_chosen(
    footpath: Run, train: Path, tmp_path: Path
) -> None:
    out = tmp_path / "lists.txt"
    code, said, _ = footpath("recommend-all", "--train", train, "--out", out, "--k", "5", "--json")
    answer = json.loads(said)
    assert code == 0
    assert {name: answer[name] for name in ("file", "n_users", "k", "method")} == {
        "file": str(out),
        "n_users": 60,
        "k": 5,
        "method": "hybrid",
    }
    assert answer["seconds"] > 0
    assert answer["choice"]


def test_a_malformed_file_leaves_what_was_there_and_nothing_half_written(
    footpath: Run, tmp_path: Path
) -> None:
    train, out = tmp_path / "bad.txt", tmp_path / "lists.txt"
    train.write_bytes(b"u1 i1 i2\nu2 i1 \xff\n")
    out.write_text("older lists\n", encoding="utf-8")
    code, said, err = footpath("recommend-all", "--train", train, "--out", out)
    assert (code, said) == (1, "")
    assert f"Line 2 of '{train}': byte 0xff is not UTF-8 text. Save the file as UTF-8." in err
    assert out.read_text(encoding="utf-8") == "older lists\n"
    assert {path.name for path in tmp_path.iterdir()} == {"bad.txt", "lists.txt"}


def test_lists_in_a_folder_that_is_missing_are_refused_before_the_work(
    footpath: Run, train: Path, tmp_path: Path
) -> None:
    code, _, err = footpath("recommend-all", "--train", train, "--out", tmp_path / "no" / "lists")
    assert code == 2
    assert "there is no folder" in err
    assert "Validation" not in err
