from __future__ import annotations

import pytest

from graphdb import Database
from recommender.errors import InvalidParameterError
from recommender.serve import find_item, match_item, search_items
from tests.recommender.serve.shop import fill_shop

pytestmark = pytest.mark.neo4j

MEANT_FOR_LUCENE = [
    '"', "\\", "\\\\", "(", ")(", "[1 TO 2]", "{", "}", "^", "~", "*", "?", "+", "-", "!", "&&",
    "||", "/.*/", ":", "title:bag", "bag^", "bag~", "ba?", "b*g", "NOT bag", "AND", "OR", "NOT",
    "AND AND", "*:*", "\0", "<script>", "bag\" OR \"mug", "x" * 200, "x " * 100, " ", "\t\n",
]  # fmt: skip


@pytest.fixture
def shop(database: Database) -> Database:
    fill_shop(database)
    return database


def found(database: Database, text: str) -> list[str]:
    return [item.item_id for item in search_items(database, text)]


@pytest.mark.parametrize(
    ("text", "item_ids"),
    [
        ("red plate", ["plate"]),
        ("PLATE red", ["plate"]),
        ("red pla", ["plate"]),
        ("skull", ["lunch bag"]),
        ("käfer", ["a/b c"]),
        ("mug & spoon", ["mug"]),
        ("plate (large)", ["plate"]),
        ("red plate mug", []),
        ("red bag", ["bag", "rare"]),
    ],
    ids=str,
)
def test_search_finds_titles_with_every_word(
    shop: Database, text: str, item_ids: list[str]
) -> None:
    assert found(shop, text) == item_ids


@pytest.mark.parametrize("text", MEANT_FOR_LUCENE, ids=ascii)
def test_search_text_is_never_obeyed(shop: Database, text: str) -> None:
    assert set(found(shop, text)) <= {"bag", "rare", "lunch bag", "mug"}


def test_search_operators_are_words_like_others(shop: Database) -> None:
    assert found(shop, "red NOT bag") == []
    assert found(shop, "bag OR mug") == []
    assert found(shop, "*:*") == []


def test_search_text_that_is_too_long_is_refused(shop: Database) -> None:
    with pytest.raises(InvalidParameterError, match="201 characters"):
        search_items(shop, "x" * 201)


@pytest.mark.parametrize("item_id", ["", "nothing", "x" * 513, "\udcff"], ids=ascii)
def test_unknown_id_is_none(shop: Database, item_id: str) -> None:
    assert find_item(shop, item_id) is None


@pytest.mark.parametrize(
    ("text", "item_id", "is_exact"),
    [
        ("a/b c", "a/b c", True),
        ("red bag", "bag", True),
        ("lunch bag  black skull.", "lunch bag", True),
        ("spoon", "mug", False),
    ],
    ids=["id", "title", "title spaced otherwise", "the only title with the word"],
)
def test_text_means_one_item(shop: Database, text: str, item_id: str, is_exact: bool) -> None:
    match = match_item(shop, text)
    assert match.item is not None
    assert (match.item.item_id, match.is_exact) == (item_id, is_exact)


def test_text_that_fits_several_items_suggests_them(shop: Database) -> None:
    match = match_item(shop, "red")
    assert match.item is None
    assert {item.item_id for item in match.candidates} == {"bag", "rare", "plate"}


def test_misspelt_title_suggests_the_right_one(shop: Database) -> None:
    match = match_item(shop, "skul")
    assert match.item is not None  # the beginning of the word is enough
    assert [item.item_id for item in match_item(shop, "scull").candidates] == ["lunch bag"]


def test_text_of_nothing_in_the_shop_suggests_nothing(shop: Database) -> None:
    match = match_item(shop, "zzzzzz")
    assert (match.item, match.candidates) == (None, [])
