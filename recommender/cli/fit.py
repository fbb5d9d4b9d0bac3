"""``footpath fit``: from loaded interactions to a served model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click
from click.core import ParameterSource

from recommender.cli.communities import describe_communities
from recommender.cli.config_option import config_option, refuse_beside
from recommender.cli.console import json_option, print_json, progress_bar, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.cli.map_option import map_option
from recommender.cli.memory_option import max_memory_option, tell_and_check
from recommender.cli.relate_options import NAMES as RELATE_NAMES
from recommender.cli.relate_options import describe_report, relate_options, relate_settings
from recommender.cli.train import train_options
from recommender.cli.walk import walk_options
from recommender.config_files import load_choice
from recommender.evaluate.split import MAX_DIMENSION
from recommender.fit import (
    Ending,
    FitReport,
    FitSettings,
    fit_auto,
    fit_chosen,
    fit_model,
    is_loaded_graph,
)
from recommender.publish import KEEP_VERSIONS
from recommender.train import TRAINER_NAMES, TrainSettings
from recommender.walks import WalkSettings

WALK_NAMES = ("n_walks", "length", "p", "q", "starts")
TRAIN_NAMES = (
    "dimension",
    "epochs",
    "learning_rate",
    "min_learning_rate",
    "n_negatives",
    "negative_exponent",
    "sample",
    "n_workers",
    "engine",
    "negatives_per",
)
ENDING_NAMES = ("no_activate", "keep", "map_method", "no_communities")
AUTO_NAMES = ("is_auto", "k", "trainer", "max_dimension", "seed", *ENDING_NAMES, "as_json")
CONFIG_NAMES = ("config", *ENDING_NAMES, "as_json")


@click.command("fit")
@click.option(
    "--auto",
    "is_auto",
    is_flag=True,
    help="Look at the data and choose relation, vectors, scorers and exponents on a validation "
    "part; says what and why. Takes none of the options of relating, walking and training.",
)
@config_option(
    "Settings of footpath tune, taken as they are; takes none of the options of relating, walking, "
    "training."
)
@click.option(
    "--k",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="With --auto: the length of list to do well on.",
)
@click.option(
    "--max-dimension",
    type=click.IntRange(1, 4096),
    default=MAX_DIMENSION,
    show_default=True,
    help="With --auto: most coordinates of a vector.",
)
@click.option(
    "--trainer",
    type=click.Choice(TRAINER_NAMES),
    default="spectral",
    show_default=True,
    help="With --auto: vectors in closed form, or by word2vec on walks.",
)
@relate_options
@walk_options
@train_options
@click.option(
    "--train-window",
    type=int,
    default=TrainSettings().window,
    show_default=True,
    help="Items either side of the centre of a walk, in training (--window is that of sessions).",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the walks and training.")
@click.option("--threads", type=int, default=None, help="For walking; by default one a processor.")
@max_memory_option
@click.option(
    "--min-support",
    type=click.IntRange(min=0),
    default=None,
    help="Answer only with items in at least so many sessions.  [default: by the data, 30 at most]",
)
@click.option(
    "--graph-share",
    type=click.FloatRange(min=0),
    default=None,
    help="Weight of the graph beside the cosine in hybrid answers.  [default: 0.2]",
)
@click.option("--no-activate", is_flag=True, help="Publish the version; do not switch to it.")
@click.option("--keep", type=click.IntRange(1, 3), default=KEEP_VERSIONS, show_default=True)
@map_option
@click.option("--no-communities", is_flag=True, help="Do not find communities (see there).")
@json_option
def command(**options: Any) -> None:
    r"""Relate, walk, train and publish what is loaded, in one go.

    A graph of footpath load-graph needs no relating: its relationships are taken as they are.
    The new version is checked before it becomes the active one; running servers follow by
    themselves. `footpath models rollback` goes back.

    \b
    Examples:
      footpath fit --auto                              let the data decide
      footpath fit --config tuned.toml                 what footpath tune has found
      footpath fit                                     baskets
      footpath fit --ordered --sessions gap            paths of visitors
      footpath fit --walks 50 --length 80 --p 2 --q 0.5 --dimension 128
    """
    if options["config"] is not None:
        report = _fit_config(options)
    else:
        report = _fit_auto(options) if options["is_auto"] else _fit(options)
    if options["as_json"]:
        print_json(asdict(report))
    else:
        print_report(report)
        if not options["no_activate"]:
            stdout.print("Now try `footpath similar ITEM`, or `footpath serve`.")


def _fit(options: dict[str, Any]) -> FitReport:
    seed = options["seed"]
    settings = FitSettings(
        relate=relate_settings(options),
        walk=WalkSettings(**{name: options[name] for name in WALK_NAMES}, seed=seed),
        train=TrainSettings(
            **{name: options[name] for name in TRAIN_NAMES},
            window=options["train_window"],
            seed=seed,
        ),
        min_support=options["min_support"],
        graph_share=options["graph_share"],
    )
    with open_for_command() as database:
        if is_loaded_graph(database):
            _refuse_relating()
        return fit_model(
            database,
            settings,
            n_threads=options["threads"],
            ending=_ending(options),
            stage=progress_bar,
            check_memory=lambda estimate: tell_and_check(estimate, options["max_memory"]),
        )


def _ending(options: dict[str, Any]) -> Ending:
    return Ending(
        activate=not options["no_activate"],
        keep=options["keep"],
        map_method=options["map_method"],
        with_communities=not options["no_communities"],
    )


def _refuse_relating() -> None:
    """Raise a usage error for an option of relating where there is nothing to relate."""
    context = click.get_current_context()
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is ParameterSource.COMMANDLINE and parameter.name in (
            "is_ordered",
            *RELATE_NAMES,
        ):
            raise click.UsageError(
                "This graph was loaded as relationships: there are no sessions to relate. "
                f"Leave {parameter.opts[0]} out."
            )


def _fit_config(options: dict[str, Any]) -> FitReport:
    refuse_beside("--config", CONFIG_NAMES)
    choice = load_choice(options["config"])
    with open_for_command() as database:
        return fit_chosen(
            database,
            choice,
            ending=_ending(options),
            stage=progress_bar,
        )


def _fit_auto(options: dict[str, Any]) -> FitReport:
    refuse_beside("--auto", AUTO_NAMES)
    with open_for_command() as database:
        return fit_auto(
            database,
            k=options["k"],
            seed=options["seed"],
            max_dimension=options["max_dimension"],
            trainer=options["trainer"],
            ending=_ending(options),
            say=lambda line: stderr.print(line, markup=False),
            stage=progress_bar,
        )


def print_report(report: FitReport) -> None:
    """Print what fitting made."""
    if report.relate is not None:
        stdout.print(describe_report(report.relate), highlight=False)
    if report.communities is not None:
        stdout.print(describe_communities(report.communities))
    walks = f"{report.n_walks:,} walks, " if report.n_walks else ""
    stdout.print(f"{walks}{report.n_items:,} items with a vector")
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in report.seconds.items())
    stdout.print(f"model {report.version} published ({steps})")
