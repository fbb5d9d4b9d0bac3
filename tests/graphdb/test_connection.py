"""Connecting, refusing, deadlines and retries on a real server."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from typing import Any

import pytest

from graphdb import (
    CannotConnectError,
    Database,
    DeadlineExceededError,
    Neo4jSettings,
    QueryError,
    UnknownQueryError,
    UnsupportedServerError,
    connect,
)
from graphdb.connection import ServerVersion, _server_version


def test_versions_are_ordered_across_the_change_of_numbering() -> None:
    assert ServerVersion(5, 26) < ServerVersion(2025, 1) < ServerVersion(2026, 8)
    assert not ServerVersion(5, 26).has_vector_type
    assert ServerVersion(2026, 8).has_vector_type


def test_an_old_server_is_refused_with_the_supported_range() -> None:
    with pytest.raises(UnsupportedServerError, match=r"Neo4j 4\.4\.12.*5\.26.*2025\.01"):
        _server_version("4.4.12")


def test_a_closed_port_says_which_address_and_what_to_do() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"bolt://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(CannotConnectError, match=f"No Neo4j answers at {address}"):
        connect(Neo4jSettings(address, "neo4j", "whatever-secret"))


def test_a_server_that_swallows_packets_is_given_up_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"bolt://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(CannotConnectError):
            connect(Neo4jSettings(address, "neo4j", "x"), timeout_s=0.5)
        # The driver alone would wait for a minute; the bound only tells the two apart.
        assert time.monotonic() - began < 30


@pytest.mark.neo4j
def test_a_wrong_password_is_refused_without_showing_it(neo4j_settings: Neo4jSettings) -> None:
    wrong = dataclasses.replace(neo4j_settings, password="not-the-password")
    with pytest.raises(CannotConnectError, match="refuses user 'neo4j'") as caught:
        connect(wrong)
    assert "not-the-password" not in str(caught.value)


@pytest.mark.neo4j
def test_a_wrong_database_is_named(neo4j_settings: Neo4jSettings) -> None:
    with pytest.raises(CannotConnectError, match="no database 'elsewhere'"):
        connect(dataclasses.replace(neo4j_settings, database="elsewhere"))


@pytest.mark.neo4j
def test_a_refused_statement_is_a_query_error_with_its_code(database: Database) -> None:
    with pytest.raises(QueryError, match="query 'of the test'") as caught:
        database.run_text("of the test", "RETURN nonsense", {})
    assert "SyntaxError" in caught.value.code


@pytest.mark.neo4j
def test_missing_parameters_never_reach_the_server(database: Database) -> None:
    with pytest.raises(UnknownQueryError, match="takes parameters"):
        database.write("relate/set_support")


@pytest.mark.neo4j
def test_a_read_past_its_deadline_is_given_up(database: Database) -> None:
    blocker = threading.Event()

    def hold_lock() -> None:
        session = database._session("WRITE")
        with session, session.begin_transaction() as transaction:
            transaction.run("MERGE (m:Relation {name: 'NEXT'}) SET m.x = 1").consume()
            blocker.wait(10)
            transaction.rollback()

    thread = threading.Thread(target=hold_lock)
    thread.start()
    time.sleep(0.5)
    with pytest.raises(DeadlineExceededError):
        database.write("relate/begin_relation", name="NEXT", settings="{}", deadline_s=0.5)
    blocker.set()
    thread.join()
    for late in threading.enumerate():  # the database must not be closed under it
        if late.name == "query relate/begin_relation":
            late.join()


@pytest.mark.neo4j
def test_several_writes_in_one_transaction_all_fail_together(database: Database) -> None:
    steps: list[tuple[str, dict[str, Any]]] = [
        ("relate/begin_relation", {"name": "NEXT", "settings": "{}"}),
        ("relate/finish_relation", {"name": "NEXT", "n_relationships": {"not": "a number"}}),
    ]
    with pytest.raises(QueryError):
        database.write_all(steps)
    assert database.read("relate/relations") == []
