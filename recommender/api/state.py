"""What is known of a request while it is answered."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import cast

from flask import g
from flask.ctx import _AppCtxGlobals

from recommender.experiments import Assignment
from recommender.serve import SimilarItem

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")


class RequestState(_AppCtxGlobals):
    """Flask's ``g``; answers that come without Flask have one of their own."""

    begun: float  # perf_counter()
    request_id: str
    route: str  # its template
    shown: Mapping[str, int] = {}  # items by where they came from
    model_version: str | None = None
    key_id: str | None = None
    is_keyed = False
    etag: str | None = None
    variant: Assignment | None = None  # of an experiment; set by who answers
    variants: Mapping[Assignment, int] = {}  # lists by the variant they are of

    def begin(self, given_id: str, route: str) -> None:
        """Give the request an id, the caller's own if it is sane."""
        self.begun = perf_counter()
        self.request_id = (
            given_id if _SANE_REQUEST_ID.fullmatch(given_id) else secrets.token_hex(16)
        )
        self.route = route

    def note_variant(self, assignment: Assignment) -> None:
        """Tell headers and metrics that a list is of a variant."""
        self.variant = assignment
        n_lists = self.variants.get(assignment, 0) + 1
        self.variants = {**self.variants, assignment: n_lists}

    def note_items(self, items: Iterable[SimilarItem]) -> None:
        """Count what an answer shows by where it came from."""
        shown = Counter(self.shown)
        shown.update([item.source for item in items])
        self.shown = shown


def current() -> RequestState:
    """Return the state of the request that Flask is at."""
    return cast("RequestState", g._get_current_object())


def signature(state: RequestState) -> list[tuple[str, str]]:
    """Return the headers that tell what answered."""
    headers = [("X-Request-ID", state.request_id), ("X-Content-Type-Options", "nosniff")]
    version, variant = state.model_version, state.variant
    if version is not None:
        headers.append(("X-Model-Version", version))
    if variant is not None:
        headers.append(("X-Variant", f"{variant.experiment}/{variant.variant}"))
    return headers
