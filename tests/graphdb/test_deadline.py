"""All queries of one piece of work share its deadline, and few wait for the database at once."""

from __future__ import annotations

import threading

import pytest

from graphdb import CannotConnectError, Database, DeadlineExceededError
from graphdb.deadline import begin_work, end_work, turn


def test_without_a_work_a_query_keeps_its_own_deadline() -> None:
    with turn("q", 3.0) as allowed_s:
        assert allowed_s == 3.0
    with turn("q", None) as allowed_s:
        assert allowed_s is None


def test_a_query_may_take_no_longer_than_what_is_left() -> None:
    token = begin_work(10.0)
    try:
        with turn("q", 30.0) as allowed_s:
            assert allowed_s is not None
            assert 9 < allowed_s <= 10
        with turn("q", 2.0) as allowed_s:
            assert allowed_s == 2.0
    finally:
        end_work(token)


def test_when_nothing_is_left_no_query_begins() -> None:
    token = begin_work(0.0)
    try:
        with pytest.raises(DeadlineExceededError, match="No time is left"), turn("q", 3.0):
            pass
    finally:
        end_work(token)


def test_a_turn_is_given_back_whatever_happens() -> None:
    turns = threading.Semaphore(1)
    token = begin_work(10.0, turns)
    try:
        with pytest.raises(ZeroDivisionError), turn("q", None):
            raise ZeroDivisionError
        with turn("q", None):
            assert not turns.acquire(blocking=False)
            with pytest.raises(CannotConnectError, match="Too many"), turn("q", None):
                pass
        assert turns.acquire(blocking=False)
    finally:
        end_work(token)


@pytest.mark.neo4j
def test_the_door_to_neo4j_keeps_the_deadline_of_the_work(database: Database) -> None:
    token = begin_work(0.0)
    try:
        with pytest.raises(DeadlineExceededError):
            database.read("admin/ping")
    finally:
        end_work(token)
    assert database.read("admin/ping", deadline_s=30.0)
