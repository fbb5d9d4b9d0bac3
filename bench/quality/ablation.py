"""What each setting of walks, training and read-out does to lists made from vectors.

One thing is varied at a time, from a base setting: 20 walks of 20 items from each item (beauty: 5)
along unordered relationships, 64 dimensions, window 3, one epoch. The exponents of the read-out are
chosen anew for each setting, on a validation part inside the training part; the test part is only
ever judged on. Each setting is trained with three seeds. A figure is the mean over seeds and users;
its interval, and that of the difference to the reference, user by user, is a 95 % bootstrap over
users.

`measure` writes one line a setting into a file of results and leaves out what is there already, so
it can be broken off and gone on with; `tables` prints the file as Markdown or JSON.

    python -m bench.quality.ablation measure movielens ratings.csv --results results.jsonl
    python -m bench.quality.ablation measure beauty beauty.txt --results results.jsonl
    python -m bench.quality.ablation measure online-retail --results results.jsonl
    python -m bench.quality.ablation tables --results results.jsonl

Data: movielens (ratings.csv of latest-small; the last fifth of each history is hidden), beauty
(`user item` a line; the last item), online-retail (the demo's; the last fifth), gowalla (a folder
with LightGCN's train.txt and test.txt). Files may be packed by xz or gzip.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np

from bench.quality.ablation_judge import DATA, FIXED, MAIN, READ_OUTS, Judge, read_data
from bench.quality.ablation_settings import BASE, BASES, DEFAULTS, Setting, factors
from bench.quality.ablation_tables import Results, lines_of, markdown, read_results
from recommender.score import ReadOut


def _say(line: str) -> None:
    click.echo(line, err=True)


_results = click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="JSON Lines, one line a setting and read-out; appended to.",
)


@click.group(help=__doc__, context_settings={"max_content_width": 100})
def main() -> None:
    """Measure and show."""


# Click would fill the paragraphs of the examples.
main.help = (__doc__ or "").replace("\n    python", "\n\n\b\n    python", 1)


@main.command()
@click.argument("data", type=click.Choice(get_args(DATA)))
@click.argument("path", type=click.Path(path_type=Path, exists=True), required=False)
@_results
@click.option("--factor", "names", multiple=True, help="Measure this alone; may be repeated.")
@click.option("--label", "labels", multiple=True, help="Of the factors, these settings alone.")
@click.option("--seeds", default=3, show_default=True, help="1 to this.")
@click.option("--max-users", default=5_000, show_default=True, help="Judged at most, drawn.")
@click.option(
    "--fixed/--no-fixed",
    "with_fixed",
    default=True,
    show_default=True,
    help="Also judge each setting with the exponents of the base.",
)
@click.option("--json", "as_json", is_flag=True, help="Print each new line's means to stdout.")
def measure(
    data: str,
    path: Path | None,
    results: Path,
    names: tuple[str, ...],
    labels: tuple[str, ...],
    seeds: int,
    max_users: int,
    with_fixed: bool,
    as_json: bool,
) -> None:
    """Measure what is not in the file of results yet.

    The factors are walks, length, shape, p and q, starts, nodes, window, rate, epochs, negatives,
    dimension, weights, order, defaults and read-out.
    """
    split = read_data(data, path)
    _say(f"{data}: {split.description}; {len(split.judged_users())} users to judge")
    known = read_results(results)
    judge = Judge(split, max_users, tuple(range(1, seeds + 1)))
    _refuse_others(known, data, seeds, judge.n_users)
    base = BASES.get(data, BASE)
    main_ones = (MAIN, FIXED) if with_fixed else (MAIN,)
    todo: list[tuple[Setting, tuple[str, ...]]] = [(base, READ_OUTS)]
    todo += [(setting, main_ones) for setting in _settings(data, names, labels) if setting != base]
    for setting, read_outs in todo:
        if setting == DEFAULTS:
            read_outs = READ_OUTS
        of_base = known.get((data, base.key(), MAIN))
        exponents = ReadOut(**of_base["exponents"]) if of_base else None
        missing = tuple(name for name in read_outs if (data, setting.key(), name) not in known)
        for measured in judge.measure(setting, missing, exponents) if missing else ():
            record = {
                "data": data,
                "split": split.description,
                "setting": setting.key(),
                **measured,
            }
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            known[data, setting.key(), measured["read_out"]] = record
            _tell(record, as_json=as_json)


def _refuse_others(known: Results, data: str, seeds: int, n_users: int) -> None:
    for record in known.values():
        numbers = len(record["ndcg_by_seed"]), len(record["ndcg_by_user"])
        if record["data"] == data and numbers != (seeds, n_users):
            raise click.UsageError(
                f"The results of {data} are of {numbers[0]} seeds and {numbers[1]} users, not "
                f"{seeds} and {n_users}. Give --seeds and --max-users as before, or another file."
            )


def _settings(data: str, names: tuple[str, ...], labels: tuple[str, ...]) -> Iterator[Setting]:
    known = [factor.name for factor in factors(data)] + ["read-out"]
    unknown = set(names) - set(known)
    if unknown:
        raise click.UsageError(
            f"No factor {', '.join(sorted(unknown))}. Known: {', '.join(known)}."
        )
    for factor in factors(data):
        if not names or factor.name in names:
            for label, setting in factor.points.items():
                if not labels or label in labels or label == factor.reference:
                    yield setting


def _tell(record: dict[str, Any], *, as_json: bool) -> None:
    short = {name: value for name, value in record.items() if not name.endswith("_by_user")}
    if as_json:
        click.echo(json.dumps(short))
    _say(
        f"{record['seconds']:.0f} s (a training {record['seconds_a_training']}): NDCG "
        f"{np.mean(record['ndcg_by_seed']):.4f} {record['read_out']} {record['exponents']} "
        f"{_changes(record['setting'])}"
    )


def _changes(key: str) -> str:
    """Return where a setting is not the base."""
    base = asdict(BASE)

    def changed(values: dict[str, Any], others: dict[str, Any]) -> Iterator[str]:
        for name, value in values.items():
            if isinstance(value, dict):
                yield from changed(value, others[name])
            elif value != others[name]:
                yield f"{name}={value}"

    return ", ".join(changed(json.loads(key), base)) or "base"


@main.command()
@_results
@click.option("--json", "as_json", is_flag=True, help="All figures, as one JSON document.")
def tables(results: Path, as_json: bool) -> None:
    """Print what has been measured, as Markdown.

    A star: the interval of the difference to the reference leaves out 0; two: it also does when
    both are read with the exponents of the base. Intervals of the means are in the JSON.
    """
    lines = lines_of(read_results(results))
    if as_json:
        json.dump([asdict(line) for line in lines], sys.stdout, indent=1)
    else:
        click.echo(markdown(lines))


if __name__ == "__main__":
    main()
