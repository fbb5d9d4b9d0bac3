"""Turn errors into RFC 9457 problem details; no traceback leaves the process."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from graphdb import GraphDbError
from recommender.errors import (
    InvalidParameterError,
    ModelNotPublishedError,
    RecommenderError,
    UnknownDirectiveError,
    UnknownItemError,
    UnknownModelError,
    UnknownUserError,
)
from recommender.serve import InvalidFilterError

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
WENT_WRONG = "Something went wrong; the log has it under this request id."

_STATUS: dict[type, int] = {
    InvalidParameterError: 400,
    UnknownItemError: 404,
    UnknownUserError: 404,
    UnknownModelError: 404,
    UnknownDirectiveError: 404,
    ModelNotPublishedError: 503,
}


def problem(status: int, detail: str, **members: Any) -> Response:
    """Return a problem details answer."""
    body = orjson.dumps(problem_body(status, detail, **members))
    response = Response(body, status=status, content_type=PROBLEM_TYPE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def problem_body(status: int, detail: str, **members: Any) -> dict[str, Any]:
    """Return problem details as plain JSON."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
        **members,
    }


def problem_of(error: RecommenderError | GraphDbError) -> tuple[int, str, dict[str, Any]]:
    """Return status, detail and further members of an error's problem."""
    if isinstance(error, GraphDbError):
        logger.warning("Request %s: %s", g.get("request_id"), error)
        return 503, "The database does not answer. Try again later.", {}
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind], str(error), _members(error)
    logger.error("Request %s failed", g.get("request_id"), exc_info=error)
    return 500, WENT_WRONG, {}


def _members(error: RecommenderError) -> dict[str, Any]:
    if not isinstance(error, InvalidFilterError):
        return {}
    found = {"name": "filter", "reason": error.reason, "position": error.position}
    return {"errors": [{**found, "expected": error.expected}]}


def problems(*statuses: int) -> dict[str | int, type[BaseModel] | dict[Any, Any] | None]:
    """Return the description of problems with some statuses."""
    shape = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"content": {PROBLEM_TYPE: shape}} for status in statuses}


def validation_problem(error: ValidationError) -> Response:
    """Return what is wrong with which parameter; the values given are not repeated."""
    whole = "query string" if request.method in ("GET", "HEAD") else "body"
    errors = [
        {"name": ".".join(map(str, item["loc"])) or whole, "reason": item["msg"]}
        for item in error.errors()
    ]
    reasons = "; ".join(f"{item['name']}: {item['reason']}" for item in errors)
    return problem(400, f"Not as expected: {reasons}.", errors=errors)


def add_error_handlers(app: Flask) -> None:
    """Answer every error of the application as a problem."""
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(RecommenderError, _known_problem)
    app.register_error_handler(GraphDbError, _known_problem)
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


def _known_problem(error: RecommenderError | GraphDbError) -> Response:
    status, detail, members = problem_of(error)
    return problem(status, detail, **members)


def _unexpected_problem(error: BaseException) -> Response:
    logger.error("Request %s failed", g.get("request_id"), exc_info=error)
    return problem(500, WENT_WRONG)
