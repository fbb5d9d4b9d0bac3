"""Bodies that change something, and what is answered: items and events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from recommender.columns import CATEGORY, DEFAULT_TYPE, MAX_ID_LENGTH, TITLE
from recommender.events import MAX_EVENTS, Event, Outcome
from recommender.items import (
    MAX_CHANGES,
    MAX_NAME_LENGTH,
    MAX_PROPERTIES,
    MAX_TEXT,
    ItemWrite,
    Operation,
    Value,
)

MAX_EVENT_ID = 128
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
Whole = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
Fraction = Annotated[float, Field(strict=True, allow_inf_nan=False)]
PropertyValue = StrictBool | Whole | Fraction | Text | None
PropertyName = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]


class Body(BaseModel):
    """A body; a member that is not known is refused rather than silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ItemBody(Body):
    """What an item is to be, or, patching it, what is to be changed."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]
        extra="forbid",
        openapi_extra={
            "example": {
                "title": "WHITE HANGING HEART T-LIGHT HOLDER",
                "category": "mugs",
                "properties": {"price": 2.55, "in_stock": True},
            }
        },
    )

    title: Text | None = Field(None, json_schema_extra={"example": "RED LAMP"})
    category: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] | None = Field(
        None, json_schema_extra={"example": "lamps"}
    )
    properties: dict[PropertyName, PropertyValue] = Field(
        {},
        max_length=MAX_PROPERTIES,
        description="Beside title and category; null takes one away.",
        json_schema_extra={"example": {"price": 12.5, "in_stock": True}},
    )
    is_hidden: StrictBool | None = Field(
        None, description="Never recommend it; left out, that stays as it is."
    )

    def write(self, operation: Operation, item_id: str) -> ItemWrite:
        """Return what the body asks for."""
        properties: dict[str, Value] = dict(self.properties)
        if "title" in self.model_fields_set:
            properties[TITLE] = self.title
        if "category" in self.model_fields_set:
            properties[CATEGORY] = self.category
        return ItemWrite(operation, item_id, properties, self.is_hidden)


class ItemOperation(ItemBody):
    """One of several changes."""

    operation: Operation = Field(
        description="hide, show and delete take nothing but the item's id.",
        json_schema_extra={"example": "patch"},
    )
    item_id: Id = Field(json_schema_extra={"example": "85123A"})


class BulkBody(Body):
    """Changes of several items, made together or not at all."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]
        extra="forbid",
        openapi_extra={
            "example": {
                "operations": [
                    {"operation": "patch", "item_id": "85123A", "properties": {"in_stock": False}},
                    {"operation": "hide", "item_id": "22469"},
                    {"operation": "put", "item_id": "NEW-1", "title": "RED LAMP"},
                ]
            }
        },
    )

    operations: list[ItemOperation] = Field(min_length=1, max_length=MAX_CHANGES)


class ItemResult(BaseModel):
    """What became of one change."""

    item_id: str
    status: Literal[200, 201, 404] = Field(
        description="201: created. 404: there is no such item, and nothing was done."
    )


class BulkAnswer(BaseModel):
    """What became of each change, in the order of the operations."""

    results: list[ItemResult]
    request_id: str


def _time(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("time_text", "must be a time as ISO 8601 text")
    return value


class EventBody(Body):
    """Somebody did something with an item."""

    event_id: str = Field(
        min_length=1,
        max_length=MAX_EVENT_ID,
        description="Chosen by the caller: what is sent again under it is not written again.",
        json_schema_extra={"example": "order-536365-1"},
    )
    item_id: Id = Field(json_schema_extra={"example": "85123A"})
    user_id: Id | None = Field(None, json_schema_extra={"example": "17850"})
    session_id: Id | None = Field(
        None, description="The visit; there must be a user or a session, or both."
    )
    at: Annotated[datetime, BeforeValidator(_time)] | None = Field(
        None,
        description="ISO 8601 with its offset; now if left out.",
        json_schema_extra={"example": "2026-01-31T12:00:00Z"},
    )
    type: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] = Field(
        DEFAULT_TYPE, description="Kind of interaction, such as view or purchase."
    )
    value: Fraction | None = Field(None, description="Quantity or rating.")

    @model_validator(mode="after")
    def _is_of_somebody(self) -> Self:
        if self.user_id is None and self.session_id is None:
            raise PydanticCustomError("nobody", "give a user_id or a session_id")
        if self.at is not None and self.at.tzinfo is None:
            raise PydanticCustomError("no_offset", "at: add the offset, such as Z")
        if self.at is not None and not EARLIEST <= self.at < LATEST:
            raise PydanticCustomError("far_time", "at: must be between the years 1900 and 2200")
        return self

    def event(self) -> Event:
        """Return the event as the graph takes it."""
        at = None if self.at is None else self.at.astimezone(UTC)
        return Event(
            self.event_id, self.item_id, self.user_id, self.session_id, at, self.type, self.value
        )


class EventsBody(Body):
    """One event or several."""

    model_config = ConfigDict(  # type: ignore[typeddict-unknown-key]
        extra="forbid",
        openapi_extra={
            "example": {
                "events": [
                    {"event_id": "order-1", "item_id": "85123A", "user_id": "17850"},
                    {
                        "event_id": "click-1",
                        "item_id": "22469",
                        "session_id": "s-1",
                        "type": "view",
                    },
                ]
            }
        },
    )

    events: list[EventBody] = Field(min_length=1, max_length=MAX_EVENTS)


class EventResult(BaseModel):
    """What became of one event."""

    event_id: str
    outcome: Outcome = Field(
        description="accepted: written. duplicate: it was there. unknown_item: not written."
    )


class EventsAnswer(BaseModel):
    """What became of each event, in their order; all that is accepted is in the graph."""

    results: list[EventResult]
    n_accepted: int
    request_id: str
