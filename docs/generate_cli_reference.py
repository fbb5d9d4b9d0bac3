"""Write docs/reference/cli.md from the commands' own help; run it with the project's Python."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.main import COMMANDS, footpath

PAGE = Path(__file__).parent / "reference" / "cli.md"
INTRODUCTION = """# The command line

Made from the commands' own help by `docs/generate_cli_reference.py`. Results go to standard output,
talk and progress to standard error; `--json` prints one JSON object. Exit codes: 0 done, 1 expected
failure (one line says what happened and what to do; `footpath -v` adds the traceback), 2 wrong
usage, 130 interrupted.
"""


def cli_reference() -> str:
    """Return the page's text."""
    parts = [INTRODUCTION, _section("footpath", footpath)]
    for name in COMMANDS:
        command = footpath.get_command(click.Context(footpath), name)
        if command is None:
            raise LookupError(name)
        parts.append(_section(f"footpath {name}", command))
        if isinstance(command, click.Group):
            parts += [
                _section(f"footpath {name} {child}", command.commands[child])
                for child in command.list_commands(click.Context(command))
            ]
    return "\n".join(parts)


def _section(name: str, command: click.Command) -> str:
    context = click.Context(
        command, info_name=name, terminal_width=100, help_option_names=["-h", "--help"]
    )
    lines = [line.rstrip() for line in command.get_help(context).splitlines()]
    return f"## `{name}`\n\n```text\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    PAGE.write_text(cli_reference(), encoding="utf-8")
