"""``footpath evaluate``: judge lists, beside what is known to be good."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from recommender.cli.config_option import config_option
from recommender.cli.console import json_option, print_json, stderr, stdout
from recommender.cli.database import open_for_command
from recommender.cli.history_file_options import HISTORY_FILE, NEW_FILE, history_format_option
from recommender.errors import ModelNotPublishedError
from recommender.evaluate.method import Method
from recommender.evaluate.split import (
    MAX_DIMENSION,
    PROTOCOLS,
    Protocol,
    Split,
    Task,
    natural_protocol,
    split_histories,
)
from recommender.history_files import read_histories, read_split, read_test
from recommender.serve import load_serving_model


@click.command("evaluate")
@click.option(
    "--train", type=HISTORY_FILE, help="What to learn from, with --test; by default what is loaded."
)
@click.option("--test", type=HISTORY_FILE, help="What to be judged on.")
@click.option("--data", type=HISTORY_FILE, help="One file, to be split by --split.")
@history_format_option
@click.option(
    "--split",
    "protocol",
    type=click.Choice(PROTOCOLS),
    default=None,
    help="time: after one moment. user-time: the end of each history. last-item: its last item. "
    "random: any of it.  [default: time; for a file "
    "random, or for pairs last-item, user-time where histories are long]",
)
@click.option(
    "--test-share", type=click.FloatRange(0, 1, True, True), default=0.2, show_default=True
)
@click.option(
    "--k",
    "ks",
    type=click.IntRange(1, 1000),
    multiple=True,
    default=(20, 10),
    show_default=True,
    help="Lengths of lists; the first is the main one.",
)
@click.option("--methods", default="all", show_default=True, help="Names, with commas between.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=1, show_default=True)
@click.option(
    "--budget-s",
    type=click.FloatRange(0),
    default=300.0,
    show_default=True,
    help="Time for each method, baselines and Footpath's own, to choose its settings inside train.",
)
@click.option(
    "--max-dimension",
    type=click.IntRange(1, 4096),
    default=MAX_DIMENSION,
    show_default=True,
    help="Most coordinates of a vector.",
)
@config_option("Settings of footpath tune: judges them too, taken as they are, as `tuned`.")
@click.option("--resamples", type=click.IntRange(100, 100_000), default=1000, show_default=True)
@click.option("--html", "page", type=NEW_FILE, help="Also write a page.")
@json_option
def command(**options: Any) -> None:
    r"""Rank the whole catalogue for every user with a hidden part, by every method, and compare.

    Without files, what is loaded in the database is split by time. Every method chooses its
    settings inside the training part; nothing is written to the database.

    With --test alone all that is loaded is learned from, and the active model is judged too, as it
    answers: published_hybrid, published_embedding, published_graph. What is in the test file must
    not have been loaded.

    \b
    Examples:
      footpath evaluate                                       what is loaded, by time
      footpath evaluate --split last-item --k 10 --html page.html
      footpath evaluate --train train.txt --test test.txt --format lightgcn
      footpath evaluate --test test.txt --methods published_embedding,als
      footpath evaluate --data visits.txt --format pairs --methods hybrid,als
      footpath evaluate --split user-time --config tuned.toml
    """
    from recommender.evaluate.page import evaluation_page
    from recommender.evaluate.report import sentences, tables, to_json
    from recommender.evaluate.run import evaluate

    if options["test"] and not options["train"] and not options["data"]:
        split, published = _loaded_and_file(options)
    else:
        split, published = _split(options), ()
    more = [*published, *_tuned(options["config"], split)]
    methods = _methods(options["methods"], more)
    task = Task(
        split.protocol,
        options["ks"][0],
        options["seed"],
        options["budget_s"],
        options["max_dimension"],
    )
    evaluation = evaluate(
        split,
        methods,
        ks=tuple(dict.fromkeys(options["ks"])),
        task=task,
        n_resamples=options["resamples"],
        say=lambda line: stderr.print(line, markup=False),
    )
    if options["page"] is not None:
        options["page"].write_text(evaluation_page(evaluation), encoding="utf-8")
        stderr.print(f"page: {options['page']}", markup=False)
    if options["as_json"]:
        print_json(to_json(evaluation))
        return
    for table in tables(evaluation):
        stdout.print(table)
    for line in sentences(evaluation):
        stdout.print(line, markup=False)


def _tuned(config: Path | None, split: Split) -> list[Method]:
    """Return the method of a file of settings; warn if they were not searched on this train."""
    if config is None:
        return []
    from recommender.config_files import load_choice, tuned_on
    from recommender.evaluate.methods import tuned_method

    method = tuned_method(load_choice(config))
    searched_on = tuned_on(config)
    if searched_on is not None and searched_on != split.train.sha256():
        stderr.print(
            f"{config} was tuned on other data than this training part. If that held what is "
            "judged here, the figures of `tuned` flatter; footpath tune --hold-out avoids it.",
            markup=False,
        )
    return [method]


def _methods(names: str, more: Sequence[Method]) -> list[Method]:
    from recommender.baselines import BASELINES
    from recommender.evaluate.methods import OURS

    known = {method.name: method for method in (*BASELINES, *OURS, *more)}
    wanted = list(known) if names == "all" else [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise click.BadParameter(
            f"there is no method '{unknown[0]}'. Choose from {', '.join(known)}.",
            param_hint="--methods",
        )
    return [known[name] for name in dict.fromkeys(wanted)]


def _loaded_and_file(options: dict[str, Any]) -> tuple[Split, Sequence[Method]]:
    """Return what is loaded, to be judged on a file, and the methods of the active model."""
    from recommender.evaluate.published import published_methods
    from recommender.histories_from_graph import read_graph_histories

    with open_for_command() as database:
        histories = read_graph_histories(database)
        split = read_test(options["test"], options["file_format"], histories)
        try:
            return split, published_methods(load_serving_model(database))
        except ModelNotPublishedError as error:
            stderr.print(f"No published model is judged: {error}", markup=False)
            return split, ()


def _split(options: dict[str, Any]) -> Split:
    train, test, data = options["train"], options["test"], options["data"]
    if (train and not test) or (data and (train or test)):
        raise click.UsageError("Give --train with --test, or --test, or --data, or none of them.")
    if train:
        return read_split(train, test, options["file_format"])
    protocol: Protocol | None = options["protocol"]
    if data:
        histories = read_histories(data, options["file_format"])
        protocol = protocol or natural_protocol(histories)
    else:
        from recommender.histories_from_graph import read_graph_histories

        with open_for_command() as database:
            histories = read_graph_histories(database)
        protocol = protocol or "time"
    return split_histories(histories, protocol, share=options["test_share"], seed=options["seed"])
