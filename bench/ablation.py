"""What each setting of walks, training and read-out does to lists made from vectors.

One thing is varied at a time, from a base setting: 20 walks of 20 items from each item along
unordered relationships, 64 dimensions, window 3, one epoch. The exponents of the read-out are
chosen anew for each setting, on a validation part inside the training part; the test part is only
ever judged on. Each setting is trained with three seeds. A figure is the mean over seeds and users;
its interval, and that of the difference to the reference, user by user, is a 95 % bootstrap over
users.

`measure` writes one line a setting into a file of results and leaves out what is there already, so
it can be broken off and gone on with; `tables` prints the file as Markdown or JSON.

    python bench/ablation.py measure movielens ratings.csv --results results.jsonl
    python bench/ablation.py measure beauty beauty.txt --results results.jsonl --factor walks
    python bench/ablation.py measure online-retail --results results.jsonl
    python bench/ablation.py tables --results results.jsonl

Data: movielens (ratings.csv of latest-small; the last fifth of each history is hidden), beauty
(`user item` a line; the last item), online-retail (the demo's; the last fifth), gowalla (a folder
with LightGCN's train.txt and test.txt). Files may be packed by xz or gzip.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import click
import numpy as np
import pandas as pd

from recommender.choose import ORDERED
from recommender.columns import ITEM, TIME, USER
from recommender.embeddings import Embeddings
from recommender.evaluate.bootstrap import interval
from recommender.evaluate.metrics import PER_USER, hits_of
from recommender.evaluate.split import Split, Task, split_histories
from recommender.evaluate.validation import Validation, validation_part
from recommender.fitted import Made, vector_scorer
from recommender.graph import Float64Array, build_item_graph
from recommender.histories import Histories, build_histories
from recommender.history_files import read_histories, read_split
from recommender.online_retail import read_online_retail
from recommender.relate import RelateSettings
from recommender.score import Link, ReadOut, ScoreSettings, VectorScorer, top_items
from recommender.time_order import time_order
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkCorpus, WalkSettings, make_walks
from recommender.walks.bipartite import make_item_walks, user_item_graph

K = 20
METRICS = ("recall", "ndcg")
VALIDATION_USERS = 1_000
DATA = Literal["movielens", "beauty", "online-retail", "gowalla"]

# -- what is varied ---------------------------------------------------------------------------

Nodes = Literal["items", "items, both ways", "users between", "users kept"]


@dataclass(frozen=True)
class Setting:
    """All that makes vectors from histories."""

    relate: RelateSettings = field(default_factory=lambda: RelateSettings(sessions="history"))
    walk: WalkSettings = field(default_factory=lambda: WalkSettings(n_walks=20, length=20))
    train: TrainSettings = field(default_factory=lambda: TrainSettings(dimension=64, epochs=1))
    nodes: Nodes = "items"
    item_power: float = 0.0  # of walks over users
    is_shuffled: bool = False  # whether the order of histories is lost before relating

    def walks(self, **changes: Any) -> Setting:
        """Return the setting with other walks."""
        return replace(self, walk=replace(self.walk, **changes))

    def trained(self, **changes: Any) -> Setting:
        """Return the setting with other training."""
        return replace(self, train=replace(self.train, **changes))

    def related(self, **changes: Any) -> Setting:
        """Return the setting with other weights."""
        return replace(self, relate=replace(self.relate, **changes))

    def key(self) -> str:
        """Return all of it as text; the same for the same setting."""
        return json.dumps(asdict(self), sort_keys=True)


BASE = Setting()
GOWALLA_BASE = replace(BASE, nodes="users between")  # whole histories of others make many pairs
DEFAULTS = Setting(walk=WalkSettings(), train=TrainSettings())


@dataclass(frozen=True)
class Factor:
    """One question, and the settings that answer it."""

    name: str
    points: dict[str, Setting]
    reference: str  # the label of the setting that the others are compared with


@cache
def factors(data: str) -> tuple[Factor, ...]:
    """Return what is varied on a data set."""
    if data == "gowalla":
        base = GOWALLA_BASE
        walks = {str(n): base.walks(n_walks=n) for n in (1, 5, 20, 50)}
        return (Factor("walks", walks, "20"),)
    base = BASE
    ordered = replace(base, relate=ORDERED)
    by_frequency = base.walks(starts="frequency")
    between = replace(by_frequency, nodes="users between")
    return (
        Factor(
            "walks",
            {str(n): base.walks(n_walks=n) for n in (1, 2, 5, 10, 20, 50, 100)},
            "20",
        ),
        Factor("length", {str(n): base.walks(length=n) for n in (5, 10, 20, 40, 80)}, "20"),
        Factor(
            "shape",  # as many steps, in few long walks or many short ones
            {
                f"{400 // n} of {n}": base.walks(n_walks=400 // n, length=n)
                for n in (5, 10, 20, 40, 80)
            },
            "20 of 20",
        ),
        Factor(
            "p and q",
            {
                f"p {p:g}, q {q:g}": base.walks(p=p, q=q)
                for p, q in product((0.25, 1.0, 4.0), (0.25, 1.0, 4.0))
            },
            "p 1, q 1",
        ),
        Factor("starts", {"uniform": base, "frequency": by_frequency}, "uniform"),
        Factor(
            "nodes",
            {
                "items": by_frequency,
                "users between, dropped": between,
                "users kept": replace(between, nodes="users kept"),
                **{
                    f"users between, item^{power:g}": replace(between, item_power=power)
                    for power in (-0.5, -0.25, 0.25)
                },
            },
            "items",
        ),
        Factor(
            "window",
            {str(n): base.trained(window=n) for n in (1, 2, 3, 5, 10)},
            "3",
        ),
        Factor(
            "rate",
            {
                f"{rate:g}": base.trained(learning_rate=rate)
                for rate in (0.01, 0.025, 0.05, 0.1, 0.2)
            },
            "0.05",
        ),
        Factor("epochs", {str(n): base.trained(epochs=n) for n in (1, 2, 5)}, "1"),
        Factor(
            "negatives",
            {
                f"{power:g}": base.trained(negative_exponent=power)
                for power in (-0.5, 0.0, 0.5, 0.75, 1.0)
            },
            "0.75",
        ),
        Factor(
            "dimension",
            {str(n): base.trained(dimension=n) for n in (16, 32, 64, 128, 256)},
            "64",
        ),
        Factor(
            "weights",
            {
                "cosine": base,
                "count": base.related(weight="count"),
                "log": base.related(weight="log"),
                "damped 0.3": base.related(weight="damped", damping=0.3),
                "damped 0.7": base.related(weight="damped", damping=0.7),
                "cosine, pairs seen once too": base.related(min_count=1),
                "cosine, 500 neighbours": base.related(top_k=500),
                "cosine, no shrinkage": base.related(shrinkage=0.0),
            },
            "cosine",
        ),
        Factor(
            "order",
            {
                "along the order": ordered,
                "same pairs, both ways": replace(ordered, nodes="items, both ways"),
                "along a shuffled order": replace(ordered, is_shuffled=True),
                "unordered (base)": base,
                "along the order, default weights": base.related(relation="NEXT"),
            },
            "along the order",
        ),
        Factor(
            "defaults",
            {
                "defaults": DEFAULTS,
                "rate 0.025": DEFAULTS.trained(learning_rate=0.025),
                "rate 0.1": DEFAULTS.trained(learning_rate=0.1),
                "1 epoch": DEFAULTS.trained(epochs=1),
                "window 5": DEFAULTS.trained(window=5),
                "128 dimensions": DEFAULTS.trained(dimension=128),
                "base": base,
            },
            "defaults",
        ),
    )


# -- how vectors are read ---------------------------------------------------------------------

# What the settings are compared by; the others are compared on the base setting.
MAIN = "in·out, exponents and decay"
COSINE = "mean cosine"
SERVED = "exp, item^0.75 (fit's default)"
READ_OUTS = (
    MAIN,
    COSINE,
    "in·out",
    "in·out, exponents",
    "exp",
    "exp, exponents and decay",
    SERVED,
)
HISTORY_POWERS = (0.25, 0.0, -0.25, -0.5, -0.75)
ITEM_POWERS: dict[Link, tuple[float, ...]] = {
    "linear": (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6),
    "exp": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
}
DECAYS = (1.0, 0.97, 0.9, 0.8, 0.6)

Chosen = tuple[ReadOut, Link]


def choose_read_out(name: str, validation: Validation, vectors: Embeddings) -> Chosen:
    """Return a read-out, its exponents the best on the validation part: both powers, then decay."""
    if name == SERVED:
        served = ScoreSettings()
        return served.embedding_read_out, served.link
    link: Link = "exp" if name.startswith("exp") else "linear"
    if "exponents" not in name:
        return ReadOut(), link

    def value(read_out: ReadOut) -> float:
        scorer = vector_scorer(validation.train, vectors, read_out, link)
        return float(validation.judge(scorer).mean())

    pairs = product(HISTORY_POWERS, ITEM_POWERS[link])
    best = max((ReadOut(*pair) for pair in pairs), key=value)
    if "decay" in name and validation.train.is_ordered:
        best = max((replace(best, history_decay=decay) for decay in DECAYS), key=value)
    return best, link


def scorer_of(name: str, histories: Histories, vectors: Embeddings, chosen: Chosen) -> VectorScorer:
    """Return the scorer of some vectors; for cosines their lengths are made 1."""
    if name == COSINE:
        norms = np.linalg.norm(vectors.in_vectors, axis=1, keepdims=True)
        unit = vectors.in_vectors / np.maximum(norms, 1e-12)
        vectors = replace(vectors, in_vectors=unit, out_vectors=unit)
    return vector_scorer(histories, vectors, *chosen)


# -- vectors ----------------------------------------------------------------------------------


class Maker:
    """Makes vectors of some histories; relationships are made once."""

    def __init__(self, histories: Histories):
        self._histories = histories
        self._made = {False: Made(histories), True: Made(shuffled(histories))}

    def vectors(self, setting: Setting, seed: int) -> Embeddings:
        """Return the vectors of a setting."""
        corpus = self._corpus(setting, replace(setting.walk, seed=seed))
        return self._items_of(train_embeddings(corpus, replace(setting.train, seed=seed)))

    def _corpus(self, setting: Setting, walk: WalkSettings) -> WalkCorpus:
        if setting.nodes == "users between":
            return make_item_walks(self._histories, walk, item_power=setting.item_power)
        if setting.nodes == "users kept":
            graph = user_item_graph(self._histories, item_power=setting.item_power)
            share = self._histories.n_items / graph.n_items
            n_walks = max(1, round(walk.n_walks * share))
            return make_walks(graph, replace(walk, n_walks=n_walks, length=2 * walk.length - 1))
        graph = self._made[setting.is_shuffled].graph(setting.relate)
        if setting.nodes == "items, both ways":
            sources = np.repeat(np.arange(graph.n_items, dtype=np.int32), np.diff(graph.offsets))
            graph = build_item_graph(
                graph.item_ids, sources, graph.neighbours, graph.weights,
                support=graph.support, is_directed=False,
            )  # fmt: skip
        return make_walks(graph, walk)

    def _items_of(self, trained: Embeddings) -> Embeddings:
        """Leave out the vectors of users."""
        known = self._histories.row_of
        keep = np.array([item_id in known for item_id in trained.item_ids])
        if keep.all():
            return trained
        return replace(
            trained,
            item_ids=tuple(np.array(trained.item_ids, object)[keep]),
            in_vectors=trained.in_vectors[keep],
            out_vectors=trained.out_vectors[keep],
            counts=trained.counts[keep],
        )


def shuffled(histories: Histories) -> Histories:
    """Return the histories with each user's items in another order; times stay where they are."""
    random = np.random.Generator(np.random.PCG64(1))
    order = np.lexsort((random.random(len(histories.rows)), histories.users()))
    return replace(histories, rows=histories.rows[order])


