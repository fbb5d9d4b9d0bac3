"""What recommendations are asked with: query parameters and bodies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from recommender.columns import MAX_ID_LENGTH
from recommender.serve import ListRules, Method, Selection
from recommender.serve.cursor import MAX_LENGTH as MAX_CURSOR
from recommender.serve.filters import MAX_LENGTH as MAX_FILTER
from recommender.serve.model import MAX_K
from recommender.serve.ranking import DEFAULT_K

MAX_SESSION = 500  # items of one session
MAX_EXCLUDED = 500  # items left out by name
MAX_FIELDS = 64
MAX_BATCH = 100  # requests in one body


def _digits_only(value: Any) -> Any:
    # Left alone, pydantic takes "5.0", " 5 " and "1_000" for integers.
    if isinstance(value, str) and not (value.isascii() and value.lstrip("-").isdigit()):
        raise PydanticCustomError("whole_number", "must be a whole number")
    return value


# Bounds stand before the validator, or they are missing in the schema.
ListLength = Annotated[int, Field(ge=1, le=MAX_K), BeforeValidator(_digits_only)]
SearchLength = Annotated[int, Field(ge=1, le=100), BeforeValidator(_digits_only)]
Support = Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(_digits_only)]
ItemId = Annotated[str, Field(max_length=MAX_ID_LENGTH)]


class Query(BaseModel):
    """Query parameters; one that is not known is refused rather than silently ignored."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Return the JSON schema.

        flask-openapi3 asks for it at every request, to see which parameters are lists: making it
        takes twice as long as all else in an answer, so that is found out once, and no more is
        told.
        """
        if arguments or options:
            return super().model_json_schema(*arguments, **options)
        kinds = _KINDS.get(cls)
        if kinds is None:
            properties = super().model_json_schema()["properties"]
            kinds = {name: {"type": part.get("type", "")} for name, part in properties.items()}
            kinds = _KINDS[cls] = {"properties": kinds}
        return kinds


_KINDS: dict[type[BaseModel], dict[str, Any]] = {}


class ItemPath(BaseModel):
    """An item in the path."""

    item_id: str = Field(
        description="The item's id, percent-encoded, slashes too (`a/b` is `a%2Fb`).",
        json_schema_extra={"example": "85123A"},
    )


class UserPath(BaseModel):
    """A user in the path."""

    user_id: str = Field(
        description="The user's id, percent-encoded, slashes too.",
        json_schema_extra={"example": "17850"},
    )


class Choice(BaseModel):
    """How many items, which of the catalogue, and what is told of them."""

    k: ListLength = Field(
        DEFAULT_K, description="Length of the list.", json_schema_extra={"example": 5}
    )
    limit: ListLength | None = Field(None, description="The same as `k`.")
    n: ListLength | None = Field(None, description="The same as `k`.")
    category: str | None = Field(
        None,
        max_length=MAX_ID_LENGTH,
        description="Only items of this category: short for a filter.",
        json_schema_extra={"example": "mugs"},
    )
    filter: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_FILTER,
        description=(
            "Only items that pass: comparisons of properties, joined by AND, OR, NOT and "
            "parentheses. The list is full whenever enough items pass."
        ),
        json_schema_extra={"example": "price < 20 AND NOT category IN ('bags', 'hats')"},
    )
    exclude_item: list[ItemId] = Field(
        [],
        max_length=MAX_EXCLUDED,
        description="Items to leave out.",
        json_schema_extra={"example": ["22469"]},
    )
    diversity: float = Field(
        0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="0: by score alone. Above, the less alike items are (MMR).",
        json_schema_extra={"example": 0.3},
    )
    fields: list[str] = Field(
        [],
        max_length=MAX_FIELDS,
        description="Properties to tell of each item, under `fields`: names, several by commas.",
        json_schema_extra={"example": ["title", "category", "price"]},
    )

    @model_validator(mode="after")
    def _has_one_length(self) -> Choice:
        given = {self.limit, self.n, self.k if "k" in self.model_fields_set else None} - {None}
        if len(given) > 1:
            raise PydanticCustomError("one_length", "k, limit and n are the same: give one")
        return self

    @property
    def length(self) -> int:
        """The length of the list by whatever name."""
        return self.limit or self.n or self.k

    @property
    def field_names(self) -> list[str]:
        """The names in ``fields``, which a query separates by commas."""
        return [name for some in self.fields for name in some.split(",") if name]

    def selection(self, start: int = 0, rules: ListRules | None = None) -> Selection:
        """Return what may be shown, from a place of the ranking on."""
        left_out = tuple(self.exclude_item)
        return Selection(start, self.diversity, self.filter, self.category, left_out, rules=rules)


class Paged(Choice):
    """A choice that can be gone on with, from a version of one's own."""

    model: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Answer from this version; by default the active one.",
    )
    cursor: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_CURSOR,
        description="`next_cursor` of the page before, the other parameters as they were.",
    )


