"""Change items of the catalogue: put, patch, hide, show, delete, one or many in one transaction.

Each change has a number, one more than the one before, and is written down in the same transaction
as a ``:ItemChange`` node, so that running servers find what they have not seen yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from graphdb import Database
from graphdb.contents import SLOTS
from recommender.columns import CATEGORY, MAX_ID_LENGTH, TITLE
from recommender.errors import InvalidParameterError
from recommender.ids import is_id, is_unicode

Operation = Literal["put", "patch", "hide", "show", "delete"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
State = Literal["shown", "hidden", "gone"]
Value = str | bool | int | float | None

MAX_CHANGES = 1000  # in one transaction
MAX_PROPERTIES = 64
MAX_NAME_LENGTH = 100
MAX_TEXT = 10_000  # characters of one value
KEPT_CHANGES = 10_000

# What Footpath keeps at an item itself; everything else there is the catalogue's.
OWNED = (
    "id", "item_id", "support", "community",
    *(f"{kind}_{slot}" for kind in ("embedding", "out_embedding", "map") for slot in SLOTS),
)  # fmt: skip


@dataclass(frozen=True)
class ItemWrite:
    """What to do with one item.

    ``put`` makes the item be as given and creates it if need be, ``patch`` changes the properties
    that are named (None takes one away). Neither hides or shows it unless ``is_hidden`` is given.
    """

    operation: Operation
    item_id: str
    properties: dict[str, Value] = field(default_factory=dict)  # title and category among them
    is_hidden: bool | None = None


@dataclass(frozen=True)
class ItemChange:
    """Which items were changed together, and what they are since."""

    number: int  # counts up from 1
    states: dict[str, State]


@dataclass(frozen=True)
class ItemWrites:
    """What became of several writes."""

    change: ItemChange | None  # None: nothing was changed
    done: frozenset[str]  # ids of the items that were there, or are now
    created: frozenset[str]


@dataclass(frozen=True)
class StoredItem:
    """An item as the database has it now."""

    item_id: str
    title: str | None
    category: str | None
    support: int
    is_hidden: bool
    properties: dict[str, Any]  # beside title and category


def write_items(
    database: Database, writes: Sequence[ItemWrite], *, deadline_s: float | None = None
) -> ItemWrites:
    """Do all writes in one transaction; those for an item that is not there do nothing.

    Done twice it leaves the same items, so it may be sent again after a lost answer.

    Raises
    ------
    InvalidParameterError
        If there are more than 1,000, one item comes twice, or a property cannot be kept. Nothing
        is written then.
    """
    check_writes(writes)
    if not writes:
        return ItemWrites(None, frozenset(), frozenset())
    steps = write_steps(writes)
    results = database.write_all(steps, deadline_s=deadline_s)
    done: set[str] = set()
    created: set[str] = set()
    for (name, _), rows in zip(steps, results, strict=True):
        if name in ("items/put", "items/patch", "items/delete"):
            done |= {row["item_id"] for row in rows}
            created |= {row["item_id"] for row in rows if row.get("is_new")}
    noted = results[-1][0]
    states = dict(zip(noted["item_ids"], noted["states"], strict=True))
    return ItemWrites(ItemChange(noted["number"], states), frozenset(done), frozenset(created))


def read_items(
    database: Database, item_ids: Sequence[str], *, deadline_s: float | None = None
) -> dict[str, StoredItem]:
    """Return items by their ids, with all their properties; those not there are left out."""
    rows = database.read(
        "items/read", item_ids=list(item_ids), owned=list(OWNED), deadline_s=deadline_s
    )
    found = {}
    for row in rows:
        properties = dict(zip(row["names"], row["values"], strict=True))
        for name in (TITLE, CATEGORY):
            properties.pop(name, None)
        found[row["item_id"]] = StoredItem(
            row["item_id"], row["title"], row["category"], row["support"], row["is_hidden"],
            properties,
        )  # fmt: skip
    return found


def read_titles(database: Database, item_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles of items by their ids; the id itself where there is none."""
    wanted = list(dict.fromkeys(item_ids))
    rows = database.read("items/titles", item_ids=wanted)
    titles = {row["item_id"]: row["title"] for row in rows}
    return {item_id: titles.get(item_id) or item_id for item_id in wanted}


