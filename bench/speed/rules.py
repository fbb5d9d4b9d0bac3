r"""What business rules cost an answer: CPU microseconds of a list of 20 similar items, in memory.

Random vectors of 128 dimensions in clusters, 2 M relationships, lists of the nearest 128. Each set
of rules answers the same items in turn (A B C, A B C, …); what is timed is finding the rules of the
list, making it, and telling which acted. HTTP is not in it.

\b
python -m bench rules
python -m bench rules --size 10k --runs 3 --json
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bench.speed.graphs import SIZES
from bench.speed.tables import Options, Table, ratio
from recommender.graph import build_item_graph
from recommender.rules import Rule
from recommender.serve import RuleBook, Selection, ServingModel, ServingSettings
from recommender.serve.item_columns import typed_column
from recommender.serve.nearest import nearest_lists

DIMENSION, N_CATEGORIES = 128, 200
N_ANSWERS = 500
K = 20

BOOST = {"kind": "boost", "filter": "price < 1", "factor": 1.5}  # 1 % of the items
MIXED: list[dict[str, Any]] = [
    *({"kind": "boost", "filter": f"category = 'c{n}'", "factor": 1.2} for n in range(6)),
    *({"kind": "bury", "filter": f"category = 'c{n}'", "factor": 0.7} for n in range(6, 12)),
    *({"kind": "hide", "filter": f"category = 'c{n}'"} for n in range(12, 16)),
    *({"kind": "pin", "item_id": f"i{n}", "place": 5 * n + 3} for n in range(2)),
    {"kind": "cap", "each": "category", "at_most": 10},
    {"kind": "hide", "filter": "price > 99"},
]
SETS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "1: boost of 1 %": [BOOST],
    "1: boost of 10 %": [{**BOOST, "filter": "price < 10"}],
    "1: boost of 50 %": [{**BOOST, "filter": "price < 50"}],
    "1: hide 1 %": [{"kind": "hide", "filter": "price < 1"}],
    "1: pin": [{"kind": "pin", "item_id": "i7", "place": 3}],
    "1: cap of each category": [{"kind": "cap", "each": "category", "at_most": 10}],
    "20: of all kinds": MIXED,
}


def measure(options: Options) -> Table:
    """Return the table of rules."""
    table = Table("Business rules: CPU µs a list of 20 similar items, one thread, in memory")
    for size in options.sizes or ("100k",):
        table.part = size
        options.say(f"{size}: a model with lists of the nearest")
        model = _model(*SIZES[size], options.seed)
        books = {name: _book(model, rules) for name, rules in SETS.items()}
        random = np.random.default_rng(options.seed)
        asked = [model.item_ids[row] for row in random.integers(0, model.n_items, N_ANSWERS)]
        runs: dict[str, list[float]] = {name: [] for name in SETS}
        with threadpool_limits(1):
            for run in range(options.runs):
                options.say(f"{size}: run {run + 1}")
                for name, book in books.items():
                    _answer_all(model, book, asked)  # the caches are full of the last set's
                    runs[name].append(_answer_all(model, book, asked))
        plain = median(runs["none"])
        for name, found in runs.items():
            middle = median(found)
            table.rows.append(
                {"items": model.n_items, "rules": name, "CPU µs": round(middle, 1),
                 "above none": round(middle - plain, 1)}
            )  # fmt: skip
            table.ratios[f"{size}, rules {name} / none"] = ratio(found, runs["none"])
    return table


def _answer_all(model: ServingModel, book: RuleBook | None, asked: list[str]) -> float:
    """Return the microseconds of an answer."""
    begun = time.process_time()
    for item_id in asked:
        rules = None if book is None else book.of_list("similar", model.row_of[item_id])
        items = model.similar(item_id, K, selection=Selection(rules=rules))
        if rules is not None:
            rules.told(items, model.row_of, model.item_ids)
    return (time.process_time() - begun) / len(asked) * 1e6


def _book(model: ServingModel, rules: list[dict[str, Any]]) -> RuleBook | None:
    if not rules:
        return None
    named = [Rule.model_validate({"name": f"r{n}", **values}) for n, values in enumerate(rules)]
    return RuleBook(named, model.columns, model.row_of)


def _model(n_items: int, n_relationships: int, seed: int) -> ServingModel:
    random = np.random.default_rng(seed)
    centres = random.standard_normal((n_items // 50, DIMENSION)).astype(np.float32)
    labels = random.integers(0, len(centres), n_items)
    noise = random.standard_normal((n_items, DIMENSION)).astype(np.float32)
    vectors = centres[labels] + 0.7 * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = tuple(f"i{row}" for row in range(n_items))
    ends = random.integers(0, n_items, (2, n_relationships), dtype=np.int32)
    weights = np.exp(random.standard_normal(n_relationships, dtype=np.float32))
    support = np.full(n_items, 50, np.int64)
    graph = build_item_graph(ids, ends[0], ends[1], weights, support=support, is_directed=False)
    price = typed_column((random.random(n_items) * 100).tolist())
    assert price is not None
    model = ServingModel(
        "bench", ids, ids, tuple(f"c{label % N_CATEGORIES}" for label in labels), support, vectors,
        graph, ServingSettings(), nearest=nearest_lists(vectors, support > 0, seed=seed),
        properties={"price": price},
    )  # fmt: skip
    model.warm_up()
    return model
