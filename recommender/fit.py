"""From loaded interactions to a served model: relate, walk, train, publish."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from graphdb import Database
from recommender.errors import InvalidParameterError
from recommender.graph import read_item_graph
from recommender.progress import Progress, no_progress
from recommender.publish import KEEP_VERSIONS, publish_embeddings
from recommender.relate import RelateReport, RelateSettings, relate_items
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, make_walks

Result = TypeVar("Result")

# Opens a progress bar for a named step and gives its callback.
Stage = Callable[[str, str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class FitSettings:
    """The settings of every step; the defaults give lists a shopkeeper would sign."""

    relate: RelateSettings = field(default_factory=RelateSettings)
    walk: WalkSettings = field(default_factory=WalkSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    # How lists are made, kept with the version; None: by the data, when serving.
    min_support: int | None = None
    graph_share: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that have no meaning."""
        if self.min_support is not None and self.min_support < 0:
            raise InvalidParameterError(f"min_support is {self.min_support}; it must be >= 0.")
        if self.graph_share is not None and self.graph_share < 0:
            raise InvalidParameterError(f"graph_share is {self.graph_share}; it must be >= 0.")


@dataclass(frozen=True)
class FitReport:
    """What fitting made, and how long each step took."""

    version: str
    relate: RelateReport
    n_items: int  # that have a vector now
    n_edges: int
    n_walks: int
    seconds: dict[str, float]


def silent_stage(title: str, unit: str) -> AbstractContextManager[Progress]:
    """Give a callback that tells nobody."""
    return nullcontext(no_progress)


def fit_model(
    database: Database,
    settings: FitSettings,
    *,
    n_threads: int | None = None,
    activate: bool = True,
    keep: int = KEEP_VERSIONS,
    stage: Stage = silent_stage,
) -> FitReport:
    """Run every step from loaded interactions to a published version, and return what was made."""
    seconds: dict[str, float] = {}

    def timed(name: str, unit: str, run: Callable[[Progress], Result]) -> Result:
        begun = time.perf_counter()
        with stage(name, unit) as progress:
            result = run(progress)
        seconds[name] = round(time.perf_counter() - begun, 3)
        return result

    related = timed(
        "relate", "relationships", lambda p: relate_items(database, settings.relate, progress=p)
    )
    graph = timed(
        "project",
        "relationships",
        lambda p: read_item_graph(database, settings.relate.relation, p),
    )
    corpus = timed(
        "walk", "walks", lambda p: make_walks(graph, settings.walk, n_threads=n_threads, progress=p)
    )
    trained = timed(
        "train", "tokens", lambda p: train_embeddings(corpus, settings.train, progress=p)
    )
    provenance = {**trained.provenance, **_serving(settings), "relate": asdict(settings.relate)}
    embeddings = replace(trained, provenance=provenance)
    version = timed(
        "publish",
        "items",
        lambda p: publish_embeddings(
            database, embeddings, activate=activate, keep=keep, progress=p
        ),
    )
    return FitReport(
        version, related, len(embeddings.item_ids), graph.n_edges, corpus.n_walks, seconds
    )


def _serving(settings: FitSettings) -> dict[str, Any]:
    chosen = {"min_support": settings.min_support, "graph_share": settings.graph_share}
    return {name: value for name, value in chosen.items() if value is not None}
