"""Find query files by name: one Cypher statement a file, under ``queries/<stage>/``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graphdb.errors import UnknownQueryError

QUERIES_FOLDER = Path(__file__).parent / "queries"

# Text in quotes, back-ticked names and comments hold no parameters.
_NOT_CODE = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.S)
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Query:
    """One statement and what its file says of it."""

    name: str
    text: str  # the statement alone: no comments before it, no closing semicolon
    comment: str  # the comment lines before it, without the slashes
    parameters: frozenset[str]


def query_names() -> list[str]:
    """Return the names of all queries, such as ``serve/similar_items``, in order."""
    files = QUERIES_FOLDER.rglob("*.cypher")
    return sorted(file.relative_to(QUERIES_FOLDER).with_suffix("").as_posix() for file in files)


@cache
def find_query(name: str) -> Query:
    """Return the query of that name.

    Raises
    ------
    UnknownQueryError
        If there is no such file.
    """
    try:
        source = (QUERIES_FOLDER / f"{name}.cypher").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UnknownQueryError(f"There is no query '{name}' under {QUERIES_FOLDER}.") from error
    return parse_query(name, source)


def parse_query(name: str, source: str) -> Query:
    """Return the parts of a query file's text."""
    lines = source.strip().splitlines()
    n_comments = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    text = "\n".join(lines[n_comments:]).strip().removesuffix(";").rstrip()
    comment = "\n".join(line.removeprefix("//").strip() for line in lines[:n_comments])
    return Query(name, text, comment, frozenset(_PARAMETER.findall(_NOT_CODE.sub("''", text))))


def check_parameters(query: Query, given: Iterable[str]) -> None:
    """Raise UnknownQueryError unless exactly the parameters that the text uses are given."""
    names = frozenset(given)
    if names != query.parameters:
        raise UnknownQueryError(
            f"Query '{query.name}' takes parameters {sorted(query.parameters)}, "
            f"but was given {sorted(names)}."
        )
