"""The OpenAPI document as it is served: what flask-openapi3 makes, corrected."""

from __future__ import annotations

import copy
from typing import Any

from recommender.api.access import is_open, scope_of
from recommender.api.errors import PROBLEM_TYPE

Schema = dict[str, Any]

# The server itself refuses what is longer than its buffer, before the application sees it.
TOO_LONG = {
    "414": {"description": "Path and query are longer than 64 KiB; no body."},
    "431": {"description": "Path, query and headers are longer than 64 KiB; no body."},
}

HEALTH = "/v1/health/"
_PROBLEM = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSALS = {
    "401": {
        "description": "There are keys, and no valid one was given.",
        "content": _PROBLEM,
    },
    "403": {"description": "The key has no scope for this.", "content": _PROBLEM},
    "429": {"description": "Too many requests of this key or address.", "content": _PROBLEM},
}
WITH_RETRY_AFTER = ("429", "503")

# Either of them, once there are keys; what is open to everybody needs none.
KEY, BEARER = "key", "bearer"
SECURITY_SCHEMES = {
    KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key, as `footpath keys create` tells it once.",
    },
    BEARER: {"type": "http", "scheme": "bearer", "description": "The same key."},
}

# Operations whose answer is made from memory alone, so that it has an ETag.
KEPT = ("similar", "popular")
NOT_MODIFIED = {"304": {"description": "The answer that has this ETag is still good; no body."}}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an answer that the caller has kept.",
    "schema": {"type": "string"},
}


def _header(description: str, kind: str = "string") -> Schema:
    return {"description": description, "schema": {"type": kind}}


REQUEST_ID = {"X-Request-ID": _header("The caller's own if it is sane, else a new one.")}
RETRY_AFTER = {"Retry-After": _header("Seconds until it is worth while to try again.", "integer")}
OF_KEPT = {
    "ETag": _header("Weak: two answers with the same differ in the request id at most."),
    "Cache-Control": _header("May be kept, and is to be asked for again each time."),
    "X-Model-Version": _header("The version that answered."),
    "X-Database-Away": _header("`true` while the database is away: answered from memory."),
}


def corrected(document: Schema, *, is_keyed: bool) -> Schema:
    """Return a document in which nothing is said that is not so.

    Keys, and the scope that each operation needs, are asked for in it once there are any
    (``is_keyed``); until then everybody is answered.

    A parameter that may be left out is not one that may be null, which a query string cannot be;
    members without a value are left out; what the server itself answers, and what surrounds every
    route, is added.
    """
    document = copy.deepcopy(document)
    components = document["components"]
    document["components"] = {name: part for name, part in components.items() if part}
    document["components"]["securitySchemes"] = copy.deepcopy(SECURITY_SCHEMES)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if is_keyed and not is_open(path):
                scope = scope_of(method.upper(), path)
                operation["security"] = [{KEY: [scope]}, {BEARER: [scope]}]
            _add_surroundings(operation, is_limited=not path.startswith(HEALTH))
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _without_null(parameter["schema"])
    return document


def _add_surroundings(operation: Schema, *, is_limited: bool) -> None:
    """Add what surrounds a route: refusals, headers, what callers may keep."""
    responses = operation["responses"]
    responses.update(copy.deepcopy(REFUSALS) if is_limited else {})
    if operation["operationId"] in KEPT:
        responses.update(copy.deepcopy(NOT_MODIFIED))
        operation.setdefault("parameters", []).append(dict(IF_NONE_MATCH))
    for status, response in responses.items():
        headers = dict(REQUEST_ID)
        if status in WITH_RETRY_AFTER:
            headers |= RETRY_AFTER
        if operation["operationId"] in KEPT and status in ("200", "304"):
            headers |= OF_KEPT
        response["headers"] = headers
    responses.update(TOO_LONG)


def _without_null(schema: Schema) -> Schema:
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {**rest, "anyOf": kinds} if kinds else rest
