"""How much alike similar items are, by method: a table of figures and lists to read.

Fits what is loaded twice, by walks and by the data's choice (`footpath fit`, `fit --auto`), each as
a version that is not activated, and asks for the ten most similar items of the 500 in most
sessions. Films are alike by their genres: those in common over those of either. Products are alike
if their titles share a word, no colour, that at most 40 titles have. Prints Markdown.

    footpath demo --no-serve && python -m bench.quality.similar_items --title "The demo's gift shop"
    python -m bench.quality.similar_items --films movies.csv --title "MovieLens"
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from graphdb import Database
from recommender.cli.console import progress_bar, stderr
from recommender.cli.database import open_for_command
from recommender.evaluate.bootstrap import interval
from recommender.fit import Ending, FitSettings, fit_auto, fit_model
from recommender.serve import METHODS, ServingModel, load_serving_model

N_JUDGED = 500
N_SHOWN = 20
K = 10
SHOWN_K = 5
MOST_TITLES = 40  # a word that more have tells no design: BAG does not, SPACEBOY does
COLOURS = {"RED", "BLUE", "GREEN", "PINK", "WHITE", "BLACK", "IVORY", "CREAM", "YELLOW", "ORANGE"}
COLOURS |= {"PURPLE", "BROWN", "CHOCOLATE", "GOLD", "SILVER", "LARGE", "SMALL"}

Alike = Callable[[str, str], float]
Lists = dict[str, dict[str, list[str]]]  # method: item id: its similar items, best first


@click.command(help=__doc__.partition("\n")[0])
@click.option(
    "--films", type=click.Path(path_type=Path, exists=True), help="MovieLens' movies.csv."
)
@click.option("--title", required=True, help="Of the section.")
@click.option("--seed", default=1, show_default=True)
def main(films: Path | None, title: str, seed: int) -> None:
    """Print a section of Markdown."""
    with open_for_command() as database:
        walks = fit_model(
            database, FitSettings(), ending=Ending(activate=False), stage=progress_bar
        )
        by_walks = load_serving_model(database, walks.version, with_histories=False)
        names = _names(by_walks, films)
        alike = _films_alike(films) if films else _titles_alike(names)
        judged = [
            by_walks.item_ids[row]
            for row in np.argsort(-by_walks.support, kind="stable")[:N_JUDGED]
        ]
        lists: Lists = {"popular": {item: judged[: K + 1] for item in judged}}
        for name in ("graph", "embedding", "hybrid"):
            lists[f"fit: {name}"] = _lists(by_walks, name, judged)
        by_data = _fit_auto(database, seed)
        for name in ("graph", "embedding", "hybrid"):
            lists[f"fit --auto: {name}"] = _lists(by_data, name, judged)
    print(f"## {title}\n")
    print(_figures(lists, judged, alike, seed))
    shown = judged[:: len(judged) // N_SHOWN][:N_SHOWN]
    print(_side_by_side(lists, shown, names))


def _fit_auto(database: Database, seed: int) -> ServingModel:
    report = fit_auto(
        database,
        seed=seed,
        ending=Ending(activate=False),
        stage=progress_bar,
        say=lambda line: stderr.print(line, markup=False),
    )
    return load_serving_model(database, report.version, with_histories=False)


def _lists(model: ServingModel, method: str, judged: list[str]) -> dict[str, list[str]]:
    known = next(name for name in METHODS if name == method)
    return {item: [entry.item_id for entry in model.similar(item, K, known)] for item in judged}


def _names(model: ServingModel, films: Path | None) -> dict[str, str]:
    if films is None:
        return {item: name or item for item, name in zip(model.item_ids, model.titles, strict=True)}
    with films.open(encoding="utf-8", newline="") as file:
        return {row["movieId"]: row["title"] for row in csv.DictReader(file)}


def _films_alike(films: Path) -> Alike:
    with films.open(encoding="utf-8", newline="") as file:
        genres = {row["movieId"]: set(row["genres"].split("|")) for row in csv.DictReader(file)}
    return lambda one, other: len(genres[one] & genres[other]) / len(genres[one] | genres[other])


def _titles_alike(names: dict[str, str]) -> Alike:
    words = {
        item: set(re.findall(r"[A-Z]{3,}", name.upper())) - COLOURS for item, name in names.items()
    }
    n_titles = Counter(word for each in words.values() for word in each)
    telling = {word for word, n in n_titles.items() if 2 <= n <= MOST_TITLES}
    return lambda one, other: float(bool(words[one] & words[other] & telling))


def _figures(lists: Lists, judged: list[str], alike: Alike, seed: int) -> str:
    lines = ["| method | alike, of ten | 95 % |", "|---|---|---|"]
    for method, of_item in lists.items():
        values = np.array(
            [
                np.mean([alike(item, other) for other in of_item[item] if other != item][:K])
                for item in judged
            ]
        )
        low, high = interval(values, n_resamples=1000, seed=seed)
        lines.append(f"| {method} | {values.mean():.3f} | {low:.3f} to {high:.3f} |")
    return "\n".join(lines) + "\n"


def _side_by_side(lists: Lists, shown: list[str], names: dict[str, str]) -> str:
    methods = [method for method in lists if method != "popular"]
    lines = []
    for item in shown:
        lines += [
            f"\n**{names[item]}**\n",
            "| | " + " | ".join(methods) + " |",
            "|---" * (len(methods) + 1) + "|",
        ]
        for place in range(SHOWN_K):
            cells = [names[lists[method][item][place]].replace("|", "/") for method in methods]
            lines.append(f"| {place + 1} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
