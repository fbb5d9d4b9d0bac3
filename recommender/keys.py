"""Keys of the API: made once, shown once, kept as a hash, revoked at any time.

A key reads ``fp_<id>_<secret>``. The secret has 256 random bits, so one SHA-256 keeps it as well as
a slow hash would: there is nothing to guess. Keys are ``:ApiKey`` nodes and survive
``footpath wipe``, so a server that asks for keys never opens by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from graphdb import Database
from recommender.errors import InvalidParameterError

Scope = Literal["read", "events", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
ID_BYTES = 4
SECRET_BYTES = 32
MAX_NAME_LENGTH = 100

_KEY = re.compile(r"fp_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
_NO_DIGEST = "0" * 64  # compared with where no such key is, so that both take as long


@dataclass(frozen=True)
class ApiKey:
    """A key as the database keeps it."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str  # SHA-256 of the whole key, hexadecimal
    created_at: str
    revoked_at: str | None

    @property
    def is_valid(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None


def create_key(database: Database, name: str, scopes: Sequence[Scope]) -> str:
    """Make a key and return it; it can never be shown again.

    Raises
    ------
    InvalidParameterError
        If it has no name or no scope.
    """
    if not name.strip() or len(name) > MAX_NAME_LENGTH:
        raise InvalidParameterError(f"Name the key with 1 to {MAX_NAME_LENGTH} characters.")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidParameterError(f"A key has one or more of the scopes {', '.join(SCOPES)}.")
    key_id = secrets.token_hex(ID_BYTES)
    key = f"fp_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    in_order = [scope for scope in SCOPES if scope in scopes]
    database.write("keys/create_key", id=key_id, name=name, scopes=in_order, digest=_digest(key))
    return key


def list_keys(database: Database, *, deadline_s: float | None = None) -> list[ApiKey]:
    """Return every key, the newest first."""
    return [
        ApiKey(
            id=row["id"],
            name=row["name"],
            scopes=tuple(row["scopes"]),
            digest=row["digest"],
            created_at=str(row["created_at"]),
            revoked_at=None if row["revoked_at"] is None else str(row["revoked_at"]),
        )
        for row in database.read("keys/list_keys", deadline_s=deadline_s)
    ]


def revoke_key(database: Database, key_id: str) -> str:
    """Revoke a key by its id and return its name.

    Raises
    ------
    InvalidParameterError
        If there is no such key.
    """
    rows = database.write("keys/revoke_key", id=key_id)
    if not rows:
        raise InvalidParameterError(
            f"There is no key with the id '{key_id[:40]}'. See `footpath keys list`."
        )
    return str(rows[0]["name"])


def matching_key(keys: Sequence[ApiKey], text: str) -> ApiKey | None:
    """Return the valid key that a text is, or None; takes as long either way."""
    match = _KEY.fullmatch(text)
    found = next((key for key in keys if match is not None and key.id == match[1]), None)
    expected = _NO_DIGEST if found is None else found.digest
    is_same = hmac.compare_digest(_digest(text), expected)
    return found if found is not None and is_same and found.is_valid else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