# -- data -------------------------------------------------------------------------------------


def read_data(data: str, path: Path | None) -> Split:
    """Return a data set cut in two."""
    if data == "online-retail":
        sales = read_online_retail(path).interactions.dropna(subset=[USER])
        return split_histories(_by_time(sales[USER], sales[ITEM], sales[TIME]), "user-time")
    if path is None:
        raise click.UsageError(f"{data} needs the path of its data.")
    if data == "gowalla":
        train, test = (next(path.glob(f"{part}.txt*")) for part in ("train", "test"))
        return read_split(train, test, "lightgcn")
    if data == "beauty":
        return split_histories(read_histories(path, "pairs"), "last-item")
    ratings = pd.read_csv(path, dtype=str)
    times = pd.to_numeric(ratings["timestamp"], errors="coerce")
    bad = times.isna()
    if bad.any():
        _say(f"{int(bad.sum())} damaged lines left out")
    good = ratings[~bad]
    times = pd.to_datetime(times[~bad], unit="s")
    return split_histories(_by_time(good["userId"], good["movieId"], times), "user-time")


def _by_time(users: pd.Series, items: pd.Series, times: pd.Series) -> Histories:
    """Return histories in the order of time; what has one time is shuffled."""
    user_numbers, user_ids = pd.factorize(users.astype(str), sort=True)
    rows, item_ids = pd.factorize(items.astype(str), sort=True)
    at = times.to_numpy("datetime64[ms]").astype(np.int64)
    order = time_order((user_numbers,), at, rows)
    return build_histories(
        user_numbers[order],
        rows[order],
        user_ids=tuple(user_ids),
        item_ids=tuple(item_ids),
        times=at[order],
    )


