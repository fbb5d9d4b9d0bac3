"""The route by which a shop tells what its visitors do."""

from __future__ import annotations

from flask import g
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI

from recommender.api.errors import problems
from recommender.api.pages import DEADLINE_S, Answer
from recommender.api.writes import EventsAnswer, EventsBody
from recommender.events import write_events
from recommender.serve import ModelWatcher

EVENTS = Tag(name="events")


def add_events(app: OpenAPI, watcher: ModelWatcher) -> None:
    """Add the route of events."""

    @app.post(
        "/v1/events",
        tags=[EVENTS],
        description=(
            "Up to 1,000 events, in the graph before this answers; each has a result of its own. "
            "Sent again under the same `event_id` an event is not written again, so after a lost "
            "answer, or a 503, send it again. A user's recommendations count it at once; the "
            "relationships between items follow with the next `footpath relate`."
        ),
        responses={200: EventsAnswer, **problems(400, 413, 503)},
    )
    def events(body: EventsBody) -> Answer:
        """Tell what visitors did."""
        watcher.check_database()
        told = [each.event() for each in body.events]
        outcomes = write_events(watcher.database, told, deadline_s=DEADLINE_S)
        results = [
            {"event_id": event.event_id, "outcome": outcome}
            for event, outcome in zip(told, outcomes, strict=True)
        ]
        n_accepted = outcomes.count("accepted")
        return {"results": results, "n_accepted": n_accepted, "request_id": g.request_id}
