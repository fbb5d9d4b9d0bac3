"""``footpath tune`` and what takes its file by ``--config``, as a user types them."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdb import Database
from recommender.cli.main import run
from recommender.progress import Progress

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--format", "pairs", "--k", "5", "--max-dimension", "8", "--trials", "12")


@pytest.fixture
def footpath(monkeypatch: pytest.MonkeyPatch, capfd: Any, tmp_path: Path) -> Run:
    """Return a runner of command lines in an empty folder where no database answers."""
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD", "none")
    monkeypatch.chdir(tmp_path)
    return runner(capfd)


def runner(capfd: Any) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def visits(tmp_path: Path) -> str:
    """Sixty users who go round one of three groups of ten items, now and then elsewhere."""
    draw = random.Random(1)
    lines = []
    for user in range(60):
        for place in range(8):
            item = (
                user % 3 * 10 + (user + place) % 10 if draw.random() < 0.8 else draw.randrange(30)
            )
            lines.append(f"u{user} i{item:02}")
    (tmp_path / "visits.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return "visits.txt"


@pytest.fixture
def tuned(footpath: Run, visits: str) -> str:
    """A file of settings, searched without what ``evaluate`` judges on."""
    assert footpath("tune", "--train", visits, *QUICK, "--hold-out")[0] == 0
    return "tuned.toml"


def test_a_file_is_tuned_and_the_settings_come_with_their_evidence(
    footpath: Run, visits: str
) -> None:
    code, out, err = footpath("tune", "--train", visits, *QUICK, "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["file"], result["study"]) == ("tuned.toml", "tuned.study")
    evidence = tomllib.loads(Path("tuned.toml").read_text(encoding="utf-8"))["evidence"]
    assert evidence["n_trials"] == result["evidence"]["n_trials"] == 12
    assert evidence["value"] >= evidence["auto_value"] > 0
    assert len(evidence["best"]) == min(10, 12 - evidence["n_stopped"])
    assert "Trial 1, what fit --auto takes: 0." in err


def test_the_same_command_goes_on_and_says_the_next_step(footpath: Run, visits: str) -> None:
    assert footpath("tune", "--train", visits, *QUICK)[0] == 0
    code, out, err = footpath("tune", "--train", visits, *QUICK[:-1], "14")
    assert code == 0
    assert "Choosing as" not in err
    assert "14 trials" in " ".join(out.split())
    assert "Next: footpath fit --config tuned.toml" in out


def test_another_study_is_refused_with_the_way_out(footpath: Run, visits: str) -> None:
    footpath("tune", "--train", visits, *QUICK)
    code, _, err = footpath("tune", "--train", visits, *QUICK, "--seed", "2")
    assert code == 1
    assert "seed 1 (now 2). Name another file by --study, or delete this one" in err


def test_an_interruption_keeps_what_was_found_and_exits_with_130(
    footpath: Run, visits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, n_done=3)
    code, out, err = footpath("tune", "--train", visits, *QUICK)
    assert code == 130
    assert "The same command goes on" in err
    assert "NDCG@5" in out
    evidence = tomllib.loads(Path("tuned.toml").read_text(encoding="utf-8"))["evidence"]
    assert evidence["n_trials"] == 3


def test_an_interruption_before_anything_was_found_writes_no_file(
    footpath: Run, visits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt_at(monkeypatch, n_done=0)
    code, _, err = footpath("tune", "--train", visits, *QUICK)
    assert code == 130
    assert "Nothing was found yet" in err
    assert not Path("tuned.toml").exists()


def test_a_folder_that_is_missing_is_said_before_the_search(footpath: Run, visits: str) -> None:
    for option in ("--out", "--study"):
        code, _, err = footpath("tune", "--train", visits, *QUICK, option, "no/file")
        assert (code, "no folder 'no'" in err) == (2, True)
    code, _, err = footpath("tune", "--train", visits, "--out", "a.study")
    assert (code, "Give each its own" in err) == (2, True)


def interrupt_at(monkeypatch: pytest.MonkeyPatch, n_done: int) -> None:
    """Have Ctrl-C pressed as soon as so many trials are done."""
    from recommender import tune

    original = tune.tune_settings

    def interrupted(*arguments: Any, progress: Progress, **options: Any) -> Any:
        def report(done: int, total: int) -> None:
            if done >= n_done:
                raise KeyboardInterrupt

        return original(*arguments, progress=report, **options)

    monkeypatch.setattr("recommender.cli.tune.tune_settings", interrupted)


# -- what takes the file ----------------------------------------------------------------------


def test_evaluate_judges_the_settings_as_they_are(footpath: Run, visits: str, tuned: str) -> None:
    judged = ("evaluate", "--data", visits, "--format", "pairs", "--k", "5", "--resamples", "100")
    code, out, err = footpath(*judged, "--methods", "popularity,tuned", "--config", tuned, "--json")
    assert code == 0
    assert {row["method"] for row in json.loads(out)["rows"]} == {"popularity", "tuned"}
    assert "flatter" not in err
    assert footpath(*judged, "--methods", "tuned")[0] == 2


def test_evaluate_warns_where_the_settings_have_seen_what_is_judged(
    footpath: Run, visits: str
) -> None:
    footpath("tune", "--train", visits, *QUICK)
    code, _, err = footpath(
        *("evaluate", "--data", visits, "--format", "pairs", "--methods", "tuned"),
        *("--resamples", "100", "--config", "tuned.toml"),
    )
    assert (code, "flatter" in err) == (0, True)


def test_recommend_all_takes_the_settings_and_chooses_none(
    footpath: Run, visits: str, tuned: str
) -> None:
    command = ("recommend-all", "--train", visits, "--format", "pairs", "--k", "3")
    code, out, err = footpath(*command, "--config", tuned, "--out", "lists.txt", "--json")
    assert code == 0
    assert "Validation" not in err
    assert json.loads(out)["choice"]["reasons"][0] == "Settings of tuned.toml."
    assert len(Path("lists.txt").read_text(encoding="utf-8").splitlines()) == 60
    code, _, err = footpath(*command, "--config", tuned, "--out", "lists.txt", "--dimension", "9")
    assert (code, "--dimension" in err) == (2, True)


def test_a_file_that_is_not_understood_is_one_line_with_a_remedy(
    footpath: Run, visits: str, tuned: str
) -> None:
    file = Path(tuned)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("embedding_share = ", "embedding_share = 1"), encoding="utf-8")
    code, _, err = footpath(
        "recommend-all", "--train", visits, "--config", tuned, "--out", "lists.txt"
    )
    assert code == 1
    assert "'tuned.toml', [scoring]: embedding_share is 1" in err
    assert "from 0 to 1" in err


@pytest.mark.neo4j
def test_fit_publishes_what_was_tuned_on_what_is_loaded(
    database: Database, visits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("uri", "username", "password", "database"):
        monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(database.settings, name))
    footpath = runner(capfd)
    pairs = [line.split() for line in Path(visits).read_text(encoding="utf-8").splitlines()]
    lines = [f"{u},{i},2026-01-01T10:{n % 8:02}:00Z" for n, (u, i) in enumerate(pairs)]
    Path("v.csv").write_text("user_id,item_id,timestamp\n" + "\n".join(lines), encoding="utf-8")
    assert footpath("load", "v.csv")[0] == 0
    assert footpath("tune", *QUICK)[0] == 0
    code, out, _ = footpath("fit", "--config", "tuned.toml", "--json")
    assert code == 0
    tuned = tomllib.loads(Path("tuned.toml").read_text(encoding="utf-8"))
    model = json.loads(footpath("models", "show")[1])
    assert model["version"] == json.loads(out)["version"]
    published = model["parameters"]
    assert published["scoring"] == tuned["scoring"]
    assert {name: published["relate"][name] for name in tuned["relate"]} == tuned["relate"]
    assert published["metrics"] == {"validation_ndcg@5": tuned["evidence"]["value"]}
    assert footpath("fit", "--config", "tuned.toml", "--walks", "3")[0] == 2
