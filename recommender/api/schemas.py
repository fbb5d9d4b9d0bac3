"""Shapes of requests and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from recommender.serve import Method, Source
from recommender.serve.catalogue import MAX_ID_LENGTH, MAX_QUERY_LENGTH
from recommender.serve.model import MAX_K
from recommender.serve.ranking import DEFAULT_K


def _digits_only(value: Any) -> Any:
    # Left alone, pydantic takes "5.0", " 5 " and "1_000" for integers.
    if isinstance(value, str) and not (value.isascii() and value.lstrip("-").isdigit()):
        raise PydanticCustomError("whole_number", "must be a whole number")
    return value


MAX_SESSION = 500  # items of one session

WholeNumber = Annotated[int, BeforeValidator(_digits_only)]


class _Query(BaseModel):
    """Query parameters; one that is not known is refused rather than silently ignored."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Return the JSON schema.

        flask-openapi3 asks for it at every request, to see which parameters are lists: making it
        takes twice as long as all else in an answer, so it is made once.
        """
        if arguments or options:
            return super().model_json_schema(*arguments, **options)
        schema = _SCHEMAS.get(cls)
        if schema is None:
            schema = _SCHEMAS[cls] = super().model_json_schema()
        return schema


_SCHEMAS: dict[type[BaseModel], dict[str, Any]] = {}


class ItemPath(BaseModel):
    """An item in the path."""

    item_id: str = Field(
        description="The item's id, percent-encoded, slashes too (`a/b` is `a%2Fb`)."
    )


class SimilarQuery(_Query):
    """What to answer with."""

    k: WholeNumber = Field(DEFAULT_K, ge=1, le=MAX_K, description="Length of the list.")
    method: Method = Field(
        "hybrid",
        description="`embedding`: cosine. `graph`: relationship weight. `hybrid`: both.",
    )
    min_support: WholeNumber | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="Leave out items in fewer sessions than this; by default what the model says.",
    )


class UserPath(BaseModel):
    """A user in the path."""

    user_id: str = Field(description="The user's id, percent-encoded, slashes too.")


class UserQuery(_Query):
    """What to answer a user with."""

    k: WholeNumber = Field(DEFAULT_K, ge=1, le=MAX_K, description="Length of the list.")
    method: Method = Field("hybrid", description="What scores; `hybrid` blends the other two.")
    exclude_seen: bool = Field(True, description="Leave out what the user has had.")


class SessionBody(BaseModel):
    """What an unknown visitor has looked at, and what to answer with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: list[Annotated[str, Field(max_length=MAX_ID_LENGTH)]] = Field(
        max_length=MAX_SESSION, description="Item ids, oldest first; may be empty."
    )
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K, description="Length of the list.")
    method: Method = Field("hybrid", description="What scores; `hybrid` blends the other two.")
    exclude_seen: bool = Field(True, description="Leave out the items of the session.")


class SearchQuery(_Query):
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
    limit: WholeNumber = Field(20, ge=1, le=100, description="Length of the list.")

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
    """One item."""

    request_id: str


class ItemsAnswer(BaseModel):
    """Items found, best first."""

    items: list[Item]
    request_id: str


class SimilarItemShape(BaseModel):
    """One recommendation."""

    item_id: str
    title: str | None
    score: float = Field(description="Higher is better; comparable within one source.")
    rank: int = Field(description="From 1.")
    source: Source = Field(description="What put it there.")


class SimilarAnswer(BaseModel):
    """The items most similar to one, best first, the item itself left out."""

    item_id: str
    items: list[SimilarItemShape]
    model_version: str
    request_id: str


class UserAnswer(BaseModel):
    """Items for a user, best first."""

    user_id: str
    items: list[SimilarItemShape]
    model_version: str
    request_id: str


class SessionAnswer(BaseModel):
    """Items for a session, best first."""

    items: list[SimilarItemShape]
    unknown_items: list[str] = Field(description="Ids that the model does not know.")
    model_version: str
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


class ParameterProblem(BaseModel):
    """What is wrong with one parameter."""

    name: str
    reason: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None
    errors: list[ParameterProblem] | None = None
