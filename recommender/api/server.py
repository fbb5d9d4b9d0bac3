"""Run the API under granian: worker processes that each hold the active model in memory.

Why granian: docs/decisions/0009. On SIGTERM or Ctrl-C a worker takes no new connection, finishes
the requests it has, and leaves; the exit code is 0.
"""

from __future__ import annotations

import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from flask_openapi3.openapi import OpenAPI
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from graphdb import GraphDbError, open_database
from recommender.api.app import DEFAULTS, create_app
from recommender.api.buckets import make_file
from recommender.api.logs import use_json_logs
from recommender.api.rate_limits import BUCKETS_FILE
from recommender.api.settings import ApiSettings, LogFormat
from recommender.api.tracing import is_tracing_wanted
from recommender.api.warm_up import warm_up
from recommender.errors import InvalidParameterError, RecommenderError
from recommender.exposures import ExposureLog
from recommender.serve import (
    ModelWatcher,
    NewsFile,
    ServingDisk,
)

logger = logging.getLogger(__name__)

DRAIN_S = 30  # longest wait for requests in flight before a worker is killed
THREADS_PER_WORKER = 16
HEADER_TIMEOUT_MS = 10_000
HEADER_BYTES = 64 * 1024
PARENT_POLL_S = 1.0


class ServerError(RecommenderError):
    """The server could not start, or a worker died."""


def run_server(
    host: str,
    port: int,
    *,
    n_workers: int = 1,
    disk: ServingDisk | None = None,
    settings: ApiSettings = DEFAULTS,
    exposure_log: Path | None = None,
) -> None:
    """Answer over HTTP until SIGTERM or Ctrl-C.

    The database is chosen by the environment, as everywhere; each worker opens it for itself. By
    ``disk`` they share vectors and lists of the nearest items, and by a temporary folder, removed
    at the end, what they count: requests for ``/metrics``, and for rate limits. Each appends to
    ``exposure_log`` who was shown which variant of an experiment.

    Raises
    ------
    InvalidParameterError
        If the address cannot be used.
    ServerError
        If a worker died.
    """
    check_address(host, port)
    server = make_server(host, port, n_workers=n_workers, log_format=settings.log_format)
    with tempfile.TemporaryDirectory(prefix="footpath-serve-") as folder:
        if n_workers > 1:
            settings = replace(settings, shared=Path(folder))
            make_file(Path(folder) / BUCKETS_FILE)
        make = partial(
            make_application, disk, Path(folder) / "item_changes", settings, exposure_log
        )
        load = partial(start_application, make, settings.log_format)
        if n_workers > 1 and not is_tracing_wanted(os.environ):
            load = partial(load, made=make_before_fork(make))
        try:
            server.serve(target_loader=load, wrap_loader=False)
        except SystemExit as error:
            raise ServerError("A worker of the server died. Its log is above.") from error


def make_server(host: str, port: int, *, n_workers: int = 1, log_format: LogFormat = "text") -> Any:
    """Return granian as Footpath runs it, not yet started."""
    return Server(
        "footpath",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=n_workers,
        blocking_threads=THREADS_PER_WORKER,
        workers_kill_timeout=DRAIN_S,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=HEADER_BYTES
        ),
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_granian_logging(log_format),
    )


class Made(NamedTuple):
    """An application, and the watcher whose model it answers from."""

    app: OpenAPI
    watcher: ModelWatcher


def make_application(
    disk: ServingDisk | None = None,
    news: Path | None = None,
    settings: ApiSettings = DEFAULTS,
    exposure_log: Path | None = None,
) -> Made:
    """Return the application, its database open, its watcher not started.

    By the file ``news`` the workers tell each other of items that were changed.
    """
    told = None if news is None else NewsFile(news)
    watcher = ModelWatcher(open_database(os.environ), disk=disk, news=told)
    return Made(create_app(watcher, settings, exposures=ExposureLog(exposure_log)), watcher)


def make_before_fork(make: Callable[[], Made]) -> Made | None:
    """Return the application with the active model, for workers to be forked with.

    They share its memory: each has only what it changes of it, which is less if all that a first
    request does has been done. Frozen, it is not touched by the garbage collector, which would copy
    it page by page. A version that is activated later each
    loads for itself. The database is closed: connections cannot be shared.
    """
    try:
        made = make()
        with made.watcher.database:
            made.watcher.prepare()
        for item_id in made.watcher.current().item_ids[:1]:
            warm_up(made.app, item_id)
    except (GraphDbError, RecommenderError) as error:
        logger.warning("No model is loaded before the workers start: %s", error)
        return None
    made.app.url_map.update()
    gc.collect()
    gc.freeze()
    return made


def start_application(
    make: Callable[[], Made], log_format: LogFormat = "text", *, made: Made | None = None
) -> OpenAPI:
    """Return the application of one worker, with the active model loaded and followed."""
    if log_format == "json":
        use_json_logs()
    # A forked worker inherits its parent's handlers, which would swallow a signal that comes while
    # the model is loaded; afterwards granian puts its own in place.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    if made is None:
        made = make()
    else:
        made.watcher.database.reopen()
    made.watcher.start()
    if made.watcher.model is None:
        logger.warning("%s It will be picked up as soon as there is one.", made.watcher.problem)
    logger.info("Worker %d answers.", os.getpid())
    return made.app


def free_port(host: str) -> int:
    """Return a port on which nobody listens now."""
    with socket.create_server((host, 0), family=_family(host)) as listener:
        return int(listener.getsockname()[1])


def check_address(host: str, port: int) -> None:
    """Raise InvalidParameterError unless we can listen there.

    granian's listeners share a port (SO_REUSEPORT), so a second server on the same port would start
    and take every other request: this listener does not share, and is refused.
    """
    try:
        with socket.create_server((host, port), family=_family(host)):
            pass
    except (OSError, OverflowError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise InvalidParameterError(
                f"Port {port} of {host} is taken by another program. Choose another with --port."
            ) from error
        raise InvalidParameterError(
            f"Cannot listen on {host}:{port} ({error}). Choose another --host or --port."
        ) from error


def check_is_local(host: str) -> None:
    """Raise InvalidParameterError unless only this machine can connect to an address."""
    family = _family(host)
    found = {info[4][0] for info in socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)}
    if not all(ipaddress.ip_address(address).is_loopback for address in found):
        raise InvalidParameterError(
            f"{host} can be reached by others, and there is no key yet, so everybody could ask. "
            "Make one with `footpath keys create NAME`, or start with --without-keys."
        )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _leave_with_parent(parent: int) -> None:
    """End this worker when the process that started it is gone without saying so (kill -9)."""
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _granian_logging(log_format: LogFormat) -> dict[str, Any]:
    """Return handlers that write to standard error: standard output is for results."""
    text = {"()": "logging.Formatter", "fmt": "[%(levelname)s] %(message)s"}
    formatter = text if log_format == "text" else {"()": "recommender.api.logs.JsonFormatter"}
    handler = {
        "class": "logging.StreamHandler",
        "formatter": "generic",
        "stream": "ext://sys.stderr",
    }
    return {
        "formatters": {"generic": formatter},
        "handlers": {"console": handler, "access": handler},
    }
