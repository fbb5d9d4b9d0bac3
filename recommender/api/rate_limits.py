"""Refuse whoever asks too often: by address before all else, by key once it is known.

How the workers count together: ``buckets``. Why so, and why off by default: docs/decisions/0023.
"""

from __future__ import annotations

import ipaddress
import math
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, request

from recommender.api.buckets import Buckets
from recommender.api.errors import problem
from recommender.api.settings import ApiSettings, Rate

BUCKETS_FILE = "rate-limits"
NEVER_LIMITED = "/v1/health/"
V6_PREFIX = 64  # what one subscriber is given
_COUNTED = "footpath.counted"  # in WSGI's environ, where no header can put it


class RateLimits:
    """What may be asked how often; without a rate, anything. A request counts once."""

    def __init__(self, settings: ApiSettings) -> None:
        self.of_address, self.of_key = settings.rate_of_address, settings.rate_of_key
        self._n_trusted_proxies = settings.n_trusted_proxies
        is_limited = self.of_address is not None or self.of_key is not None
        file = settings.shared / BUCKETS_FILE if settings.shared else None
        self._buckets = Buckets(file) if is_limited else None

    def take_address(self, environ: dict[str, Any]) -> float:
        """Count a request for where it comes from; return 0, or the seconds to wait."""
        if self.of_address is None:
            return 0.0
        peer, forwarded = environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR")
        address = address_of(peer, forwarded, self._n_trusted_proxies)
        return self._take(environ, f"address {address}", self.of_address)

    def take_key(self, environ: dict[str, Any], key_id: str | None) -> float:
        """Count a request for the key it is asked with; return 0, or the seconds to wait."""
        if self.of_key is None or key_id is None:
            return 0.0
        return self._take(environ, f"key {key_id}", self.of_key)

    def _take(self, environ: dict[str, Any], name: str, rate: Rate) -> float:
        assert self._buckets is not None
        counted = environ.setdefault(_COUNTED, set())
        if name in counted:
            return 0.0
        wait_s = self._buckets.take(name, rate)
        if not wait_s:
            counted.add(name)
        return wait_s


def add_address_limit(app: Flask, limits: RateLimits) -> None:
    """Limit what comes from one address; to be added before keys are looked at."""
    rate = limits.of_address
    if rate is None:
        return

    @app.before_request
    def check() -> Response | None:
        if request.path.startswith(NEVER_LIMITED):
            return None
        wait_s = limits.take_address(request.environ)
        return _refusal("address", rate, wait_s) if wait_s else None


def add_key_limit(app: Flask, limits: RateLimits) -> None:
    """Limit what is asked with one key; to be added after keys are looked at."""
    rate = limits.of_key
    if rate is None:
        return

    @app.before_request
    def check() -> Response | None:
        wait_s = limits.take_key(request.environ, g.key_id)
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
