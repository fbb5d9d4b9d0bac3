"""What the documents say is there is there."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from recommender.cli.main import COMMANDS, footpath

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def footpath_lines(text: str) -> list[list[str]]:
    """Return the words of every ``footpath …`` line in a text's code blocks, after ``footpath``."""
    code = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S))
    lines = re.findall(r"^(?:\$ )?(?:\w+=\S+ )*(?:\.venv/bin/)?footpath (.+)$", code, re.M)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_links_lead_to_files(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    local = [target for target in targets if "://" not in target and not target.startswith("/")]
    missing = [target for target in local if not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_commands_and_their_options_exist(document: Path) -> None:
    for words in footpath_lines(document.read_text(encoding="utf-8")):
        context = click.Context(footpath)
        command = footpath.get_command(context, words[0])
        if words[0].startswith("-"):
            continue
        assert command is not None, words
        rest = words[1:]
        if isinstance(command, click.Group) and rest:
            command = command.get_command(context, rest.pop(0))
            assert command is not None, words
        known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
        used = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        assert used <= known | {"--help"}, words


def test_the_cli_reference_is_what_the_commands_say() -> None:
    generator = runpy.run_path(str(ROOT / "docs/generate_cli_reference.py"))
    page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    remedy = "Run python docs/generate_cli_reference.py"
    assert page == generator["cli_reference"](), remedy
    assert all(f"## `footpath {name}`" in page for name in COMMANDS)


def test_readme_and_makefile_agree_on_the_targets() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in re.findall(r"`?make ([a-z-]+)", README):
        assert f"make {target}" in listed.stdout, target


def test_readme_line_without_make_runs_what_make_runs() -> None:
    line = next(line for line in README.splitlines() if line.startswith("python3 -m venv"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for part in (
        "pip install --quiet --require-hashes -r requirements.lock",
        "pip install --quiet --no-deps --no-build-isolation -e .",
    ):
        assert part in makefile
        assert part.replace("--quiet ", "") in line


def test_settings_are_documented() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for package in ("graphdb", "recommender")
        for file in (ROOT / package).rglob("*.py")
    )
    settings = set(re.findall(r"\b(?:NEO4J|FOOTPATH)_[A-Z][A-Z_]+\b", code))
    how_to = ROOT / "docs" / "how-to"
    pages = README + "".join(
        (how_to / page).read_text(encoding="utf-8") for page in ("run-neo4j.md", "serve.md")
    )
    # NEO4J_URI and its kin, and what the embedded server's child process is told.
    missing = {name for name in settings if name not in pages}
    assert missing <= {"NEO4J_VERSION", "NEO4J_HOME", "NEO4J_CONF"}, missing


def test_every_decision_has_a_status_a_context_and_a_cost() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [decision.name[:4] for decision in decisions]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    for decision in decisions:
        text = decision.read_text(encoding="utf-8").lower()
        assert "accepted" in text, decision.name
        for part in ("context", "cost"):
            assert part in text, (decision.name, part)
