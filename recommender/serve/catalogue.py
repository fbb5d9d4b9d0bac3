"""Look up in the database: items by id, title or words, and what a user had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from graphdb import Database
from recommender.errors import InvalidParameterError
from recommender.ids import is_id, is_unicode

MAX_QUERY_LENGTH = 200
MAX_WORDS = 16
MAX_HISTORY = 5_000


@dataclass(frozen=True)
class CatalogueItem:
    """An item as the database has it now."""

    item_id: str
    title: str | None
    category: str | None
    support: int  # sessions that hold it


class Had(NamedTuple):
    """An item somebody had, and when; items of one time have one place in a history."""

    item_id: str
    at_ms: int | None  # since 1970; None: not known
    known_ms: int | None = None  # since when it is known: events may come late; None: not known


@dataclass(frozen=True)
class ItemMatch:
    """The item that some text means, or those it may mean."""

    item: CatalogueItem | None
    candidates: list[CatalogueItem]  # best first; what to suggest when ``item`` is None
    is_exact: bool = False  # by id or by whole title


def find_item(
    database: Database, item_id: str, *, deadline_s: float | None = None
) -> CatalogueItem | None:
    """Return the item of that id, or None."""
    if not is_id(item_id):
        return None
    rows = database.read("serve/find_item", item_id=item_id, deadline_s=deadline_s)
    return CatalogueItem(**rows[0]) if rows else None


def read_history(
    database: Database,
    user_id: str,
    *,
    until_ms: int | None = None,
    deadline_s: float | None = None,
) -> list[Had]:
    """Return what a user had, oldest first: the latest 5,000 interactions.

    With ``until_ms`` (since 1970) the latest of those that were known then, or have no time.
    """
    rows = database.read(
        "serve/user_history",
        user_id=user_id,
        until_ms=until_ms,
        n_latest=MAX_HISTORY,
        deadline_s=deadline_s,
    )
    return [Had(row["item_id"], row["at_ms"], row["known_ms"]) for row in rows]


def search_items(
    database: Database, text: str, limit: int = 20, *, deadline_s: float | None = None
) -> list[CatalogueItem]:
    """Return items whose title has every word of a text, best first.

    The last word may be the beginning of one. The text is taken as words alone: quotes, ``*``,
    ``AND`` and whatever else means something to the index is searched for, not obeyed.

    Raises
    ------
    InvalidParameterError
        If the text is longer than 200 characters.
    """
    if len(text) > MAX_QUERY_LENGTH:
        raise InvalidParameterError(
            f"The search text has {len(text)} characters. Use at most {MAX_QUERY_LENGTH}."
        )
    query = index_query(text)
    if not query or not is_unicode(text):
        return []
    rows = database.read("serve/search_items", query=query, limit=limit, deadline_s=deadline_s)
    return [CatalogueItem(**row) for row in rows]


def index_query(text: str, *, fuzzy: bool = False) -> str:
    """Return a query in the full text index's language that looks for the words of a text.

    Words stand in quotes, where only the quote and the backslash mean anything. With ``fuzzy`` any
    one word will do, one or two letters wrong.
    """
    words = text.split()[:MAX_WORDS]
    if fuzzy:
        letters = [word for word in re.findall(r"\w+", text.lower())[:MAX_WORDS] if len(word) > 2]
        return " ".join(f"{word}~{1 if len(word) < 6 else 2}" for word in letters)
    clauses = [f"+{_quoted(word)}" for word in words]
    if words and re.fullmatch(r"\w+", words[-1]):
        clauses[-1] = f"+({_quoted(words[-1])}^4 {words[-1].lower()}*)"
    return " ".join(clauses)


def match_item(database: Database, text: str) -> ItemMatch:
    """Return what a person means by an id, a title, or some words of a title.

    Tried in this order: the id; the whole title, upper and lower case alike; a title with all the
    words, if there is only one; else suggestions, at worst of titles with similar words.
    """
    item = find_item(database, text)
    if item is not None:
        return ItemMatch(item, [], is_exact=True)
    words = " ".join(text.split())[:MAX_QUERY_LENGTH]
    if not words or not is_unicode(words):
        return ItemMatch(None, [])
    found = search_items(database, words, limit=200)
    same = [item for item in found if _plain(item.title or "") == _plain(words)]
    if same:
        # Several items may share a title; the one in most sessions is meant.
        return ItemMatch(max(same, key=lambda item: item.support), [], is_exact=True)
    if len(found) == 1:
        return ItemMatch(found[0], [])
    if not found:
        query = index_query(words, fuzzy=True)
        rows = database.read("serve/search_items", query=query, limit=10) if query else []
        found = [CatalogueItem(**row) for row in rows]
    return ItemMatch(None, found[:10])


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
