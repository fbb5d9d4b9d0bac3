"""Routes of business rules and experiments: list, put, delete; for the scope ``admin``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel, ConfigDict, Field

from graphdb import GraphDbError
from recommender.api.errors import problems
from recommender.api.schemas import (
    ExperimentAnswer,
    ExperimentsAnswer,
    RuleAnswer,
    RulesAnswer,
)
from recommender.directives import NAME_PATTERN
from recommender.errors import UnknownDirectiveError
from recommender.experiments import (
    Experiment,
    ExperimentBody,
    delete_experiment,
    list_experiments,
    put_experiments,
)
from recommender.rules import Rule, RuleBody, delete_rule, list_rules, put_rules
from recommender.serve import ModelWatcher, check_rule

DEADLINE_S = 1.5

RULES = Tag(name="rules")
EXPERIMENTS = Tag(name="experiments")

Answer = dict[str, Any]


class RulePath(BaseModel):
    """A rule in the path."""

    name: str = Field(
        pattern=NAME_PATTERN,
        description="The rule's name.",
        json_schema_extra={"example": "new-first"},
    )


class ExperimentPath(BaseModel):
    """An experiment in the path."""

    name: str = Field(
        pattern=NAME_PATTERN,
        description="The experiment's name.",
        json_schema_extra={"example": "blend"},
    )


class RuleInBody(RuleBody):
    """A rule without its name."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]  # flask-openapi3's own
        openapi_extra={
            "example": {"kind": "boost", "filter": "price < 20", "factor": 1.5},
        }
    )


class ExperimentInBody(ExperimentBody):
    """An experiment without its name."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]  # flask-openapi3's own
        openapi_extra={
            "example": {
                "share": 0.5,
                "variants": [
                    {"name": "as-now"},
                    {"name": "graph", "changes": {"method": "graph"}},
                ],
            },
        }
    )


def add_directives(app: OpenAPI, watcher: ModelWatcher) -> None:
    """Add the routes of rules and experiments."""
    _add_rules(app, watcher)
    _add_experiments(app, watcher)


def _add_rules(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get("/v1/rules", tags=[RULES], responses={200: RulesAnswer, **problems(503)})
    def rules() -> Answer:
        """Every business rule."""
        watcher.check_database()
        found, wrong = list_rules(watcher.database, deadline_s=DEADLINE_S)
        shapes = [_rule_shape(watcher, rule) for rule in found]
        return {"rules": shapes, "problems": wrong, "request_id": g.request_id}

    @app.put(
        "/v1/rules/<name>",
        tags=[RULES],
        description="Acts at once in the process that answers, within two seconds in the others.",
        responses={200: RuleAnswer, **problems(400, 413, 503)},
    )
    def put_rule(path: RulePath, body: RuleInBody) -> Answer:
        """Make a business rule, or replace the one of that name."""
        watcher.check_database()
        rule = Rule.model_validate({**body.model_dump(), "name": path.name})
        if watcher.model is not None:
            check_rule(rule, watcher.model.columns)
        put_rules(watcher.database, [rule], deadline_s=DEADLINE_S)
        _follow(watcher)
        return {**_rule_shape(watcher, rule), "request_id": g.request_id}

    @app.delete("/v1/rules/<name>", tags=[RULES], responses={204: None, **problems(400, 404, 503)})
    def remove_rule(path: RulePath) -> Response:
        """Delete a business rule."""
        watcher.check_database()
        if not delete_rule(watcher.database, path.name, deadline_s=DEADLINE_S):
            raise UnknownDirectiveError(f"There is no rule '{path.name}'.")
        _follow(watcher)
        return Response(status=204)


def _rule_shape(watcher: ModelWatcher, rule: Rule) -> Answer:
    book = watcher.directives.book(watcher.model) if watcher.model else None
    booked = book.booked.get(rule.name) if book else None
    return {
        **rule.model_dump(mode="json"),
        "is_in_force": rule.holds(datetime.now(UTC)),
        "n_items": booked.n_items if booked else None,
        "problem": book.problems.get(rule.name) if book else None,
    }


def _add_experiments(app: OpenAPI, watcher: ModelWatcher) -> None:
    @app.get(
        "/v1/experiments", tags=[EXPERIMENTS], responses={200: ExperimentsAnswer, **problems(503)}
    )
    def experiments() -> Answer:
        """Every experiment."""
        watcher.check_database()
        found, wrong = list_experiments(watcher.database, deadline_s=DEADLINE_S)
        shapes = [_experiment_shape(watcher, experiment) for experiment in found]
        return {"experiments": shapes, "problems": wrong, "request_id": g.request_id}

    @app.put(
        "/v1/experiments/<name>",
        tags=[EXPERIMENTS],
        description="Acts at once in the process that answers, within two seconds in the others.",
        responses={200: ExperimentAnswer, **problems(400, 413, 503)},
    )
    def put_experiment(path: ExperimentPath, body: ExperimentInBody) -> Answer:
        """Make an experiment, or replace the one of that name."""
        watcher.check_database()
        experiment = Experiment.model_validate({**body.model_dump(), "name": path.name})
        put_experiments(watcher.database, [experiment], deadline_s=DEADLINE_S)
        _follow(watcher)
        return {**_experiment_shape(watcher, experiment), "request_id": g.request_id}

    @app.delete(
        "/v1/experiments/<name>",
        tags=[EXPERIMENTS],
        responses={204: None, **problems(400, 404, 503)},
    )
    def remove_experiment(path: ExperimentPath) -> Response:
        """Delete an experiment."""
        watcher.check_database()
        if not delete_experiment(watcher.database, path.name, deadline_s=DEADLINE_S):
            raise UnknownDirectiveError(f"There is no experiment '{path.name}'.")
        _follow(watcher)
        return Response(status=204)


def _experiment_shape(watcher: ModelWatcher, experiment: Experiment) -> Answer:
    versions = {variant.changes.model for variant in experiment.variants} - {None}
    return {
        **experiment.model_dump(mode="json"),
        "is_in_force": experiment.holds(datetime.now(UTC)),
        "missing_models": sorted(
            version for version in versions if version and watcher.in_memory(version) is None
        ),
    }


def _follow(watcher: ModelWatcher) -> None:
    """Have this process act by what was written; a poll will, should this fail."""
    try:
        watcher.directives.poll(watcher.database, watcher.model, deadline_s=DEADLINE_S)
    except GraphDbError:
        return
