"""The one door to Neo4j: run a query by its name, with parameters, retries and a deadline."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import neo4j
from neo4j import exceptions

from graphdb.deadline import turn
from graphdb.errors import (
    CannotConnectError,
    DeadlineExceededError,
    GraphDbError,
    QueryError,
    UnsupportedServerError,
)
from graphdb.queries import check_parameters, find_query
from graphdb.settings import Neo4jSettings

logger = logging.getLogger(__name__)

Row = dict[str, Any]
Result = TypeVar("Result")

OLDEST_SERVER = "5.26"
CONNECT_TIMEOUT_S = 10.0
RETRY_TIME_S = 30.0

# The driver (6.4) raises BufferError where a connection breaks while its buffer grows.
DRIVER_ERRORS = (exceptions.Neo4jError, exceptions.DriverError, BufferError)


class ServerVersion(NamedTuple):
    """A Neo4j version; calendar versions (2025.01 and later) sort after 5.x."""

    major: int
    minor: int

    @property
    def has_vector_type(self) -> bool:
        """Whether ``vector()`` and ``CYPHER 25`` are there (2025.10 and later)."""
        return self >= (2025, 10)


class Database:
    """One Neo4j database. Open with :func:`connect`; close it, or use it in a ``with`` block."""

    def __init__(self, driver: neo4j.Driver, settings: Neo4jSettings, version: ServerVersion):
        self._driver = driver
        self.settings = settings
        self.version = version

    def __enter__(self) -> Database:
        """Return the database itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the driver."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def reopen(self) -> None:
        """Go on after :meth:`close`, in a process that was forked since for instance.

        Nothing is asked: whether the server is there the first query tells.
        """
        self._driver = _driver(self.settings, CONNECT_TIMEOUT_S)

    def read(
        self, name: str, /, *, deadline_s: float | None = None, **parameters: Any
    ) -> list[Row]:
        """Return all rows of a reading query, tried again where that may help.

        ``deadline_s`` bounds the wait even when the network swallows packets; so does what is left
        of the work's own (``graphdb.deadline``).
        """
        return self._transaction("READ", name, parameters, deadline_s)

    def write(
        self, name: str, /, *, deadline_s: float | None = None, **parameters: Any
    ) -> list[Row]:
        """Run a writing query in one transaction and return its rows.

        A lost answer to COMMIT makes the driver run it again: every query under ``write`` must
        leave the same graph when it runs twice.
        """
        return self._transaction("WRITE", name, parameters, deadline_s)

    def write_all(
        self, steps: list[tuple[str, dict[str, Any]]], *, deadline_s: float | None = None
    ) -> list[list[Row]]:
        """Run several writing queries, (name, parameters) each, in one transaction.

        When the deadline is over it may have been committed all the same.
        """
        texts = [(_checked_text(name, parameters), parameters) for name, parameters in steps]

        def work(transaction: neo4j.ManagedTransaction) -> list[list[Row]]:
            return [transaction.run(text, values).data() for text, values in texts]

        def run() -> list[list[Row]]:
            unit = neo4j.unit_of_work(timeout=deadline_s)(work)
            with self._session("WRITE") as session:
                return session.execute_write(unit)

        return _by_deadline(deadline_s, "; ".join(name for name, _ in steps), run)

    def rehearse(
        self, steps: list[tuple[str, dict[str, Any]]], *, deadline_s: float | None = None
    ) -> None:
        """Run writing queries in one transaction as :meth:`write_all` does, and take them back.

        The server has their plans then.
        """
        texts = [(_checked_text(name, parameters), parameters) for name, parameters in steps]

        def run() -> None:
            with (
                self._session("WRITE") as session,
                session.begin_transaction(timeout=deadline_s) as transaction,
            ):
                for text, values in texts:
                    transaction.run(text, values).consume()
                transaction.rollback()

        return _by_deadline(deadline_s, "; ".join(name for name, _ in steps), run)

    def stream(self, name: str, /, **parameters: Any) -> Iterator[Row]:
        """Yield the rows of a reading query one by one; memory does not grow with the result.

        Values arrive as the driver gives them: a vector is a ``neo4j.vector.Vector``.
        """
        text = _checked_text(name, parameters)
        try:
            with (
                self._session("READ", fetch_size=200) as session,
                session.begin_transaction() as transaction,
            ):
                for record in transaction.run(text, parameters):
                    yield dict(record)
        except DRIVER_ERRORS as error:
            raise _translate(name, error) from error

    def run_alone(self, name: str, /, **parameters: Any) -> list[Row]:
        """Run a query that opens its own transactions (``IN TRANSACTIONS``) or changes the schema.

        It is not tried again.
        """
        return self.run_text(name, _checked_text(name, parameters), parameters)

    def run_text(self, name: str, text: str, parameters: dict[str, Any]) -> list[Row]:
        """Run the statement of a file outside ``queries/`` (a migration), not tried again."""

        def run() -> list[Row]:
            with self._session("WRITE") as session:
                return session.run(neo4j.Query(text), parameters).data()

        return _translated(name, run)

    def _session(self, access: str, fetch_size: int = 1000) -> neo4j.Session:
        return self._driver.session(
            database=self.settings.database, default_access_mode=access, fetch_size=fetch_size
        )

    def _transaction(
        self, access: str, name: str, parameters: dict[str, Any], deadline_s: float | None
    ) -> list[Row]:
        text = _checked_text(name, parameters)

        def work(transaction: neo4j.ManagedTransaction) -> list[Row]:
            return [dict(record) for record in transaction.run(text, parameters)]

        def run() -> list[Row]:
            unit = neo4j.unit_of_work(timeout=allowed_s)(work)
            with self._session(access) as session:
                execute = session.execute_read if access == "READ" else session.execute_write
                return execute(unit)

        with turn(name, deadline_s) as allowed_s:
            return _by_deadline(allowed_s, name, run)


