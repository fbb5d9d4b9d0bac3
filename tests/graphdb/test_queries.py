"""Every query file: its header, its parameters, and that the server takes it."""

from __future__ import annotations

import re

import pytest

from graphdb import Database, QueryError, UnknownQueryError
from graphdb.queries import check_parameters, find_query, parse_query, query_names

NAMES = query_names()
# Schema commands cannot be explained; they run on the emptied database instead.
IS_SCHEMA = re.compile(r"^\s*(CREATE (VECTOR )?INDEX|DROP INDEX|SHOW )", re.IGNORECASE)


def sample_keys(comment: str) -> set[str]:
    """Return the names in the header's line of sample parameters."""
    line = re.search(r"^:params? \{(.*)\}$", comment, re.M)
    if line is None:
        return set()
    outer = re.sub(r"[\[{][^\[\]{}]*[\]}]", "", line[1])
    while outer != (outer := re.sub(r"[\[{][^\[\]{}]*[\]}]", "", outer)):
        pass
    return set(re.findall(r"(\w+):(?=\s|$)", re.sub(r'"[^"]*"', '""', outer)))


def test_there_are_queries() -> None:
    assert "admin/ping" in NAMES
    assert len(NAMES) > 30


@pytest.mark.parametrize("name", NAMES)
def test_file_says_its_purpose_its_rows_and_its_parameters(name: str) -> None:
    query = find_query(name)
    first = query.comment.splitlines()[0]
    assert first[0].isupper()
    assert "\nRows: " in query.comment
    assert sample_keys(query.comment) == query.parameters


@pytest.mark.neo4j
@pytest.mark.parametrize("name", NAMES)
def test_server_accepts_the_statement(name: str, database: Database) -> None:
    query = find_query(name)
    if query.text.startswith("CYPHER 25") and not database.version.has_vector_type:
        with pytest.raises(QueryError):
            database.run_text(name, query.text.replace("CYPHER 25", "CYPHER 25 EXPLAIN", 1), {})
        return
    if IS_SCHEMA.match(query.text):
        options = {"vector.dimensions": 4, "vector.similarity_function": "cosine"}
        values = {"options": {"indexConfig": options}, "index": "item_embedding_a"}
        database.run_alone(name, **{key: values[key] for key in query.parameters})
        return
    text = query.text
    explained = (
        text.replace("CYPHER 25", "CYPHER 25 EXPLAIN", 1)
        if text.startswith("CYPHER 25")
        else f"EXPLAIN {text}"
    )
    database.run_text(name, explained, dict.fromkeys(query.parameters))


def test_parameters_in_strings_and_comments_do_not_count() -> None:
    query = parse_query("x", "// Purpose.\nRETURN '$no', $yes // $never\n;")
    assert query.parameters == {"yes"}
    assert query.text == "RETURN '$no', $yes // $never"


def test_wrong_parameters_are_named() -> None:
    query = parse_query("x", "RETURN $a + $b;")
    with pytest.raises(UnknownQueryError, match=r"takes parameters \['a', 'b'\].*given \['c'\]"):
        check_parameters(query, ["c"])


def test_an_unknown_query_is_an_error() -> None:
    with pytest.raises(UnknownQueryError, match="no query 'serve/nonsense'"):
        find_query("serve/nonsense")