def changes_since(
    database: Database, number: int, *, deadline_s: float | None = None
) -> list[ItemChange] | None:
    """Return the changes after a number, oldest first; None if they are no longer all there."""
    rows = database.read(
        "items/changes_since", number=number, limit=KEPT_CHANGES, deadline_s=deadline_s
    )
    last = rows[0]["last"]
    if last < number or last - number > KEPT_CHANGES:
        return None
    return [
        ItemChange(row["number"], dict(zip(row["item_ids"], row["states"], strict=True)))
        for row in rows
        if row["number"] is not None
    ]


def last_change(database: Database, *, deadline_s: float | None = None) -> int:
    """Return the number of the last change of items, 0 if there was none."""
    return int(database.read("items/last_change", deadline_s=deadline_s)[0]["number"])


def hidden_items(database: Database, *, deadline_s: float | None = None) -> tuple[int, list[str]]:
    """Return the number of the last change, and the ids of all items that are hidden."""
    row = database.read("items/hidden", deadline_s=deadline_s)[0]
    return row["number"], row["item_ids"]


def check_writes(writes: Sequence[ItemWrite]) -> None:
    """Raise InvalidParameterError unless all writes can be done together."""
    if len(writes) > MAX_CHANGES:
        raise InvalidParameterError(
            f"There are {len(writes)} changes. Send at most {MAX_CHANGES} at a time."
        )
    seen: set[str] = set()
    for write in writes:
        if write.item_id in seen:
            raise InvalidParameterError(
                f"Item '{write.item_id[:80]}' comes twice. Change it once in a request."
            )
        seen.add(write.item_id)
        _check_id(write.item_id)
        _check_properties(write)


def _check_id(item_id: str) -> None:
    if not is_id(item_id):
        raise InvalidParameterError(
            f"'{item_id[:80]!a}' cannot be an item's id: use 1 to {MAX_ID_LENGTH} characters of "
            "Unicode text."
        )


def _check_properties(write: ItemWrite) -> None:
    where = f"Item '{write.item_id[:80]}'"
    if len(write.properties) > MAX_PROPERTIES:
        raise InvalidParameterError(f"{where} has more than {MAX_PROPERTIES} properties.")
    for name, value in write.properties.items():
        if not name or len(name) > MAX_NAME_LENGTH or not is_unicode(name) or "`" in name:
            raise InvalidParameterError(
                f"{where} has a property '{name[:80]!a}': name it by 1 to {MAX_NAME_LENGTH} "
                "characters without `."
            )
        if name in OWNED:
            raise InvalidParameterError(
                f"{where} has a property '{name}', which Footpath keeps itself. Name it otherwise."
            )
        if isinstance(value, str) and (len(value) > MAX_TEXT or not is_unicode(value)):
            raise InvalidParameterError(
                f"{where}: '{name}' is not Unicode text of at most {MAX_TEXT} characters."
            )
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise InvalidParameterError(f"{where}: '{name}' is {value}, which 64 bits cannot hold.")


def write_steps(writes: Sequence[ItemWrite]) -> list[tuple[str, dict[str, Any]]]:
    """Return the queries of one transaction, and their parameters, for writes that were checked."""
    rows: dict[str, list[dict[str, Any]]] = {"put": [], "patch": []}
    deleted: list[str] = []
    for place, write in enumerate(writes):
        is_hidden = {"hide": True, "show": False}.get(write.operation, write.is_hidden)
        if write.operation == "delete":
            deleted.append(write.item_id)
            continue
        kind = "put" if write.operation == "put" else "patch"
        rows[kind].append(
            {
                "place": place,
                "item_id": write.item_id,
                "properties": write.properties,
                "is_hidden": is_hidden,
            }
        )
    steps: list[tuple[str, dict[str, Any]]] = [("items/begin_change", {"n_kept": KEPT_CHANGES})]
    if rows["put"]:
        steps.append(("items/put", {"owned": list(OWNED), "rows": rows["put"]}))
    if rows["patch"]:
        steps.append(("items/patch", {"rows": rows["patch"]}))
    moved = [row["item_id"] for row in rows["put"]]
    moved += [row["item_id"] for row in rows["patch"] if CATEGORY in row["properties"]]
    if moved:
        steps.append(("items/follow_categories", {"item_ids": moved}))
    if deleted:
        steps.append(("items/delete", {"item_ids": deleted}))
    steps.append(("items/note_change", {"item_ids": [write.item_id for write in writes]}))
    return steps
