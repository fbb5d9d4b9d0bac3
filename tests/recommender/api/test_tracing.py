"""Spans are made of requests, by route, and only where the environment says so."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from recommender.api import create_app
from recommender.api.tracing import is_tracing_wanted, trace_requests
from recommender.serve import ModelWatcher

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environ", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "shop"}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_spans_are_wanted_where_they_have_somewhere_to_go(
    environ: dict[str, str], is_wanted: bool
) -> None:
    assert is_tracing_wanted(environ) is is_wanted


@pytest.mark.neo4j
def test_a_request_is_a_span_of_the_callers_trace_named_by_its_route(
    watcher: ModelWatcher,
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = create_app(watcher)
    trace_requests(app, provider)
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    client = app.test_client()
    client.get(
        "/v1/items/bag/similar?filter=title = 'x'",
        headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"},
    )
    client.get("/nowhere/private")
    span, other = exporter.get_finished_spans()
    assert span.name == "GET /v1/items/{item_id}/similar"
    assert span.kind is SpanKind.SERVER
    assert format(span.context.trace_id, "032x") == trace_id
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 200
    assert span.status.status_code is StatusCode.UNSET
    assert other.name == "GET unknown"
    assert not any(word in span.to_json() + other.to_json() for word in ("bag", "title", "private"))
