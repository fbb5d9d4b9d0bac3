"""``footpath relate``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from recommender.cli.console import json_option, print_json, progress_bar, stdout
from recommender.cli.database import open_for_command
from recommender.cli.relate_options import describe_report, relate_options, relate_settings
from recommender.relate import relate_items


@click.command("relate")
@relate_options
@json_option
def command(as_json: bool, **options: Any) -> None:
    r"""Turn sessions of interactions into weighted item relationships.

    Run it again with other settings at any time: the weights are computed anew from the loaded
    interactions, and replace those of the same type.

    \b
    Examples:
      footpath relate                                  baskets: what is bought together
      footpath relate --ordered --window 3             paths: what is visited next
      footpath relate --weight log --half-life-days 90
      footpath relate --sessions gap --session-gap-minutes 20 --ordered
    """
    settings = relate_settings(options)
    with open_for_command() as database, progress_bar("relate", "relationships") as report:
        result = relate_items(database, settings, progress=report)
    if as_json:
        print_json(asdict(result))
    else:
        stdout.print(describe_report(result), highlight=False)
