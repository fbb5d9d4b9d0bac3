"""``--config``: settings of ``footpath tune``, shared by the commands that take them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource


def config_option(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option, with what the command does with the settings as its help."""
    return click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False, exists=True), help=text
    )


def refuse_beside(option: str, allowed: Sequence[str]) -> None:
    """Raise a usage error for an option of the command line that another one decides."""
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is ParameterSource.COMMANDLINE and parameter.name not in allowed:
            raise click.UsageError(f"{option} chooses {parameter.opts[0]} itself. Leave one out.")
