"""Which variant of an experiment answers a question, and the note that it did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from recommender.api.questions import Choice
from recommender.api.state import RequestState
from recommender.directives import Route
from recommender.experiments import Assignment, Experiment
from recommender.exposures import ExposureLog
from recommender.serve import ModelWatcher, ServingModel, SimilarItem

Asked = TypeVar("Asked", bound=Choice)

CHANGEABLE = ("method", "diversity", "model")  # by names of the question's own


class Treatment(NamedTuple, Generic[Asked]):
    """A question as it is answered."""

    choice: Asked
    route: Route
    unit: str | None = None
    assignment: Assignment | None = None
    model: ServingModel | None = None  # the variant's
    has_rules: bool = True


def treated(
    watcher: ModelWatcher,
    route: Route,
    choice: Asked,
    unit: str | None,
    *,
    one_version: bool = False,
) -> Treatment[Asked]:
    """Return a question with what its variant changes.

    Of several experiments the first by name in which the unit takes part answers. A question takes
    no part in one if it says itself what is compared there, or if the variant's model is not in
    memory; with ``one_version``, neither if the variant has a model of its own.
    """
    plain = Treatment(choice, route, unit)
    if unit is None:
        return plain
    for experiment in watcher.directives.experiments:
        if route not in experiment.routes or _says_itself(choice, experiment):
            continue
        variant = experiment.variant_of(unit)
        if variant is None:
            continue
        changes = variant.changes
        model = None if changes.model is None else watcher.in_memory(changes.model)
        if changes.model is not None and (model is None or one_version):
            continue
        changed = changes.model_dump(include=set(CHANGEABLE), exclude_none=True)
        return Treatment(
            choice.model_copy(update=changed) if changed else choice,
            route,
            unit,
            Assignment(experiment.name, variant.name),
            model,
            changes.rules is not False,
        )
    return plain


def _says_itself(choice: Choice, experiment: Experiment) -> bool:
    compared = {
        name
        for variant in experiment.variants
        for name in CHANGEABLE
        if getattr(variant.changes, name) is not None
    }
    return bool(compared & choice.model_fields_set)


def note_exposure(
    log: ExposureLog | None,
    treatment: Treatment[Any],
    model: ServingModel,
    items: list[SimilarItem],
    state: RequestState,
) -> None:
    """Tell of the variant: the exposure log, and by the state headers and metrics."""
    assignment = treatment.assignment
    if assignment is None:
        return
    state.note_variant(assignment)
    if log is not None:
        log.note(
            {
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "experiment": assignment.experiment,
                "variant": assignment.variant,
                "unit": treatment.unit,
                "route": treatment.route,
                "model_version": model.version,
                "items": [item.item_id for item in items],
                "request_id": state.request_id,
            }
        )
