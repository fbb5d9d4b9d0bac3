"""Shapes of answers, and of the questions that are no recommendations."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from recommender.api.questions import Query, SearchLength
from recommender.experiments import ExperimentBody
from recommender.rules import RuleBody, RuleKind
from recommender.serve import Source
from recommender.serve.catalogue import MAX_QUERY_LENGTH


class ParameterProblem(BaseModel):
    """What is wrong with one parameter."""

    name: str
    reason: str
    position: int | None = Field(None, description="Of a filter: the character, from 1.")
    expected: list[str] | None = Field(None, description="Of a filter: what could stand there.")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None
    errors: list[ParameterProblem] | None = None


class SearchQuery(Query):
    """Which items to look for: by words of the title, or one by its id."""

    query: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_QUERY_LENGTH,
        description="Words of the title; the last may be the beginning of one.",
    )
    item_id: str | None = Field(
        None, description="An exact id: the way to look one up that ends in `/similar`."
    )
    limit: SearchLength = Field(20, description="Length of the list.")

    @model_validator(mode="after")
    def _is_one_question(self) -> SearchQuery:
        if (self.query is None) == (self.item_id is None):
            raise PydanticCustomError("one_question", "give either query or item_id")
        return self


class Item(BaseModel):
    """An item of the catalogue."""

    item_id: str
    title: str | None
    category: str | None
    support: int = Field(description="Sessions that hold the item.")


class ItemAnswer(Item):
    """One item, with all that the catalogue says of it."""

    is_hidden: bool = Field(description="Never recommended, never found by its title.")
    properties: dict[str, Any] = Field(description="Beside title and category.")
    request_id: str


class ItemsAnswer(BaseModel):
    """Items found, best first."""

    items: list[Item]
    request_id: str


class BetweenShape(BaseModel):
    """An item that both are related to."""

    item_id: str
    title: str | None
    weights: list[float] = Field(description="From the one to it, from it to the other.")


class ReasonsShape(BaseModel):
    """What the graph holds for one item to stand beside another."""

    weight: float | None = Field(description="Of the relationship between the two, if any.")
    count: int | None = Field(description="How often the pair was seen.")
    last_seen: str | None
    between: list[BetweenShape] = Field(description="Strongest first.")
    n_shared_sessions: int = Field(description="Among the item's latest interactions.")
    last_shared: str | None


class WayShape(BaseModel):
    """A way along relationships from one item to another."""

    item_ids: list[str]
    titles: list[str | None]
    weights: list[float]


class ReplayShape(BaseModel):
    """A query to run in Neo4j Browser, with its parameters."""

    cypher: str
    parameters: dict[str, Any]


class ExplanationAnswer(BaseModel):
    """Why one item goes with another."""

    item_id: str
    to: str
    relation: str = Field(description="TOGETHER or NEXT: what was followed.")
    reasons: ReasonsShape
    ways: list[WayShape] = Field(description="The shortest first, then the strongest.")
    replay: list[ReplayShape]
    model_version: str
    request_id: str


class Recommendation(BaseModel):
    """One recommendation."""

    item_id: str
    title: str | None
    score: float = Field(description="Higher is better; comparable within one source.")
    rank: int = Field(description="From 1, over all pages.")
    source: Source = Field(description="What put it there.")
    fields: dict[str, str | float | bool | None] = Field(
        {}, description="The properties that were asked for; there only if some were."
    )
    reasons: ReasonsShape | None = Field(
        None, description="There only if asked for; null: the item was deleted meanwhile."
    )


class RuleThatActed(BaseModel):
    """A business rule that acted on a list."""

    name: str
    kind: RuleKind
    items: list[str] = Field(
        description=(
            "boost, bury, pin: items of the list. cap: items that would stand there without it. "
            "hide: empty, it is told wherever it holds."
        )
    )


class VariantShape(BaseModel):
    """Which variant of which experiment answered."""

    experiment: str
    variant: str


class _Steered(BaseModel):
    """What steered a list."""

    rules: list[RuleThatActed] = Field(description="By name; empty: none acted.")
    variant: VariantShape | None = Field(description="null: no experiment.")


class _Recommendations(_Steered):
    """What every list has beside its items."""

    items: list[Recommendation]
    next_cursor: str | None = Field(
        description="Gives the next page, which may be empty; null: there is none."
    )
    model_version: str
    request_id: str


class SimilarAnswer(_Recommendations):
    """The items most similar to one, best first, the item itself left out."""

    item_id: str
    replay: ReplayShape | None = Field(
        None, description="The query that gave the reasons; there only if they were asked for."
    )


class PopularAnswer(_Recommendations):
    """Items that most sessions hold, best first."""


class UserAnswer(_Recommendations):
    """Items for a user, best first."""

    user_id: str


class SessionAnswer(_Recommendations):
    """Items for a session, best first."""

    unknown_items: list[str] = Field(description="Ids that the model does not know.")


class ListOfBatch(_Steered):
    """One list of a batch: of an item, a user or a session, by what it was asked for."""

    item_id: str | None = None
    user_id: str | None = None
    unknown_items: list[str] | None = None
    items: list[Recommendation]


class ResultOfBatch(BaseModel):
    """The answer to one question, or the problem with it."""

    status: int
    answer: ListOfBatch | None = None
    problem: Problem | None = None


class BatchAnswer(BaseModel):
    """The results of a batch, in the order of its requests."""

    results: list[ResultOfBatch]
    model_version: str
    request_id: str


class RuleShape(RuleBody):
    """A business rule, and how it stands in this process."""

    name: str
    is_in_force: bool = Field(description="Whether its dates let it act now.")
    n_items: int | None = Field(
        description="How many items of the loaded model it is about; null: it is not in force."
    )
    problem: str | None = Field(description="Why it cannot act on the loaded model.")


class RuleAnswer(RuleShape):
    """One business rule."""

    request_id: str


class RulesAnswer(BaseModel):
    """Every business rule, by name."""

    rules: list[RuleShape]
    problems: dict[str, str] = Field(
        description="Nodes that are no rules, changed by hand: what is wrong with them, by name."
    )
    request_id: str


class ExperimentShape(ExperimentBody):
    """An experiment, and how it stands in this process."""

    name: str
    is_in_force: bool = Field(description="Whether its dates let it act now.")
    missing_models: list[str] = Field(
        description="Versions that are not in memory yet, or not there: without them no one takes "
        "part whom the variant would answer."
    )


class ExperimentAnswer(ExperimentShape):
    """One experiment."""

    request_id: str


class ExperimentsAnswer(BaseModel):
    """Every experiment, by name."""

    experiments: list[ExperimentShape]
    problems: dict[str, str] = Field(
        description="Nodes that are no experiments, changed by hand: what is wrong, by name."
    )
    request_id: str


class Model(BaseModel):
    """A model version."""

    version: str
    status: str = Field(description="building, ready or pruning.")
    is_active: bool
    is_serving: bool = Field(description="Whether this process answers from it right now.")
    relation: str
    dimension: int
    n_items: int
    parameters: dict[str, Any]
    metrics: dict[str, Any]
    replaced: str | None = Field(description="The version that was active before it.")
    created_at: str
    published_at: str | None
    activated_at: str | None


class ModelsAnswer(BaseModel):
    """Every model version, the newest first."""

    models: list[Model]
    request_id: str


class LiveAnswer(BaseModel):
    """The process answers."""

    status: Literal["live"]
    request_id: str


class ReadyAnswer(BaseModel):
    """The database answers and a model is loaded."""

    status: Literal["ready"]
    model_version: str
    request_id: str
