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
from recommender.embeddings import Embeddings
from recommender.errors import InvalidParameterError
from recommender.evaluate.split import MAX_DIMENSION, Task, natural_protocol
from recommender.fitted import Choice, train_choice
from recommender.graph import read_item_graph
from recommender.histories import Histories
from recommender.histories_from_graph import read_graph_histories
from recommender.memory import MemoryEstimate, estimate_fitting, estimate_reading
from recommender.progress import Progress, Say, no_progress, say_nothing
from recommender.publish import KEEP_VERSIONS, publish_embeddings
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
    relate: RelateReport
    n_items: int  # that have a vector now
    n_walks: int  # 0: no walks were needed
    seconds: dict[str, float]
    choice: Choice | None = None  # what was chosen by the data, and why


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

    def publish(
        self, database: Database, embeddings: Embeddings, *, activate: bool, keep: int
    ) -> str:
        """Publish as the last step and return the version."""
        return self.run(
            "publish",
            "items",
            lambda p: publish_embeddings(
                database, embeddings, activate=activate, keep=keep, progress=p
            ),
        )


def fit_model(
    database: Database,
    settings: FitSettings,
    *,
    n_threads: int | None = None,
    activate: bool = True,
    keep: int = KEEP_VERSIONS,
    stage: Stage = silent_stage,
    check_memory: Callable[[MemoryEstimate], None] = lambda estimate: None,
) -> FitReport:
    """Run every step from loaded interactions to a published version, and return what was made.

    ``check_memory`` is told what a step will take before it begins, and may raise an error.
    """
    clock = _Clock(stage)
    relate, walk, train = settings.relate, settings.walk, settings.train
    related = clock.run(
        "relate", "relationships", lambda p: relate_items(database, relate, progress=p)
    )
    check_memory(estimate_reading(count_graph(database)["items"], related.n_relationships))
    graph = clock.run(
        "project", "relationships", lambda p: read_item_graph(database, relate.relation, p)
    )
    check_memory(estimate_fitting(graph, walk, train, n_threads))
    walks = clock.run(
        "walk", "walks", lambda p: walks_to_train_on(graph, walk, n_threads=n_threads, progress=p)
    )
    trained = clock.run("train", "tokens", lambda p: train_embeddings(walks, train, progress=p))
    provenance = {**trained.provenance, **_serving(settings), "relate": asdict(relate)}
    embeddings = replace(trained, provenance=provenance)
    version = clock.publish(database, embeddings, activate=activate, keep=keep)
    n_items = len(embeddings.item_ids)
    return FitReport(version, related, n_items, walks.n_walks, clock.seconds)


def fit_auto(
    database: Database,
    *,
    k: int = 20,
    seed: int = 1,
    max_dimension: int = MAX_DIMENSION,
    trainer: TrainerName = "spectral",
    activate: bool = True,
    keep: int = KEEP_VERSIONS,
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
    return _fit_choice(database, histories, choice, clock, activate=activate, keep=keep)


def fit_chosen(
    database: Database,
    choice: Choice,
    *,
    activate: bool = True,
    keep: int = KEEP_VERSIONS,
    stage: Stage = silent_stage,
) -> FitReport:
    """Fit and publish settings that were chosen before, such as those of ``footpath tune``."""
    clock = _Clock(stage)
    histories = _read(database, clock)
    return _fit_choice(database, histories, choice, clock, activate=activate, keep=keep)


def _read(database: Database, clock: _Clock) -> Histories:
    return clock.run("read", "interactions", lambda p: read_graph_histories(database, p))


def _fit_choice(
    database: Database,
    histories: Histories,
    choice: Choice,
    clock: _Clock,
    *,
    activate: bool,
    keep: int,
) -> FitReport:
    related = clock.run(
        "relate", "relationships", lambda p: relate_items(database, choice.relate, progress=p)
    )
    trained = clock.run("train", "tokens", lambda p: train_choice(histories, choice, progress=p))
    embeddings = replace(trained, provenance=_provenance_of(choice, trained.provenance))
    version = clock.publish(database, embeddings, activate=activate, keep=keep)
    n_items = len(embeddings.item_ids)
    return FitReport(version, related, n_items, 0, clock.seconds, choice)


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