def connect(settings: Neo4jSettings, *, timeout_s: float = CONNECT_TIMEOUT_S) -> Database:
    """Return an open database after a real query has answered.

    Raises
    ------
    CannotConnectError
        If nothing answers at the address, or the credentials or the database name are wrong.
    UnsupportedServerError
        If the server is older than 5.26.
    """
    driver = _driver(settings, timeout_s)
    try:
        rows = _within(2 * timeout_s, "admin/ping", lambda: _ping(driver, settings), driver.close)
    except DeadlineExceededError as error:
        raise _connect_error(settings, error) from error
    except (exceptions.Neo4jError, exceptions.DriverError) as error:
        driver.close()
        raise _connect_error(settings, error) from error
    try:
        return Database(driver, settings, _server_version(rows[0]["version"]))
    except UnsupportedServerError:
        driver.close()
        raise


def _driver(settings: Neo4jSettings, timeout_s: float) -> neo4j.Driver:
    return neo4j.GraphDatabase.driver(
        settings.uri,
        auth=(settings.username, settings.password),
        connection_timeout=timeout_s,
        connection_acquisition_timeout=timeout_s + 5,
        max_transaction_retry_time=RETRY_TIME_S,
        liveness_check_timeout=0,
        notifications_min_severity="OFF",
        user_agent="footpath",
    )


def _ping(driver: neo4j.Driver, settings: Neo4jSettings) -> list[Row]:
    # Not a managed transaction: at start-up a refusal is an answer, not something to retry.
    with driver.session(database=settings.database, default_access_mode="READ") as session:
        return session.run(neo4j.Query(find_query("admin/ping").text)).data()


def _server_version(text: str) -> ServerVersion:
    match = re.match(r"(\d+)\.(\d+)", text)
    version = ServerVersion(*map(int, match.groups())) if match else ServerVersion(0, 0)
    if version < tuple(map(int, OLDEST_SERVER.split("."))):
        raise UnsupportedServerError(
            f"The server is Neo4j {text}. Footpath needs Neo4j {OLDEST_SERVER} LTS or newer "
            "(5.26, or any calendar version from 2025.01)."
        )
    return version


def _connect_error(settings: Neo4jSettings, error: BaseException) -> CannotConnectError:
    if isinstance(error, exceptions.AuthError):
        return CannotConnectError(
            f"{settings.uri} refuses user '{settings.username}'. "
            "Check NEO4J_USERNAME and NEO4J_PASSWORD."
        )
    if isinstance(error, exceptions.ClientError) and "DatabaseNotFound" in (error.code or ""):
        return CannotConnectError(
            f"{settings.uri} has no database '{settings.database}'. Check NEO4J_DATABASE."
        )
    return CannotConnectError(
        f"No Neo4j answers at {settings.uri} ({type(error).__name__}). Check that the server runs "
        "and NEO4J_URI names its Bolt port, or unset NEO4J_URI to use Footpath's own Neo4j."
    )


def _checked_text(name: str, parameters: dict[str, Any]) -> str:
    query = find_query(name)
    check_parameters(query, parameters)
    return query.text


def _translated(name: str, run: Callable[[], Result]) -> Result:
    try:
        return run()
    except DRIVER_ERRORS as error:
        raise _translate(name, error) from error


def _by_deadline(deadline_s: float | None, name: str, run: Callable[[], Result]) -> Result:
    """Return what a query of ours returns, or raise our own errors; None: whenever it is done."""
    if deadline_s is None:
        return _translated(name, run)
    return _within(deadline_s, name, lambda: _translated(name, run))


def _translate(name: str, error: Exception) -> GraphDbError:
    """Return our error for the driver's; parameters are never part of the message."""
    if isinstance(error, exceptions.Neo4jError):
        code = error.code or ""
        if "TransactionTimedOut" in code:
            return DeadlineExceededError(f"Query '{name}' ran past its deadline.")
        return QueryError(f"Neo4j refused query '{name}': {error.message} ({code})", code)
    return CannotConnectError(
        f"The connection to Neo4j was lost in query '{name}' ({type(error).__name__}). "
        "Check that the server runs, then try again."
    )


def _within(
    deadline_s: float,
    name: str,
    run: Callable[[], Result],
    when_late: Callable[[], None] = lambda: None,
) -> Result:
    """Return what ``run`` returns, or raise once ``deadline_s`` has passed.

    The driver alone waits minutes when packets are swallowed, so the wait is on a thread of our
    own; it ends by itself when the driver gives up. Only then, if nobody waits any more,
    ``when_late`` is called: a driver must not be closed while it is in use.
    """
    outcome: list[Result] = []
    failure: list[BaseException] = []
    turn, is_over = threading.Lock(), [False]

    def is_first_to_end() -> bool:
        with turn:
            was_over, is_over[0] = is_over[0], True
        return not was_over

    def target() -> None:
        try:
            outcome.append(run())
        except BaseException as error:
            failure.append(error)
        if not is_first_to_end():
            when_late()

    thread = threading.Thread(target=target, daemon=True, name=f"query {name}")
    thread.start()
    thread.join(deadline_s)
    if is_first_to_end():
        raise DeadlineExceededError(f"Query '{name}' gave no answer within {deadline_s:g} s.")
    if failure:
        raise failure[0]
    return outcome[0]