# -- measuring --------------------------------------------------------------------------------


class Judge:
    """Measures settings on one data set."""

    def __init__(self, split: Split, max_users: int, seeds: tuple[int, ...]):
        self._seeds = seeds
        users = _some(split.judged_users(), max_users)
        self._train, self._histories = split.train, split.train.select(users)
        self._relevant = split.test.select(users)
        validation = validation_part(split.train, Task(split.protocol, K, seed=1))
        some = _some(np.arange(validation.users.n_users), VALIDATION_USERS)
        self._validation = replace(
            validation,
            users=validation.users.select(some),
            hidden=validation.hidden.select(some),
        )
        self._maker, self._validation_maker = Maker(split.train), Maker(validation.train)

    def measure(self, setting: Setting, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """Yield what each read-out of the setting's vectors is worth, averaged over the seeds."""
        begun = time.perf_counter()
        tried = self._validation_maker.vectors(setting, self._seeds[0])
        trained, walls = [], []
        for seed in self._seeds:
            at = time.perf_counter()
            trained.append(self._maker.vectors(setting, seed))
            walls.append(time.perf_counter() - at)
        for name in names:
            chosen = choose_read_out(name, self._validation, tried)
            values = [self._judge(scorer_of(name, self._train, each, chosen)) for each in trained]
            yield {
                "read_out": name,
                "exponents": asdict(chosen[0]),
                "n_vectors": len(trained[0].item_ids),
                "seconds_a_training": round(min(walls), 2),
                "seconds": round(time.perf_counter() - begun, 1),
                **{f"{metric}_by_seed": [round(float(each[metric].mean()), 6) for each in values]
                   for metric in METRICS},
                **{f"{metric}_by_user": np.mean([each[metric] for each in values], axis=0)
                   .round(5).tolist() for metric in METRICS},
            }  # fmt: skip

    def _judge(self, scorer: VectorScorer) -> dict[str, Float64Array]:
        top = top_items(scorer, self._histories, K)
        hits, n_relevant = hits_of(top.rows, self._relevant), self._relevant.lengths()
        return {metric: PER_USER[metric](hits, n_relevant, K) for metric in METRICS}


def _some(users: np.ndarray, most: int) -> np.ndarray:
    """Return the users, or as many as are wanted, drawn with a fixed seed."""
    if len(users) <= most:
        return users
    random = np.random.Generator(np.random.PCG64(1))
    return np.sort(random.choice(users, most, replace=False))


Results = dict[tuple[str, str, str], dict[str, Any]]  # by data set, setting and read-out


def read_results(path: Path) -> Results:
    """Return the results of a file; the last line may be torn."""
    results: Results = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            _say("A line of the results is not whole; it is left out.")
            continue
        results[record["data"], record["setting"], record["read_out"]] = record
    return results


# -- tables -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One setting of one factor, or one read-out, as it is shown."""

    data: str
    factor: str
    label: str
    values: dict[str, tuple[float, float, float]]  # metric: mean and interval
    differences: dict[str, tuple[float, float, float]]  # to the reference
    is_reference: bool
    seed_spread: float  # NDCG: largest less smallest of the seeds
    seconds: float  # of one training
    exponents: dict[str, float]
    n_users: int


def lines_of(results: Results) -> list[Line]:
    """Return all that has been measured, in the order of the factors."""
    lines = []
    for data in dict.fromkeys(data for data, _, _ in results):
        for name, records, reference in _groups(results, data):
            for label, record in records.items():
                lines.append(_line(data, name, label, record, reference))
    return lines


def _groups(
    results: Results, data: str
) -> Iterator[tuple[str, dict[str, dict[str, Any]], dict[str, Any]]]:
    for factor in factors(data):
        keys = {label: (data, point.key(), MAIN) for label, point in factor.points.items()}
        found = {label: results[key] for label, key in keys.items() if key in results}
        if factor.reference in found and len(found) > 1:
            yield factor.name, found, found[factor.reference]
    base = (GOWALLA_BASE if data == "gowalla" else BASE).key()
    read = {name: results[data, base, name] for name in READ_OUTS if (data, base, name) in results}
    if MAIN in read:
        yield "read-out", read, read[MAIN]


def _line(
    data: str, factor: str, label: str, record: dict[str, Any], reference: dict[str, Any]
) -> Line:
    values, differences = {}, {}
    for metric in METRICS:
        mine, others = (np.array(each[f"{metric}_by_user"]) for each in (record, reference))
        values[metric] = (float(mine.mean()), *interval(mine))
        differences[metric] = (float((mine - others).mean()), *interval(mine - others))
    by_seed = record["ndcg_by_seed"]
    return Line(
        data, factor, label, values, differences, record is reference,
        max(by_seed) - min(by_seed), record["seconds_a_training"], record["exponents"],
        len(record["ndcg_by_user"]),
    )  # fmt: skip


def _markdown(lines: list[Line]) -> str:
    out: list[str] = []
    last = None
    for line in lines:
        if last != (line.data, line.factor):
            last = (line.data, line.factor)
            out += [
                f"\n### {line.factor}: {line.data}\n",
                f"| {line.factor} | Recall@{K} | NDCG@{K} | difference of NDCG | seeds | s |",
                "|---|---|---|---|---|---|",
            ]
        out.append(f"| {line.label} | {_cells(line)} |")
    return "\n".join(out)


def _cells(line: Line) -> str:
    recall, ndcg = line.values["recall"], line.values["ndcg"]
    mean, low, high = line.differences["ndcg"]
    mark = "" if low <= 0 <= high else " *"
    difference = (
        "reference" if line.is_reference else f"{mean:+.4f} ({low:+.4f} to {high:+.4f}){mark}"
    )
    return " | ".join(
        [
            f"{recall[0]:.4f} ({recall[1]:.4f} to {recall[2]:.4f})",
            f"{ndcg[0]:.4f} ({ndcg[1]:.4f} to {ndcg[2]:.4f})",
            difference,
            f"{line.seed_spread:.4f}",
            f"{line.seconds:.1f}",
        ]
    )


# -- commands ---------------------------------------------------------------------------------


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
@click.option("--seeds", default=3, show_default=True, help="1 to this.")
@click.option("--max-users", default=5_000, show_default=True, help="Judged at most, drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print each new line's means to stdout.")
def measure(
    data: str,
    path: Path | None,
    results: Path,
    names: tuple[str, ...],
    seeds: int,
    max_users: int,
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
    base = GOWALLA_BASE if data == "gowalla" else BASE
    main_alone: tuple[str, ...] = (MAIN,)
    todo = [(setting, main_alone) for setting in _settings(data, names)]
    if not names or "read-out" in names:
        todo.insert(0, (base, READ_OUTS))
    for setting, read_outs in todo:
        missing = tuple(name for name in read_outs if (data, setting.key(), name) not in known)
        for measured in judge.measure(setting, missing) if missing else ():
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


def _settings(data: str, names: tuple[str, ...]) -> Iterator[Setting]:
    known = [factor.name for factor in factors(data)] + ["read-out"]
    unknown = set(names) - set(known)
    if unknown:
        raise click.UsageError(
            f"No factor {', '.join(sorted(unknown))}. Known: {', '.join(known)}."
        )
    for factor in factors(data):
        if not names or factor.name in names:
            yield from factor.points.values()


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
    """Print what has been measured. A star: the interval of the difference leaves out 0."""
    lines = lines_of(read_results(results))
    if as_json:
        json.dump([asdict(line) for line in lines], sys.stdout, indent=1)
    else:
        click.echo(_markdown(lines))


if __name__ == "__main__":
    main()
