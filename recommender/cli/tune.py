"""``footpath tune``: search for settings inside a validation part, into a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from recommender.cli.console import json_option, print_json, progress_bar, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.cli.history_file_options import HISTORY_FILE, NEW_FILE, history_format_option
from recommender.config_files import save_choice
from recommender.evaluate.split import (
    MAX_DIMENSION,
    PROTOCOLS,
    Protocol,
    Task,
    natural_protocol,
    split_histories,
)
from recommender.histories import Histories
from recommender.histories_from_graph import read_graph_histories
from recommender.history_files import read_histories
from recommender.tune import Tuned, tune_settings


@click.command("tune")
@click.option("--train", type=HISTORY_FILE, help="What to learn from; by default what is loaded.")
@history_format_option
@click.option(
    "--out",
    type=NEW_FILE,
    default="tuned.toml",
    show_default=True,
    help="The settings and their evidence.",
)
@click.option(
    "--study",
    type=NEW_FILE,
    help="Where trials are kept, to go on with.  [default: --out, ending in .study]",
)
@click.option(
    "--budget-s",
    type=click.FloatRange(0),
    default=600.0,
    show_default=True,
    help="No trial begins later than so many seconds after the choice of fit --auto, which "
    "comes first.",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    help="Trials in all, those of earlier runs included.  [default: as many as there is time for]",
)
@click.option(
    "--k",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="The length of list to do well on.",
)
@click.option(
    "--split",
    "protocol",
    type=click.Choice(PROTOCOLS),
    help="How the validation part is cut, as in footpath evaluate.  [default: last-item, "
    "user-time where histories are long, random where nothing has an order]",
)
@click.option(
    "--hold-out",
    is_flag=True,
    help="First leave out what footpath evaluate judges on with the same --split and --seed, so "
    "that it can judge what is found.",
)
@click.option(
    "--max-dimension",
    type=click.IntRange(1, 4096),
    default=MAX_DIMENSION,
    show_default=True,
    help="Most coordinates of a vector.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True)
@json_option
def command(**options: Any) -> None:
    r"""Search for better settings than fit --auto takes, for as long as you like.

    A tenth of the data is hidden, and every trial is judged on it: relationships, walks, vectors
    and scores, all at once. The search begins with what fit --auto takes and never ends below it.
    The same command goes on where it stopped; Ctrl-C keeps what was found. Nothing is written to
    the database.

    \b
    Examples:
      footpath tune --budget-s 1800
      footpath fit --config tuned.toml
      footpath tune --train train.txt --format lightgcn --trials 200 --out gowalla.toml
      footpath tune --split user-time --hold-out
      footpath evaluate --split user-time --config tuned.toml
    """
    out: Path = options["out"]
    study = options["study"] or out.with_suffix(".study")
    if out.absolute() == study.absolute():
        raise click.UsageError("--out and --study are one file. Give each its own.")
    histories, protocol = _histories(options)
    task = Task(protocol, options["k"], options["seed"], max_dimension=options["max_dimension"])
    tuned = _tune(histories, task, study, options)
    evidence = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), **tuned.evidence}
    save_choice(out, tuned.choice, evidence)
    if options["as_json"]:
        print_json({"file": str(out), "study": str(study), "evidence": evidence})
    else:
        stdout.print(tuned.summary, markup=False)
        stdout.print(f"-> {out}. Next: footpath fit --config {out}", markup=False, soft_wrap=True)
    if tuned.is_interrupted:
        stderr.print(_how_to_go_on(study), markup=False, soft_wrap=True)
        raise KeyboardInterrupt


def _tune(histories: Histories, task: Task, study: Path, options: dict[str, Any]) -> Tuned:
    unit = "s" if options["trials"] is None else "trials"
    try:
        with progress_bar("Tuning", unit, is_kept=False) as progress:
            return tune_settings(
                histories,
                task,
                study_file=study,
                n_trials=options["trials"],
                budget_s=options["budget_s"],
                say=lambda line: stderr.print(line, markup=False),
                progress=progress,
            )
    except KeyboardInterrupt:
        stderr.print(f"Nothing was found yet. {_how_to_go_on(study)}", markup=False)
        raise


def _how_to_go_on(study: Path) -> str:
    return f"The trials so far are in {study}. The same command goes on with them."


def _histories(options: dict[str, Any]) -> tuple[Histories, Protocol]:
    """Return what may be learned from, and how it is cut."""
    if options["train"] is not None:
        histories = read_histories(options["train"], options["file_format"])
    else:
        with open_for_command() as database:
            histories = read_graph_histories(database)
    protocol: Protocol = options["protocol"] or natural_protocol(histories)
    if options["hold_out"]:
        histories = split_histories(histories, protocol, seed=options["seed"]).train
    return histories, protocol
