"""From loaded interactions to a served model: relate, walk, train, publish."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from graphdb import Database
from graphdb.contents import count_graph
from recommender.choose import choose_settings
from recommender.communities import CommunityReport, CommunitySettings, make_communities
from recommender.embeddings import Embeddings
from recommender.errors import InvalidParameterError
from recommender.evaluate.split import MAX_DIMENSION, Task, natural_protocol
from recommender.fitted import Choice, train_choice
from recommender.graph import (
    ItemGraph,
    Relation,
    finished_relation,
    loaded_relation,
    read_item_graph,
)
from recommender.histories import Histories
from recommender.histories_from_graph import read_graph_histories
from recommender.item_map import MapMethod
from recommender.memory import MemoryEstimate, estimate_fitting, estimate_reading
from recommender.progress import Progress, Say, no_progress, say_nothing
from recommender.publish import KEEP_VERSIONS, MAP_METHOD, publish_embeddings
from recommender.relate import RelateReport, RelateSettings, relate_items
from recommender.train import TrainerName, TrainSettings, train_embeddings
from recommender.walks import WalkSettings, walks_to_train_on

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
    relate: RelateReport | None  # None: the relationships were loaded as such
    n_items: int  # that have a vector now
    n_walks: int  # 0: no walks were needed
    seconds: dict[str, float]
    choice: Choice | None = None  # what was chosen by the data, and why
    communities: CommunityReport | None = None


def silent_stage(title: str, unit: str) -> AbstractContextManager[Progress]:
    """Give a callback that tells nobody."""
    return nullcontext(no_progress)


class _Clock:
    """Runs steps one after the other and keeps how long each took."""

    def __init__(self, stage: Stage):
        self._stage = stage
        self.seconds: dict[str, float] = {}

    def run(self, name: str, unit: str, step: Callable[[Progress], Result]) -> Result:
        begun = time.perf_counter()
        with self._stage(name, unit) as progress:
            result = step(progress)
        self.seconds[name] = round(time.perf_counter() - begun, 3)
        return result


@dataclass(frozen=True)
class Ending:
    """What is done with the embeddings, and beside them."""

    activate: bool = True
    keep: int = KEEP_VERSIONS
    map_method: MapMethod | None = MAP_METHOD
    with_communities: bool = True  # Leiden, a second or two for 500,000 relationships

    def publish(self, database: Database, embeddings: Embeddings, clock: _Clock) -> str:
        """Publish as the last step and return the version."""
        return clock.run(
            "publish",
            "items",
            lambda progress: publish_embeddings(
                database,
                embeddings,
                activate=self.activate,
                keep=self.keep,
                map_method=self.map_method,
                progress=progress,
            ),
        )

    def communities(
        self, database: Database, relation: Relation, graph: ItemGraph | None, clock: _Clock
    ) -> CommunityReport | None:
        """Find the communities of what was related, unless nobody wants them."""
        if not self.with_communities or (graph is not None and not graph.n_edges):
            return None
        return clock.run(
            "communities",
            "items",
            lambda progress: make_communities(
                database, CommunitySettings(), relation, graph=graph, progress=progress
            ),
        )


def is_loaded_graph(database: Database) -> bool:
    """Whether the graph came as relationships: there is nothing to relate."""
    return not count_graph(database)["interactions"] and loaded_relation(database) is not None


def fit_model(
    database: Database,
    settings: FitSettings,
    *,
    n_threads: int | None = None,
    ending: Ending = Ending(),
    stage: Stage = silent_stage,
    check_memory: Callable[[MemoryEstimate], None] = lambda estimate: None,
) -> FitReport:
    """Run every step from loaded interactions to a published version, and return what was made.

    Without interactions, the relationships that were loaded are taken as they are.
    ``check_memory`` is told what a step will take before it begins, and may raise an error.
    """
    clock = _Clock(stage)
    walk, train = settings.walk, settings.train
    related, relation = _relate(database, settings.relate, clock)
    counts = count_graph(database)
    check_memory(estimate_reading(counts["items"], counts[relation.lower()]))
    graph = clock.run("project", "relationships", lambda p: read_item_graph(database, relation, p))
    check_memory(estimate_fitting(graph, walk, train, n_threads))
    communities = ending.communities(database, relation, graph, clock)
    walks = clock.run(
        "walk", "walks", lambda p: walks_to_train_on(graph, walk, n_threads=n_threads, progress=p)
    )
    trained = clock.run("train", "tokens", lambda p: train_embeddings(walks, train, progress=p))
    how_related = {} if related is None else {"relate": asdict(settings.relate)}
    provenance = {**trained.provenance, **_serving(settings), **how_related}
    embeddings = replace(trained, provenance=provenance)
    version = ending.publish(database, embeddings, clock)
    n_items = len(embeddings.item_ids)
    return FitReport(
        version, related, n_items, walks.n_walks, clock.seconds, communities=communities
    )


def _relate(
    database: Database, settings: RelateSettings, clock: _Clock
) -> tuple[RelateReport | None, Relation]:
    """Relate what is loaded; of a graph that was loaded as such, return its relation."""
    if is_loaded_graph(database):
        return None, finished_relation(database).name
    related = clock.run(
        "relate", "relationships", lambda p: relate_items(database, settings, progress=p)
    )
    return related, settings.relation


def fit_auto(
    database: Database,
    *,
    k: int = 20,
    seed: int = 1,
    max_dimension: int = MAX_DIMENSION,
    trainer: TrainerName = "spectral",
    ending: Ending = Ending(),
    say: Say = say_nothing,
    stage: Stage = silent_stage,
) -> FitReport:
    """Look at the data, choose what suits it on a validation part, fit that and publish it.

    Where the interactions have times, the last item of each user is hidden while choosing, or the
    last tenth where histories are long; else a random tenth. What was chosen is kept with the
    version, and why.

    Parameters
    ----------
    database : Database
        With interactions loaded.
    k : int
        Length of the lists to do well on.
    seed : int
        Of the validation part and the decomposition.
    max_dimension : int
        Most coordinates of a vector.
    trainer : {"spectral", "word2vec"}
        What makes the vectors.
    say : callable
        Told each decision in a sentence.
    """
    clock = _Clock(stage)
    histories = _read(database, clock)
    task = Task(natural_protocol(histories), k, seed, max_dimension=max_dimension)
    choice = clock.run(
        "choose",
        "trials",
        lambda p: choose_settings(histories, task, trainer=trainer, say=say, progress=p),
    )
    return _fit_choice(database, histories, choice, clock, ending)


def fit_chosen(
    database: Database,
    choice: Choice,
    *,
    ending: Ending = Ending(),
    stage: Stage = silent_stage,
) -> FitReport:
    """Fit and publish settings that were chosen before, such as those of ``footpath tune``."""
    clock = _Clock(stage)
    histories = _read(database, clock)
    return _fit_choice(database, histories, choice, clock, ending)


def _read(database: Database, clock: _Clock) -> Histories:
    return clock.run("read", "interactions", lambda p: read_graph_histories(database, p))


def _fit_choice(
    database: Database,
    histories: Histories,
    choice: Choice,
    clock: _Clock,
    ending: Ending,
) -> FitReport:
    related = clock.run(
        "relate", "relationships", lambda p: relate_items(database, choice.relate, progress=p)
    )
    trained = clock.run("train", "tokens", lambda p: train_choice(histories, choice, progress=p))
    embeddings = replace(trained, provenance=_provenance_of(choice, trained.provenance))
    communities = ending.communities(database, choice.relate.relation, None, clock)
    version = ending.publish(database, embeddings, clock)
    n_items = len(embeddings.item_ids)
    return FitReport(version, related, n_items, 0, clock.seconds, choice, communities)


def _provenance_of(choice: Choice, trained: dict[str, Any]) -> dict[str, Any]:
    return {
        **trained,
        "graph": {**trained["graph"], "is_directed": choice.relate.is_directed},
        "relate": asdict(choice.relate),
        "scoring": choice.scoring.to_json(),
        "reasons": list(choice.reasons),
        "metrics": {f"validation_ndcg@{choice.k}": choice.value()} if choice.trials else {},
    }


def _serving(settings: FitSettings) -> dict[str, Any]:
    chosen = {"min_support": settings.min_support, "graph_share": settings.graph_share}
    return {name: value for name, value in chosen.items() if value is not None}
