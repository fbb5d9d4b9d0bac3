"""What can be the id of an item, a user or a session, and what text a database takes at all."""

from __future__ import annotations

from recommender.columns import MAX_ID_LENGTH


def is_unicode(text: str) -> bool:
    """Whether a text can be put into a database: bytes that are no UTF-8 cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def is_id(text: str) -> bool:
    """Whether a text can be an id."""
    return 0 < len(text) <= MAX_ID_LENGTH and is_unicode(text)
