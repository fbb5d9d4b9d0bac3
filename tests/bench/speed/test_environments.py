from pathlib import Path

import click
import pytest

from bench.speed import environments
from bench.speed.environments import environment, install_peers, peer_names


@pytest.fixture
def requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "requirements"
    folder.mkdir()
    monkeypatch.setattr(environments, "REQUIREMENTS", folder)
    return folder


def test_a_peer_that_cannot_be_installed_is_kept_with_the_reason(
    tmp_path: Path, requirements: Path
) -> None:
    # Fails without asking any registry.
    (requirements / "broken.txt").write_text("./no-such-folder-here\n", "utf-8")

    failed = install_peers(tmp_path, ["broken"], is_again=False, say=lambda line: None)

    assert "cannot be installed" in failed["broken"]
    assert "no-such-folder-here" in failed["broken"]
    assert not environment(tmp_path, "broken").is_ready


def test_an_environment_of_other_pins_is_out_of_date(tmp_path: Path, requirements: Path) -> None:
    (requirements / "empty.txt").write_text("# nothing\n", "utf-8")
    assert install_peers(tmp_path, ["empty"], is_again=False, say=lambda line: None) == {}
    assert environment(tmp_path, "empty").is_ready

    (requirements / "empty.txt").write_text("# something\n", "utf-8")

    assert "pinned versions have changed" in environment(tmp_path, "empty").reason


def test_an_unknown_peer_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match=r"'none' is none of .*pecanpy"):
        install_peers(tmp_path, ["none"], is_again=False, say=lambda line: None)


def test_every_pin_is_exact() -> None:
    lines = [
        line
        for name in peer_names()
        for line in (environments.REQUIREMENTS / f"{name}.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    assert all(line.count("==") == 1 for line in lines)
