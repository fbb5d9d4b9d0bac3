"""How the API is operated: limits, proxies, origins, logs. Free of HTTP, for the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from recommender.errors import InvalidParameterError

LogFormat = Literal["text", "json"]
LOG_FORMATS: tuple[LogFormat, ...] = get_args(LogFormat)
SECONDS_OF = {"second": 1, "minute": 60, "hour": 3600}
MAX_TIMES = 1_000_000

_RATE = re.compile(r"(\d{1,7})/(second|minute|hour)")


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds; as many may come at once after a rest."""

    times: int
    period_s: int

    @classmethod
    def read(cls, text: str) -> Rate:
        """Return the rate that a text such as ``100/second`` means.

        Raises
        ------
        InvalidParameterError
            If it means none.
        """
        match = _RATE.fullmatch(text.strip())
        if match is None or not 1 <= int(match[1]) <= MAX_TIMES:
            raise InvalidParameterError(
                f"'{text[:40]}' is no rate. Write it as 100/second, 600/minute or 5000/hour, with "
                f"1 to {MAX_TIMES}."
            )
        return cls(int(match[1]), SECONDS_OF[match[2]])

    def __str__(self) -> str:
        """Return it as it is written."""
        names = {seconds: name for name, seconds in SECONDS_OF.items()}
        return f"{self.times}/{names[self.period_s]}"


@dataclass(frozen=True)
class ApiSettings:
    """What the operator chose."""

    rate_of_key: Rate | None = None
    rate_of_address: Rate | None = None
    n_trusted_proxies: int = 0  # in front of us, each of which adds to X-Forwarded-For
    origins: tuple[str, ...] = ()  # whose pages may ask from a browser
    log_format: LogFormat = "text"
    shared: Path | None = None  # folder of what the workers count together; None: there is one


def read_origin(text: str) -> str:
    """Return an origin as browsers send it.

    Raises
    ------
    InvalidParameterError
        If it is none: ``*`` is not, nor is an address with a path.
    """
    parts = urlsplit(text.strip().lower())
    origin = f"{parts.scheme}://{parts.netloc}"
    is_plain = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in origin or not is_plain:
        raise InvalidParameterError(
            f"'{text[:80]}' is no origin. Name one, as https://shop.example or "
            "http://localhost:3000; there is none for all."
        )
    return origin
