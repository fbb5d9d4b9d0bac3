"""Refuse whoever asks too often: by address before all else, by key once it is known.

How the workers count together: ``buckets``. Why so, and why off by default: docs/decisions/0023.
"""

from __future__ import annotations

import ipaddress
import math
from functools import lru_cache

from flask import Flask, Response, g, request

from recommender.api.buckets import Buckets
from recommender.api.errors import problem
from recommender.api.settings import ApiSettings, Rate

BUCKETS_FILE = "rate-limits"
NEVER_LIMITED = "/v1/health/"
V6_PREFIX = 64  # what one subscriber is given


def buckets_of(settings: ApiSettings) -> Buckets | None:
    """Return what requests are counted in, or None where nothing is limited."""
    if settings.rate_of_key is None and settings.rate_of_address is None:
        return None
    return Buckets(settings.shared / BUCKETS_FILE if settings.shared else None)


def add_address_limit(app: Flask, settings: ApiSettings, buckets: Buckets | None) -> None:
    """Limit what comes from one address; to be added before keys are looked at."""
    rate = settings.rate_of_address
    if rate is None or buckets is None:
        return

    @app.before_request
    def check() -> Response | None:
        if request.path.startswith(NEVER_LIMITED):
            return None
        address = address_of(
            request.remote_addr, request.headers.get("X-Forwarded-For"), settings.n_trusted_proxies
        )
        wait_s = buckets.take(f"address {address}", rate)
        return _refusal("address", rate, wait_s) if wait_s else None


def add_key_limit(app: Flask, settings: ApiSettings, buckets: Buckets | None) -> None:
    """Limit what is asked with one key; to be added after keys are looked at."""
    rate = settings.rate_of_key
    if rate is None or buckets is None:
        return

    @app.before_request
    def check() -> Response | None:
        if g.key_id is None:
            return None
        wait_s = buckets.take(f"key {g.key_id}", rate)
        return _refusal("key", rate, wait_s) if wait_s else None


def address_of(peer: str | None, forwarded: str | None, n_trusted_proxies: int) -> str:
    """Return who asks: the peer, or the one that so many trusted proxies pass on.

    Each proxy appends the address it was asked from, so what the first of ``n`` trusted ones saw is
    the ``n``-th from the end; all before it anybody may have written. Of IPv6 it is the network of
    64 bits, as one subscriber has all its addresses.
    """
    if n_trusted_proxies and forwarded:
        passed_on = forwarded.split(",")
        if len(passed_on) >= n_trusted_proxies:
            found = _network(passed_on[-n_trusted_proxies])
            if found is not None:
                return found
    return _network(peer or "") or "unknown"


@lru_cache(maxsize=4096)
def _network(text: str) -> str | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), V6_PREFIX), strict=False))


def _refusal(of: str, rate: Rate, wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    refused = problem(429, f"This {of} may ask {rate}. Try again in {seconds} s.")
    refused.headers["Retry-After"] = str(seconds)
    return refused
