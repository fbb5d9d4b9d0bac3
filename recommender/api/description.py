"""The OpenAPI document as it is served: what flask-openapi3 makes, corrected."""

from __future__ import annotations

import copy
from typing import Any

Schema = dict[str, Any]

# The server itself refuses what is longer than its buffer, before the application sees it.
TOO_LONG = {
    "414": {"description": "Path and query are longer than 64 KiB; no body."},
    "431": {"description": "Path, query and headers are longer than 64 KiB; no body."},
}


def corrected(document: Schema) -> Schema:
    """Return a document in which nothing is said that is not so.

    A parameter that may be left out is not one that may be null, which a query string cannot be;
    members without a value are left out; what the server itself answers is added.
    """
    document = copy.deepcopy(document)
    components = document["components"]
    document["components"] = {name: part for name, part in components.items() if part}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].update(TOO_LONG)
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _without_null(parameter["schema"])
    return document


def _without_null(schema: Schema) -> Schema:
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if rest.get("default", "") is None:
        del rest["default"]
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {**rest, "anyOf": kinds} if kinds else rest
