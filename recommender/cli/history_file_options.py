"""The options of files, shared by ``footpath evaluate``, ``tune`` and ``recommend-all``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from recommender.history_files import HISTORY_FORMATS

HISTORY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class _NewFile(click.Path):
    """A file to be written; a folder that is missing is said before the work, not after."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder '{path.parent}'. Make it, or name another.", param, ctx)
        return path


NEW_FILE = _NewFile(path_type=Path, dir_okay=False, writable=True)

history_format_option = click.option(
    "--format",
    "file_format",
    type=click.Choice(HISTORY_FORMATS),
    default="lightgcn",
    show_default=True,
    help="lightgcn: `user item item ...` a line, no order. pairs: `user item` a line, in order.",
)
