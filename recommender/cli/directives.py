"""What ``footpath rules`` and ``footpath experiments`` share: options, tables, words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.markup import escape

from recommender.cli.console import print_json, stderr, stdout
from recommender.directives import ROUTES, Directive
from recommender.errors import UnknownDirectiveError

if TYPE_CHECKING:
    from recommender.experiments import Experiment
    from recommender.rules import Rule

Function = TypeVar("Function", bound=Callable[..., Any])
Named = TypeVar("Named", "Rule", "Experiment")


def shared_options(function: Function) -> Function:
    """Add the options that rules and experiments have in common."""
    for option in reversed(
        (
            click.option(
                "--route",
                "routes",
                multiple=True,
                type=click.Choice(ROUTES),
                help="Where it holds; may be given several times.",
            ),
            click.option("--valid-from", metavar="TIME", help="Holds from then on, UTC."),
            click.option("--valid-until", metavar="TIME", help="Holds until then, UTC."),
            click.option(
                "--file",
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                help="Take all of a TOML or JSON file, or none if one is wrong.",
            ),
        )
    ):
        function = option(function)
    return function


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return what was given on the command line; lists as lists."""
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    return {name: value for name, value in plain.items() if value not in (None, [])}


def check_is_one_way(name: str | None, file: Path | None, values: dict[str, Any]) -> None:
    """Raise UsageError unless there is a name with options, or a file alone."""
    if (name is None) == (file is None) or (file is not None and values):
        raise click.UsageError("Give a NAME and options, or --file and nothing else.")


def when(directive: Directive) -> str:
    """Return in words when something holds."""
    from_, until = directive.valid_from, directive.valid_until
    if from_ is None and until is None:
        return "always"
    now = datetime.now(UTC)
    if directive.holds(now):
        return "now" + (f", until {until:%Y-%m-%d %H:%M}" if until else "")
    if from_ is not None and from_ > now:
        return f"from {from_:%Y-%m-%d %H:%M}"
    return "over"


def warn_of(problems: dict[str, str]) -> None:
    """Tell what is wrong with nodes that were changed by hand."""
    for problem in problems.values():
        stderr.print(f"[yellow]Passed over:[/yellow] {escape(problem)}")


def shown(directive: Directive) -> dict[str, Any]:
    """Return what is told of a rule or an experiment, its name first."""
    values = directive.model_dump(mode="json", exclude_none=True)
    return {"name": values.pop("name"), **values}


def print_whole(directive: Directive, as_json: bool) -> None:
    """Print all that is told of a rule or an experiment."""
    if as_json:
        print_json(shown(directive))
        return
    for key, value in shown(directive).items():
        stdout.print(f"{key:12} {escape(str(value))}")


def find_named(directives: Iterable[Named], name: str, kind: str) -> Named:
    """Return the rule or experiment (``kind``) of a name.

    Raises
    ------
    UnknownDirectiveError
        If there is none.
    """
    found = next((each for each in directives if each.name == name), None)
    if found is None:
        raise unknown(name, kind)
    return found


def unknown(name: str, kind: str) -> UnknownDirectiveError:
    """Return the error for a rule or an experiment (``kind``) that is not there."""
    return UnknownDirectiveError(f"There is no {kind} '{name}'. See `footpath {kind}s list`.")
