"""Counts and times of requests for Prometheus, at ``/metrics``.

Labels have few values: the method, the route's template (never an id), the status, and where an
item came from. What a worker knows of its model and its database is told by the one that answers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from recommender.api.state import RequestState, current
from recommender.serve import ModelWatcher

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
UNKNOWN_ROUTE = "unknown"
UNKNOWN_METHOD = "other"

Observe = Callable[[RequestState, str, int], None]  # of a method, and of the status it had

_PART = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def route_asked() -> str:
    """Return the template of the route that is asked for, as in the API's description."""
    return UNKNOWN_ROUTE if request.url_rule is None else _template(request.url_rule.rule)


@cache
def _template(rule: str) -> str:
    return _PART.sub(r"{\1}", rule)


def add_metrics(app: Flask, watcher: ModelWatcher, shared: Path | None) -> Observe:
    """Observe every request, and answer ``/metrics``.

    What observes is returned, for answers that come without Flask.

    Parameters
    ----------
    app : Flask
        Whose requests are observed.
    watcher : ModelWatcher
        Whose model and database are told of.
    shared : Path, optional
        A folder in which all workers of a server count, so that whichever answers tells of all.
    """
    if shared is not None:
        # prometheus_client looks at this once, when it is imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared)
    from prometheus_client import (
        CollectorRegistry,
        Counter,
        Histogram,
        disable_created_metrics,
        generate_latest,
    )
    from prometheus_client.multiprocess import MultiProcessCollector

    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    if shared is not None:
        MultiProcessCollector(registry, str(shared))  # type: ignore[no-untyped-call]
    counted_in = registry if shared is None else None
    seconds = Histogram(
        "footpath_request_seconds",
        "Time to answer a request, in seconds.",
        ("method", "route", "status"),
        buckets=BUCKETS_S,
        registry=counted_in,
    )
    n_items = Counter(
        "footpath_items_answered",
        "Items in lists that were answered, by where they came from.",
        ("source",),
        registry=counted_in,
    )
    n_lists = Counter(
        "footpath_variant_lists",
        "Lists that were answered, by experiment and variant.",
        ("experiment", "variant"),
        registry=counted_in,
    )
    _add_model(registry, watcher)
    # Finding a series by its labels costs as much as counting in it.
    timer_of = cache(lambda *labels: seconds.labels(*labels))
    counter_of = cache(lambda source: n_items.labels(source))
    lists_of = cache(lambda *labels: n_lists.labels(*labels))

    def observe(state: RequestState, method: str, status: int) -> None:
        timer = timer_of(method if method in METHODS else UNKNOWN_METHOD, state.route, status)
        timer.observe(perf_counter() - state.begun)
        if status == 200:
            for source, n_shown in state.shown.items():
                counter_of(source).inc(n_shown)
            for assignment, n_answered in state.variants.items():
                lists_of(*assignment).inc(n_answered)

    @app.after_request
    def observe_response(response: Response) -> Response:
        observe(current(), request.method, response.status_code)
        return response

    app.add_url_rule(
        PATH,
        "metrics",
        lambda: Response(generate_latest(registry), content_type=CONTENT_TYPE),
    )
    return observe


def _add_model(registry: CollectorRegistry, watcher: ModelWatcher) -> None:
    """Tell of the model and the database as they are when somebody asks."""
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector

    def gauge(name: str, text: str, value: float, **labels: str) -> Metric:
        family = GaugeMetricFamily(f"footpath_{name}", text, labels=list(labels))
        family.add_metric(list(labels.values()), value)
        return family

    class Model(Collector):
        def collect(self) -> Iterator[Metric]:
            away = float(watcher.is_database_away)
            yield gauge("database_away", "1 while the database does not answer.", away)
            model = watcher.model
            yield gauge("model_loaded", "1 while a model is in memory.", float(model is not None))
            if model is None:
                return
            yield gauge("model_info", "The version that answers.", 1.0, version=model.version)
            yield gauge("items", "Items of the catalogue in memory.", model.n_items)
            if watcher.published_ms is not None:
                text = "When the version was published, in seconds since 1970."
                yield gauge("model_published_timestamp_seconds", text, watcher.published_ms / 1e3)

    collector: Any = Model()
    registry.register(collector)
