"""What rules and experiments have in common: names, where they hold, dates, and files of them.

Both are directives: data that change how lists are made while serving.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.ids import is_unicode

Route = Literal["similar", "user", "session", "popular"]
ROUTES: tuple[Route, ...] = get_args(Route)
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _moment(value: Any) -> datetime:
    """Return a time in UTC; one that does not say its zone is taken as UTC."""
    if hasattr(value, "to_native"):  # as Neo4j's driver gives it
        value = value.to_native()
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value.partition("[")[0])  # Neo4j adds [Europe/Paris]
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if isinstance(value, datetime):
            return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("moment", "must be a time in ISO 8601, such as 2026-12-01T00:00:00Z")


def _filter(text: str) -> str:
    """Return a filter's text if it is in the filters' language."""
    # ``recommender.serve`` reads rules and experiments, so it cannot be imported above.
    from recommender.serve.filters import InvalidFilterError, parse_filter

    try:
        parse_filter(text)
    except InvalidFilterError as error:
        raise PydanticCustomError("filter", "{reason}", {"reason": str(error)}) from error
    return text


def _sendable(text: str) -> str:
    """Return a text that can be put into a database: bytes that are no UTF-8 cannot."""
    if not is_unicode(text):
        raise PydanticCustomError("unicode", "must be Unicode text")
    return text


Name = Annotated[str, Field(pattern=NAME_PATTERN, description="Letters, digits, `.`, `_`, `-`.")]
Text = Annotated[str, AfterValidator(_sendable)]
FilterText = Annotated[Text, Field(min_length=1, max_length=1000), AfterValidator(_filter)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class Directive(BaseModel):
    """From when until when something holds; by itself, always."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    valid_from: Moment | None = Field(None, description="Holds from then on; UTC.")
    valid_until: Moment | None = Field(None, description="Holds no longer from then on; UTC.")

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Directive:
        if self.valid_from is not None and self.valid_until is not None:
            refuse_unless(
                self.valid_from < self.valid_until, "valid_until must be later than valid_from"
            )
        return self

    def holds(self, now: datetime) -> bool:
        """Whether it holds at a time, which has a zone."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


Kind = TypeVar("Kind", bound=Directive)


def check_names(names: Sequence[str], kept: Iterable[str], most: int, what: str) -> None:
    """Raise InvalidParameterError if a name comes twice, or there would be too many with these."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidParameterError(f"Two have the name '{name}'. Give each its own.")
        seen.add(name)
    if len(seen.union(kept)) > most:
        raise InvalidParameterError(f"There would be more than {most} {what}. Remove some.")


def refuse_unless(is_right: bool, reason: str) -> None:
    """Raise what a validator raises, unless all is well."""
    if not is_right:
        raise PydanticCustomError("directive", "{reason}", {"reason": reason})


def checked(kind: type[Kind], values: Mapping[str, Any], where: str) -> Kind:
    """Return a directive of some values.

    Raises
    ------
    InvalidParameterError
        If they are not as expected; the message begins with ``where`` and names the member.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        reasons = "; ".join(
            ": ".join([*(".".join(map(str, item["loc"])),) * bool(item["loc"]), item["msg"]])
            for item in error.errors()
        )
        raise InvalidParameterError(f"{where}: {reasons}.") from error


def checked_rows(
    kind: type[Kind], rows: Sequence[Mapping[str, Any]]
) -> tuple[list[Kind], dict[str, str]]:
    """Return what the database holds, and what is wrong with what cannot be understood, by name.

    Only somebody who changes nodes by hand can make the latter.
    """
    found: list[Kind] = []
    problems: dict[str, str] = {}
    for row in rows:
        name = str(row.get("name"))
        try:
            found.append(checked(kind, row, name))
        except InvalidParameterError as error:
            problems[name] = str(error)
    return found, problems


def read_directives(file: Path, kind: type[Kind], table: str) -> list[Kind]:
    """Return the directives of a TOML or JSON file: a list under the name ``table``.

    Raises
    ------
    InvalidDataError
        If the file is not that, or one of them is not as expected.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidDataError(f"{file} cannot be read: {error}.") from error
    entries = values.get(table) if isinstance(values, dict) else None
    if not isinstance(entries, list) or list(values) != [table]:
        raise InvalidDataError(f"{file} must hold a list named '{table}' and nothing else.")
    found: list[Kind] = []
    for place, entry in enumerate(entries, start=1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"{file}, number {place}" + (f" ('{name}')" if name else "")
        if not isinstance(entry, dict):
            raise InvalidDataError(f"{where} is not a table of values.")
        try:
            found.append(checked(kind, entry, where))
        except InvalidParameterError as error:
            raise InvalidDataError(str(error)) from error
    return found
