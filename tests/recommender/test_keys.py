"""Keys: made once, kept as a hash, revoked for good."""

from __future__ import annotations

import pytest

from graphdb import Database
from graphdb.contents import wipe_graph
from recommender.errors import InvalidParameterError
from recommender.keys import create_key, list_keys, matching_key, revoke_key

pytestmark = pytest.mark.neo4j


def test_a_key_is_kept_as_a_hash_alone(database: Database) -> None:
    key = create_key(database, "shop", ["write", "read"])
    (kept,) = list_keys(database)
    assert (kept.name, kept.scopes, kept.is_valid) == ("shop", ("read", "write"), True)
    stored = database.run_text("all", "MATCH (k:ApiKey) RETURN properties(k) AS all", {})
    secret = key[12:]
    assert secret not in str(stored)
    assert matching_key([kept], key) == kept


def test_what_is_not_the_key_matches_nothing(database: Database) -> None:
    key = create_key(database, "shop", ["read"])
    keys = list_keys(database)
    for other in ("", "fp_", key[:-1], key + "A", key.upper(), key.swapcase(), "é" * 40, "\ud800"):
        assert matching_key(keys, other) is None


def test_a_revoked_key_matches_nothing_and_stays_revoked(database: Database) -> None:
    key, other = (create_key(database, name, ["read"]) for name in ("old", "new"))
    key_id = key.split("_")[1]
    assert revoke_key(database, key_id) == "old"
    keys = list_keys(database)
    assert matching_key(keys, key) is None
    assert matching_key(keys, other) is not None
    revoked = {each.id: each.revoked_at for each in keys}[key_id]
    revoke_key(database, key_id)
    assert {each.id: each.revoked_at for each in list_keys(database)}[key_id] == revoked


@pytest.mark.parametrize(("name", "scopes"), [("", ["read"]), ("x", []), ("x", ["root"])])
def test_a_key_without_name_or_scope_is_refused(
    database: Database, name: str, scopes: list[str]
) -> None:
    with pytest.raises(InvalidParameterError):
        create_key(database, name, scopes)  # type: ignore[arg-type]
    assert list_keys(database) == []


def test_revoking_what_is_not_there_says_where_to_look(database: Database) -> None:
    with pytest.raises(InvalidParameterError, match="footpath keys list"):
        revoke_key(database, "00000000")


def test_wiping_data_leaves_keys(database: Database) -> None:
    create_key(database, "shop", ["read"])
    database.run_text("unmark", "MATCH (n:FootpathTest) REMOVE n:FootpathTest", {})
    wipe_graph(database)
    assert len(list_keys(database)) == 1
