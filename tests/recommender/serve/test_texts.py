"""Texts as slices of one are the texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recommender.serve.texts import Texts

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_categories=())), max_size=20)


@given(TEXTS)
def test_every_text_is_what_it_was(texts: list[str | None]) -> None:
    assert Texts(texts).some(range(len(texts))) == texts


def test_some_come_in_the_order_asked_for() -> None:
    assert Texts(["a", "", None, "Käfer “rot” 😀"]).some([3, 2, 1, 3]) == [
        *("Käfer “rot” 😀", None, "", "Käfer “rot” 😀")
    ]