class Visited(BaseModel):
    """Who is to see a list, where that is not in the question."""

    visitor: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Who is to see the list: what experiments go by. Without it there is none.",
        json_schema_extra={"example": "v-81f3"},
    )


class SimilarChoice(Visited, Choice):
    """How items similar to one are chosen."""

    method: Method = Field(
        "hybrid",
        description="`embedding`: cosine. `graph`: relationship weight. `hybrid`: both.",
        json_schema_extra={"example": "hybrid"},
    )
    min_support: Support | None = Field(
        None,
        description="Leave out items in fewer sessions than this; by default what the model says.",
        json_schema_extra={"example": 1},
    )


class HistoryChoice(Choice):
    """How items for a history are chosen."""

    method: Method = Field("hybrid", description="What scores; `hybrid` blends the other two.")
    exclude_seen: bool = Field(True, description="Leave out the items of the history.")


class SimilarQuery(SimilarChoice, Paged, Query):
    """What to answer with."""

    explain: bool = Field(
        False,
        description="Tell the `reasons` of each item out of the graph; for at most 100 items.",
        json_schema_extra={"example": True},
    )


class ExplanationQuery(Query):
    """Which item is to be explained."""

    to: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="The id of the other item; it has to be given.",
        json_schema_extra={"example": "22469"},
    )


class PopularQuery(Visited, Paged, Query):
    """Which popular items."""

    min_support: Support | None = Field(
        None,
        description="Leave out items in fewer sessions than this; by default what the model says.",
    )


class UserQuery(HistoryChoice, Paged, Query):
    """What to answer a user with."""


def _session_items() -> Any:
    return Field(
        max_length=MAX_SESSION,
        description="Item ids, oldest first; may be empty.",
        json_schema_extra={"example": ["85123A", "22469"]},
    )


class SessionBody(Visited, HistoryChoice, Paged):
    """What an unknown visitor has looked at, and what to answer with."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]  # flask-openapi3's own
        extra="forbid",
        strict=True,
        openapi_extra={"example": {"items": ["85123A", "22469"], "k": 5}},
    )

    items: list[ItemId] = _session_items()


class SimilarRequest(SimilarChoice):
    """One question of a batch: items similar to one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["similar"]
    item_id: str


class UserRequest(HistoryChoice):
    """One question of a batch: items for a user."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["user"]
    user_id: str


class SessionRequest(Visited, HistoryChoice):
    """One question of a batch: items for a session."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["session"]
    items: list[ItemId] = _session_items()


BatchRequest = Annotated[SimilarRequest | UserRequest | SessionRequest, Field(discriminator="kind")]


class BatchBody(BaseModel):
    """Several questions, all answered from one version."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]  # flask-openapi3's own
        extra="forbid",
        strict=True,
        openapi_extra={
            "example": {
                "requests": [
                    {"kind": "similar", "item_id": "85123A", "k": 5},
                    {"kind": "user", "user_id": "17850", "category": "mugs"},
                    {"kind": "session", "items": ["85123A", "22469"], "diversity": 0.3},
                ]
            }
        },
    )

    requests: list[BatchRequest] = Field(min_length=1, max_length=MAX_BATCH)
    model: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_ID_LENGTH,
        description="Answer from this version; by default the active one.",
    )
