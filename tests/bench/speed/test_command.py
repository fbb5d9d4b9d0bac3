import json
from pathlib import Path

from click.testing import CliRunner

from bench.speed.command import main


def test_every_table_is_found_and_teaches_by_examples() -> None:
    listed = CliRunner().invoke(main, ["--help"]).output

    for name in ("walks", "train", "end-to-end", "growth"):
        assert f"  {name}  " in listed
        text = CliRunner().invoke(main, [name, "--help"]).output
        assert f"  python -m bench {name}" in text
        assert "\\b" not in text


def test_json_has_ratios_by_name_machine_versions_and_what_is_missing(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["walks", "--size", "1k", "--runs", "1", "--cache", str(tmp_path), "--json"]
    )

    table = json.loads(done.stdout)
    assert table["table"] == "walks"
    assert table["ratios"]["first order 1k: Footpath / 16 chains of random reads"] > 0
    assert table["missing"]["fastnode2vec"].startswith("not installed")
    assert table["machine"]["cores"]
    assert table["versions"]["numba"]
