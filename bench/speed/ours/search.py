"""The nearest items by Footpath: whole answers of the model that the server holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.speed.peers.searching import searched
from bench.speed.peers.worker import Clock, arguments, serve
from recommender.graph import build_item_graph
from recommender.serve import ServingModel, ServingSettings
from recommender.serve.nearest import nearest_lists

asked = arguments()
vectors, true = np.load(asked["vectors"]), np.load(asked["true"])
n_items = len(vectors)
setup = Clock()
with setup.running():
    is_shown = np.ones(n_items, bool)
    nearest = nearest_lists(vectors, is_shown) if asked["has_lists"] else None
item_ids = tuple(map(str, range(n_items)))
no_rows = np.empty(0, np.int32)
support = np.ones(n_items, np.int64)
model = ServingModel(
    version="bench",
    item_ids=item_ids,
    titles=item_ids,
    categories=(None,) * n_items,
    support=support,
    vectors=vectors,
    graph=build_item_graph(
        item_ids, no_rows, no_rows, np.empty(0, np.float32), support=support, is_directed=True
    ),
    settings=ServingSettings(),
    nearest=nearest,
)
model.warm_up()


def run(number: int) -> dict[str, Any]:
    """Ask for some items, one at a time."""

    def find(row: int) -> list[int]:
        return [int(item.item_id) for item in model.similar(str(row), asked["k"], "embedding")]

    return searched(find, asked, number, true)


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
