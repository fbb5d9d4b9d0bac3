"""Filters: what they mean, that they are refused clearly, and that filtered lists are full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.graph import build_item_graph
from recommender.serve import Selection, ServingModel, ServingSettings
from recommender.serve.filters import (
    MAX_COMPARISONS,
    MAX_DEPTH,
    MAX_LENGTH,
    FilterMasks,
    InvalidFilterError,
    parse_filter,
)
from recommender.serve.item_columns import Column, NumberColumn, text_column, typed_column
from recommender.serve.nearest import nearest_lists
from tests.recommender.serve.vectors import clustered_vectors

Item = dict[str, Any]
Test = Callable[[Item], bool]

SHELF: dict[str, Column | None] = {
    "title": text_column(["RED Bag", "Straße 5", 'a "b" c\\', None]),
    "category": text_column(["bags", "bags", "mugs", None]),
    "price": typed_column([20, 19.5, -1.0, None]),
    "stock": typed_column([3, 0, 2**53 + 1, None]),
    "in_stock": typed_column([True, False, True, None]),
    "odd name": typed_column(["x", None, None, None]),
}
COLUMNS = {name: column for name, column in SHELF.items() if column is not None}


def passing(text: str) -> list[int]:
    return [int(row) for row in np.flatnonzero(parse_filter(text).mask(COLUMNS))]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("price < 20", [1, 2]),
        ("price<=20 and price>-1", [0, 1]),
        ("price = 20", [0]),
        ("price == 2e1", [0]),
        ("price != 20", [1, 2]),
        ("price <> 20", [1, 2]),
        ("NOT price = 20", [1, 2, 3]),  # a comparison with a missing value is false
        ("price IS NULL", [3]),
        ("price is not null", [0, 1, 2]),
        (f"stock = {2**53 + 1}", [2]),
        (f"stock = {2**53}", []),
        ("stock < 1e400", [0, 1, 2]),
        ("in_stock = true", [0, 2]),
        ("in_stock != TRUE", [1]),
        ("category IN ('mugs', \"hats\")", [2]),
        ("category NOT IN ('mugs')", [0, 1]),
        ("NOT category IN ('mugs')", [0, 1, 3]),
        ("category > 'bags'", [2]),
        ("category < 'bagz'", [0, 1]),
        ("category <= 'a'", []),
        ("title CONTAINS 'red'", [0]),
        ("title contains 'STRASSE'", [1]),
        ("title STARTS WITH 'red b'", [0]),
        ("title ENDS WITH 'BAG'", [0]),
        ("title CONTAINS ''", [0, 1, 2]),
        (r"title = 'a \"b\" c\\'", [2]),
        (r"""title = "a \"b\" c\\" """, [2]),
        ("`odd name` = 'x'", [0]),
        # AND binds tighter than OR
        ("price = 20 OR price < 20 AND in_stock = true", [0, 2]),
        ("(price = 20 OR price < 20) AND in_stock = false", [1]),
        ("NOT (price = 20 OR price < 20)", [3]),
        ("NOT NOT price = 20", [0]),
    ],
    ids=str,
)
def test_filter_lets_pass(text: str, rows: list[int]) -> None:
    assert passing(text) == rows


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 1, "a property"),
        ("price <", 8, "a number"),
        ("price < < 3", 9, "found '< 3'"),
        ("price 20", 7, "expected = != <"),
        ("price < 20 AN in_stock = true", 12, "found 'AN in_stock = true', expected AND"),
        ("(price < 20", 12, r"expected \)"),
        ("price < 20)", 11, "expected the end"),
        ("prize < 20", 1, "There are: category, in_stock, odd name, price, stock, title"),
        ("category = 'bags' AND prize < 20", 23, "no property 'prize'"),
        ("price < '20'", 9, "'price' is number"),
        ("title = 5", 9, "'title' is text"),
        ("in_stock = 1", 12, "'in_stock' is true or false"),
        ("category IN ('a', 5)", 19, "'category' is text"),
        ("price CONTAINS '2'", 7, "'price' is number"),
        ("price IN ()", 11, "a number"),
        ("title = 'open", 9, "a text in quotes"),
        ("price < 20; MATCH (n) DETACH DELETE n", 11, "found '; MATCH"),
        ("price = 5abc", 9, "a number"),
    ],
    ids=str,
)
def test_filter_without_meaning_says_where_and_what_was_expected(
    text: str, position: int, said: str
) -> None:
    with pytest.raises(InvalidFilterError, match=said) as raised:
        passing(text)
    assert raised.value.position == position


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * (MAX_LENGTH + 1), "longer than"),
        ("(" * (MAX_DEPTH + 1) + "price=1" + ")" * (MAX_DEPTH + 1), "nested deeper"),
        ("NOT " * (MAX_DEPTH + 1) + "price=1", "nested deeper"),
        (" OR ".join(["price=1"] * (MAX_COMPARISONS + 1)), "more than 32 comparisons"),
        ("(" * MAX_LENGTH, "expected"),
        ("NOT " * (MAX_LENGTH // 4), "expected"),
        ("'" * MAX_LENGTH, "expected"),
        ("price IN (" + "1," * 494, "expected"),
    ],
    ids=lambda value: value[:20],
)
def test_filter_that_could_take_long_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidFilterError, match=said):
        passing(text)


def test_filter_at_the_limits_is_answered() -> None:
    assert passing("(" * MAX_DEPTH + "price=20" + ")" * MAX_DEPTH) == [0]
    assert passing(" OR ".join(["price=20"] * MAX_COMPARISONS)) == [0]


WORDS = st.sampled_from(
    ["price", "title", "nope", "AND", "or", "Not", "IN", "(", ")", ",", "=", "<", "'a'", '"', "1",
     "`", "is", "null", "contains", "starts", "with", "true", "\\", "\0", "é", "1e999", "-", " "]
)  # fmt: skip


@settings(max_examples=500, derandomize=True, deadline=None)
@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    position = 1
    try:
        passing(text)
    except InvalidFilterError as error:
        position = error.position
    assert 1 <= position <= len(text) + 1


def test_few_that_pass_are_kept_as_rows_and_give_the_same_mask() -> None:
    numbers = np.arange(100)
    known = np.ones(100, np.bool_)
    masks = FilterMasks(
        {"price": NumberColumn(numbers, known), "category": text_column(["bags"] * 100)}
    )
    for text, n_passing in (("price < 12", 12), ("price < 13", 13), ("price < 0", 0)):
        mask, rows = masks.mask(text, None), masks.rows(text, None)
        assert np.flatnonzero(mask).tolist() == list(range(n_passing))
        assert (rows is None) == (n_passing == 13)
        assert rows is None or rows.tolist() == list(range(n_passing))
        with pytest.raises(ValueError, match="read-only"):
            mask[0] = True


def test_masks_are_kept_and_the_oldest_are_forgotten() -> None:
    masks = FilterMasks(COLUMNS, kept_bytes=4)  # beside one that is always kept, one of four items
    first = masks.mask("price = 20", None)
    masks.mask("price = 21", None)
    assert masks.mask("price = 20", None) is first
    masks.mask("price = 22", None)
    masks.mask("price = 21", None)
    assert masks.mask("price = 20", None) is not first
    assert masks.mask("price < 20", "bags").tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    "values", [[], [None], [1, "a"], [True, 1], [["a"], None], [b"x"]], ids=str
)
def test_values_that_are_not_of_one_plain_type_are_no_column(values: list[Any]) -> None:
    assert typed_column(values) is None


# A thousand random filters over three thousand items, each answered by brute force as well.

N_ITEMS, N_FILTERS, K = 3000, 1000, 20


@cache
def items() -> list[Item]:
    random = np.random.default_rng(3)
    rows = []
    for row in range(N_ITEMS):
        item = {
            "item_id": f"item-{row:04}",
            "price": round(float(random.gamma(2, 20)), 2),
            "stock": int(random.integers(0, 100)),
            "new": bool(random.random() < 0.1),
            "colour": str(random.choice(["red", "green", "blue", "Navy Blue", "ecru"])),
            "maker": f"m{int(random.zipf(1.3)) % 200}",
        }
        rows.append({name: None if random.random() < 0.1 else item[name] for name in item})
        rows[-1]["item_id"] = item["item_id"]
    return rows


@cache
def model() -> ServingModel:
    random = np.random.default_rng(4)
    ids = tuple(item["item_id"] for item in items())
    vectors = clustered_vectors(N_ITEMS, 16, seed=2)
    sources, targets = random.integers(0, N_ITEMS, (2, 9000)).astype(np.int32)
    support = random.integers(1, 100, N_ITEMS)
    weights = random.random(9000).astype(np.float32)
    graph = build_item_graph(ids, sources, targets, weights, support=support, is_directed=False)
    names = ("price", "stock", "new", "colour", "maker")
    columns = {name: typed_column([item[name] for item in items()]) for name in names}
    return ServingModel(
        "one", ids, ids, (None,) * N_ITEMS, support, vectors, graph, ServingSettings(10),
        nearest=nearest_lists(vectors, support >= 10),
        properties={name: column for name, column in columns.items() if column is not None},
    )  # fmt: skip


def present(item: Item, name: str, test: Callable[[Any], bool]) -> bool:
    return item[name] is not None and test(item[name])


def random_comparison(random: np.random.Generator) -> tuple[str, Test]:
    """Return a comparison as a text and as a function of an item."""
    price, stock = round(float(random.gamma(2, 20)), 2), int(random.integers(0, 100))
    makers = [f"m{number}" for number in random.integers(0, 60, 3)]
    listed = ", ".join(f"'{maker}'" for maker in makers)
    choices: list[tuple[str, Test]] = [
        (f"price < {price}", lambda item: present(item, "price", lambda value: value < price)),
        (f"price >= {price}", lambda item: present(item, "price", lambda value: value >= price)),
        (f"stock = {stock}", lambda item: item["stock"] == stock),
        (f"stock > {stock}", lambda item: present(item, "stock", lambda value: value > stock)),
        ("new = true", lambda item: item["new"] is True),
        ("new IS NULL", lambda item: item["new"] is None),
        ("colour contains 'BLUE'",
         lambda item: present(item, "colour", lambda value: "blue" in value.lower())),
        ("colour != 'red'", lambda item: present(item, "colour", lambda value: value != "red")),
        (f"maker IN ({listed})", lambda item: item["maker"] in makers),
        (f"maker > '{makers[0]}'",
         lambda item: present(item, "maker", lambda value: value > makers[0])),
    ]  # fmt: skip
    return choices[int(random.integers(len(choices)))]


def random_filter(random: np.random.Generator, depth: int = 0) -> tuple[str, Test]:
    kind = random.random()
    if depth == 3 or kind < 0.3:
        return random_comparison(random)
    (text, test), (other_text, other) = (
        random_filter(random, depth + 1),
        random_filter(random, depth + 1),
    )
    if kind < 0.4:
        return f"NOT ({text})", lambda item: not test(item)
    if kind < 0.8:
        return f"({text}) AND ({other_text})", lambda item: test(item) and other(item)
    return f"({text} or {other_text})", lambda item: test(item) or other(item)


def test_thousand_random_filters_give_the_full_list_that_brute_force_gives() -> None:
    random = np.random.default_rng(7)
    served, n_selective = model(), 0
    for _ in range(N_FILTERS):
        text, test = random_filter(random)
        row = int(random.integers(N_ITEMS))
        shown = served.support >= 10
        shown[row] = False
        passed = np.array([test(item) for item in items()]) & shown
        answer = served.similar(
            served.item_ids[row], K, "embedding", selection=Selection(filter=text)
        )
        cosines = np.sort((served.vectors @ served.vectors[row])[passed])[::-1][:K]
        assert len(answer) == min(K, int(passed.sum())), text
        assert all(passed[served.row_of[item.item_id]] for item in answer), text
        assert [item.score for item in answer] == pytest.approx(cosines.tolist(), abs=1e-6), text
        n_selective += K <= passed.sum() <= 0.02 * N_ITEMS
    assert n_selective >= 50


@pytest.mark.parametrize("method", ["hybrid", "embedding", "graph"])
def test_filter_of_one_percent_gives_full_lists_by_any_method(method: Any) -> None:
    passed = {item["item_id"] for item in items() if item["stock"] == 7}
    allowed = [name for name in passed if model().support[model().row_of[name]] >= 10]
    assert K < len(allowed) < 0.02 * N_ITEMS
    for row in range(0, N_ITEMS, 30):
        answer = model().similar(
            model().item_ids[row], K, method, selection=Selection(filter="stock = 7")
        )
        assert len({item.item_id for item in answer} & passed) == K


@pytest.mark.parametrize("diversity", [0.0, 0.4])
@pytest.mark.parametrize("with_lists", [True, False])
@pytest.mark.parametrize("text", [None, "new = true"])
def test_pages_hold_every_item_once(text: str | None, with_lists: bool, diversity: float) -> None:
    served = model() if with_lists else replace(model(), nearest=None)
    first = Selection(filter=text, diversity=diversity, exclude_items=("item-0005", "gone"))
    pages: list[str] = []
    while True:
        page = served.similar("item-0001", 50, selection=replace(first, start=len(pages)))
        assert [item.rank for item in page] == list(
            range(len(pages) + 1, len(pages) + len(page) + 1)
        )
        pages += [item.item_id for item in page]
        if len(page) < 50:
            break
    shown = {
        item["item_id"]
        for item in items()
        if (text is None or item["new"]) and served.support[served.row_of[item["item_id"]]] >= 10
    }
    assert len(pages) == len(set(pages))
    assert set(pages) == shown - {"item-0001", "item-0005"}
