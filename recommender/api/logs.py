"""Logs for machines: one JSON object a line on standard error, and one line for each request."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import orjson
from flask import Flask, Response, request

from recommender.api.state import RequestState, current

logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """Each record as a JSON object; what is under ``fields`` of a record are members of it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(line).decode()
        except TypeError:  # half of a surrogate pair, which is no UTF-8
            return json.dumps(line, default=str)


def use_json_logs() -> None:
    """Write all that this process logs as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().handlers[:] = [handler]


def add_request_log(app: Flask) -> None:
    """Log each request."""

    @app.after_request
    def tell(response: Response) -> Response:
        log_request(current(), request.method, response.status_code)
        return response


def log_request(state: RequestState, method: str, status: int) -> None:
    """Log who asked for which route, and how that ended.

    Neither addresses, nor ids in paths, nor parameters, nor keys are told: a key by its id alone.
    """
    fields = {
        "request_id": state.request_id,
        "method": method[:20],
        "route": state.route,
        "status": status,
        "ms": round(1e3 * (perf_counter() - state.begun), 3),
        "key_id": state.key_id,
        "model_version": state.model_version,
    }
    logger.info("request", extra={"fields": fields})
