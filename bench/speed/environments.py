"""Peers' environments: made from pinned requirements, kept in the cache, or the reason why not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

REQUIREMENTS = Path(__file__).parent / "peers"
SECONDS_TO_INSTALL = 3600
STATE = "footpath-bench.json"


@dataclass(frozen=True)
class Environment:
    """An installed peer: its interpreter and the versions in it; or why there is none."""

    name: str
    python: Path
    versions: dict[str, str]
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether it can be run."""
        return not self.reason


def peer_names() -> list[str]:
    """Return the peers that have requirements."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def environment(cache: Path, name: str) -> Environment:
    """Return the environment of a peer, or the reason why there is none."""
    folder = cache / "peers" / name
    python = folder / "bin" / "python"
    try:
        state = json.loads((folder / STATE).read_text("utf-8"))
    except FileNotFoundError:
        why = f"not installed; run `python -m bench peers {name}`"
        return Environment(name, python, {}, why)
    if state["reason"]:
        return Environment(name, python, {}, f"cannot be installed: {state['reason']}")
    if state["requirements"] != _hash_of(name):
        why = f"its pinned versions have changed; run `python -m bench peers {name}`"
        return Environment(name, python, {}, why)
    return Environment(name, python, state["versions"])


def install_peers(
    cache: Path, names: Sequence[str], *, is_again: bool, say: Callable[[str], None]
) -> dict[str, str]:
    """Install peers that are not there yet and return why some could not be.

    Raises
    ------
    click.BadParameter
        If a name is no peer's.
    """
    unknown = sorted(set(names) - set(peer_names()))
    if unknown:
        raise click.BadParameter(f"'{unknown[0]}' is none of {', '.join(peer_names())}.")
    failed = {}
    for name in names or peer_names():
        if is_again or not environment(cache, name).is_ready:
            say(f"Installing {name} …")
            _install(cache / "peers" / name, name)
        found = environment(cache, name)
        if found.is_ready:
            say(f"{name}: ready")
        else:
            failed[name] = found.reason
    return failed


def _install(folder: Path, name: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = folder / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "install", "--quiet", "-r", str(_requirements(name))],
    ]
    if _compiled(name).exists():
        isolation = "--no-build-isolation"  # built against what the first file has installed
        steps.append([*pip, "install", "--quiet", isolation, "-r", str(_compiled(name))])
    reason = next((why for why in map(_failure, steps) if why), "")
    versions = {} if reason else _versions(python)
    state = {"requirements": _hash_of(name), "reason": reason, "versions": versions}
    (folder / STATE).write_text(json.dumps(state, indent=1), "utf-8")


def _failure(command: list[str]) -> str:
    """Run a command and return why it failed, in a line; nothing if it did not."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_INSTALL,
            env={**os.environ, "FORCE_ONLY_CPU": "1"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [f"exit code {done.returncode}"])[-1]


def _versions(python: Path) -> dict[str, str]:
    listed = subprocess.run(
        [str(python), "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {package["name"]: package["version"] for package in json.loads(listed.stdout)}


def _requirements(name: str) -> Path:
    return REQUIREMENTS / f"{name}.txt"


def _compiled(name: str) -> Path:
    return REQUIREMENTS / f"{name}.compiled"


def _hash_of(name: str) -> str:
    compiled = _compiled(name)
    content = _requirements(name).read_bytes() + (
        compiled.read_bytes() if compiled.exists() else b""
    )
    return hashlib.sha256(content).hexdigest()
