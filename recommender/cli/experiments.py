"""``footpath experiments``: A/B tests as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.cli.directives import (
    check_is_one_way,
    find_named,
    given,
    print_whole,
    shared_options,
    shown,
    unknown,
    warn_of,
    when,
)

if TYPE_CHECKING:
    from graphdb import Database
    from recommender.experiments import Experiment, Variant

TRUTHS = {"true": True, "false": False}


@click.group("experiments")
def command() -> None:
    r"""Compare ways to answer: each user or visitor gets one variant, and always the same.

    Running servers act by a change within two seconds.

    \b
    Examples:
      footpath experiments add blend --variant as-now --variant graph,method=graph
      footpath experiments add fresh --share 0.1 --variant as-now,weight=3 --variant b,diversity=0.3
      footpath experiments which blend ann bob
      footpath experiments list
    """


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List every experiment, by name."""
    from recommender.experiments import list_experiments

    with open_for_command() as database:
        experiments, problems = list_experiments(database)
    if as_json:
        print_json({"experiments": [shown(each) for each in experiments], "problems": problems})
        return
    warn_of(problems)
    if not experiments:
        stdout.print("No experiments. `footpath experiments add --help` shows how to make one.")
        return
    table = Table("name", "variants", "share", "where", "when", box=None)
    for each in experiments:
        variants = "; ".join(_said(variant) for variant in each.variants)
        cells = (each.name, variants, f"{each.share:.0%}", ", ".join(each.routes), when(each))
        table.add_row(*(escape(cell) for cell in cells))
    stdout.print(table)


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show one experiment whole."""
    with open_for_command() as database:
        experiment = _find(database, name)
    print_whole(experiment, as_json)


@command.command("add")
@click.argument("name", required=False)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME[,KEY=VALUE…]",
    help="A variant and what it changes: method, diversity, model, rules=false; weight is its "
    "share beside the others, by default 1. At least two.",
)
@click.option("--share", type=float, help="Of users and visitors who take part; by default 1.")
@shared_options
@json_option
def add(name: str | None, file: Path | None, as_json: bool, **options: Any) -> None:
    r"""Make an experiment, or replace the one of that name; or take the experiments of a file.

    A file is a list of tables named experiments:

    \b
      [[experiments]]
      name = "blend"
      share = 0.5
      [[experiments.variants]]
      name = "as-now"
      [[experiments.variants]]
      name = "graph"
      changes = {method = "graph"}
    """
    from recommender.directives import checked, read_directives
    from recommender.experiments import Experiment, put_experiments

    values = given(options)
    check_is_one_way(name, file, values)
    if file is not None:
        experiments = read_directives(file, Experiment, "experiments")
    else:
        values["variants"] = [_variant(text) for text in values.get("variants", [])]
        experiments = [checked(Experiment, {**values, "name": name}, f"Experiment '{name}'")]
    with open_for_command() as database:
        put_experiments(database, experiments)
    if as_json:
        print_json({"experiments": [shown(experiment) for experiment in experiments]})
    else:
        n_kept = len(experiments)
        stdout.print(f"{n_kept} {'experiment' if n_kept == 1 else 'experiments'} kept.")


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Delete an experiment by its name."""
    from recommender.experiments import delete_experiment

    with open_for_command() as database:
        if not delete_experiment(database, name):
            raise unknown(name, "experiment")
    stdout.print(f"Experiment {escape(name)} is gone.")


@command.command("which")
@click.argument("name")
@click.argument("units", nargs=-1, required=True)
@json_option
def which(name: str, units: tuple[str, ...], as_json: bool) -> None:
    """Say which variant some users or visitors get."""
    with open_for_command() as database:
        experiment = _find(database, name)
    found = {
        unit: None if (variant := experiment.variant_of(unit)) is None else variant.name
        for unit in units
    }
    if as_json:
        print_json({"experiment": name, "variants": found})
        return
    for unit, variant_name in found.items():
        stdout.print(f"{escape(unit)}: {escape(variant_name or 'takes no part')}")


def _find(database: Database, name: str) -> Experiment:
    from recommender.experiments import list_experiments

    experiments, _ = list_experiments(database)
    return find_named(experiments, name, "experiment")


def _variant(text: str) -> dict[str, Any]:
    """Return the values of a variant as it is written on the command line."""
    name, *pairs = text.split(",")
    values: dict[str, Any] = {"name": name}
    changes: dict[str, Any] = {}
    for pair in pairs:
        key, is_given, value = pair.partition("=")
        if not is_given:
            raise click.UsageError(f"'{pair}' of variant '{name}' is not KEY=VALUE.")
        (values if key == "weight" else changes)[key] = _value(key, value)
    return {**values, "changes": changes}


def _value(key: str, text: str) -> Any:
    if key == "rules":
        return TRUTHS.get(text, text)
    if key in ("weight", "diversity"):
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _said(variant: Variant) -> str:
    changes = variant.changes.model_dump(exclude_none=True)
    said = ", ".join(f"{key} {value}" for key, value in changes.items())
    return f"{variant.name} × {variant.weight:g}" + (f" ({said})" if said else "")
