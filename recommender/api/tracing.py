"""OpenTelemetry, where it is installed (``footpath[otel]``) and ``OTEL_*`` says where spans go."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_tracing_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment says where spans are to be sent."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    is_other = environ.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    return not is_off and not is_other and any(environ.get(name) for name in ENDPOINTS)


def add_tracing(app: Flask) -> bool:
    """Send a span of each request to where the environment says; return whether it does."""
    if not is_tracing_wanted(os.environ):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning("OTEL_* is set, but footpath[otel] is not installed: nothing is traced.")
        return False
    name = os.environ.get("OTEL_SERVICE_NAME", "footpath")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    Finalize(None, provider.shutdown, exitpriority=1)  # a worker ends without atexit
    trace_requests(app, provider)
    return True


def trace_requests(app: Flask, provider: TracerProvider) -> None:
    """Make a span of each request, named by its method and route; ids and parameters are not told.

    Its parent is the caller's, by ``traceparent``.
    """
    from opentelemetry.propagate import extract
    from opentelemetry.trace import SpanKind, Status, StatusCode

    tracer = provider.get_tracer("footpath")

    @app.before_request
    def begin() -> None:
        g.span = tracer.start_span(
            f"{request.method} {g.route}",
            context=extract(request.headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": request.method, "http.route": g.route},
        )

    @app.after_request
    def end(response: Response) -> Response:
        g.span.set_attribute("http.response.status_code", response.status_code)
        g.span.set_attribute("footpath.request_id", g.request_id)
        if response.status_code >= 500:
            g.span.set_status(Status(StatusCode.ERROR))
        g.span.end()
        return response
