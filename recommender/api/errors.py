"""Turn errors into RFC 9457 problem details; no traceback leaves the process."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from graphdb import GraphDbError
from recommender.errors import (
    InvalidParameterError,
    ModelNotPublishedError,
    RecommenderError,
    UnknownItemError,
    UnknownUserError,
)

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

_STATUS: dict[type[RecommenderError], int] = {
    InvalidParameterError: 400,
    UnknownItemError: 404,
    UnknownUserError: 404,
    ModelNotPublishedError: 503,
}


def problem(status: int, detail: str, **members: Any) -> Response:
    """Return a problem details answer."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
        **members,
    }
    response = Response(orjson.dumps(body), status=status, content_type=PROBLEM_TYPE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def validation_problem(error: ValidationError) -> Response:
    """Return what is wrong with which parameter; the values given are not repeated."""
    errors = [
        {"name": ".".join(map(str, item["loc"])) or "query string", "reason": item["msg"]}
        for item in error.errors()
    ]
    reasons = "; ".join(f"{item['name']}: {item['reason']}" for item in errors)
    return problem(400, f"Not as expected: {reasons}.", errors=errors)


def add_error_handlers(app: Flask) -> None:
    """Answer every error of the application as a problem."""
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(RecommenderError, _recommender_problem)
    app.register_error_handler(GraphDbError, _database_problem)
    app.register_error_handler(Exception, _unexpected_problem)


def _http_problem(error: HTTPException) -> Response | HTTPException:
    if isinstance(error, InternalServerError) and error.original_exception is not None:
        return _unexpected_problem(error.original_exception)
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:  # a redirect is no error
        return error
    detail = error.description or HTTPStatus(status).phrase
    if isinstance(error, NotFound):
        detail = "There is nothing at this address; /docs has those there are."
    response = problem(status, detail)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _recommender_problem(error: RecommenderError) -> Response:
    status = _STATUS.get(type(error))
    return problem(status, str(error)) if status else _unexpected_problem(error)


def _database_problem(error: GraphDbError) -> Response:
    logger.warning("Request %s: %s", g.get("request_id"), error)
    return problem(503, "The database does not answer. Try again later.")


def _unexpected_problem(error: BaseException) -> Response:
    logger.error("Request %s failed", g.get("request_id"), exc_info=error)
    return problem(500, "Something went wrong; the log has it under this request id.")
