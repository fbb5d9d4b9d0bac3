"""The options of files of histories, shared by ``footpath evaluate`` and ``recommend-all``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.history_files import HISTORY_FORMATS

HISTORY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

history_format_option = click.option(
    "--format",
    "file_format",
    type=click.Choice(HISTORY_FORMATS),
    default="lightgcn",
    show_default=True,
    help="lightgcn: `user item item ...` a line, no order. pairs: `user item` a line, in order.",
)
