"""What business rules do to lists: by hand on the small shop, by brute force on random ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.directives import Route
from recommender.graph import build_item_graph
from recommender.rules import Rule
from recommender.serve import Method, RuleBook, Selection, ServingModel, ServingSettings
from recommender.serve.item_columns import Mask, typed_column
from recommender.serve.nearest import nearest_lists
from recommender.serve.rules import ListRules
from tests.recommender.serve.shop import HYBRID_ONE
from tests.recommender.serve.test_model import names, shop_model, sources
from tests.recommender.serve.vectors import clustered_vectors

N_ITEMS = 400
LEAST = 10
COLOURS = ("red", "green", "blue", "grey", "black")


def rule(name: str, kind: str, **values: Any) -> Rule:
    return Rule.model_validate({"name": name, "kind": kind, **values})


def rules_of(
    model: ServingModel, *rules: Rule, route: Route = "similar", beside: str | None = "bag"
) -> ListRules | None:
    book = RuleBook(rules, model.columns, model.row_of)
    assert book.problems == {}
    return book.of_list(route, None if beside is None else model.row_of[beside])


def similar(model: ServingModel, *rules: Rule, k: int = 5, **selected: Any) -> list[Any]:
    selection = Selection(rules=rules_of(model, *rules), **selected)
    return model.similar("bag", k, selection=selection)


def told(model: ServingModel, selection: Selection, answer: list[Any]) -> list[dict[str, Any]]:
    assert selection.rules is not None
    return selection.rules.told(answer, model.row_of, model.item_ids)


@pytest.mark.parametrize(
    ("given_rules", "expected"),
    [
        # Hybrid from bag: mug 1.3, lunch bag .96, a/b c .6, plate .125; then cold by category.
        ([], HYBRID_ONE),
        ([rule("r", "hide", filter="item_id = 'mug'")], ["lunch bag", "a/b c", "plate", "cold"]),
        # a/b c .6 x 2 = 1.2 stands before lunch bag; no factor brings it before what it is below.
        ([rule("r", "boost", filter="category IS NULL", factor=2)],
         ["mug", "a/b c", "lunch bag", "plate", "cold"]),
        ([rule("r", "bury", filter="category = 'mugs'", factor=0.1)],  # .13 and .0125
         ["lunch bag", "a/b c", "mug", "plate", "cold"]),
        # cold is found by its category alone: a factor lifts it nowhere.
        ([rule("r", "boost", filter="item_id = 'cold'", factor=1000)], HYBRID_ONE),
        ([rule("r", "pin", item_id="cold", place=2)],
         ["mug", "cold", "lunch bag", "a/b c", "plate"]),
        # It is too rare to be recommended; a pin says that it is meant.
        ([rule("r", "pin", item_id="rare", place=1)],
         ["rare", "mug", "lunch bag", "a/b c", "plate"]),
        ([rule("r", "pin", item_id="bag", place=1)], HYBRID_ONE),  # beside itself: no
        ([rule("r", "cap", each="category", at_most=1)], ["mug", "lunch bag", "a/b c"]),
        ([rule("r", "cap", filter="category = 'mugs'", at_most=1)],
         ["mug", "lunch bag", "a/b c", "cold"]),
        ([rule("a", "boost", filter="category IS NULL", factor=2),
          rule("b", "bury", filter="category IS NULL", factor=0.5)], HYBRID_ONE),
        ([rule("a", "hide", filter="item_id = 'cold'"),
          rule("b", "pin", item_id="cold", place=1)], HYBRID_ONE[:-1]),
    ],
    ids=lambda value: "+".join(f"{each.kind}" for each in value) if value and
    isinstance(value[0], Rule) else "",
)  # fmt: skip
def test_lists_by_hand(given_rules: list[Rule], expected: list[str]) -> None:
    assert names(similar(shop_model(), *given_rules)) == expected


def test_a_factor_is_in_the_score_and_below_zero_works_the_same_way() -> None:
    model = shop_model()
    answer = similar(model, rule("r", "boost", filter="category IS NULL", factor=2))
    assert answer[1].score == pytest.approx(1.2)
    factors = rules_of(model, rule("r", "boost", filter="support > 0", factor=4))
    assert factors is not None
    scores = np.array([0.5, 0.0, -0.5], np.float32)
    assert factors.weighted([0, 1, 2], scores).tolist() == [2.0, 0.0, -0.125]


def test_a_pinned_item_says_so_and_counts_as_a_place() -> None:
    answer = similar(shop_model(), rule("r", "pin", item_id="cold", place=2), k=2)
    assert [(item.item_id, item.rank, item.source, item.score) for item in answer] == [
        ("mug", 1, "hybrid", 1.3), ("cold", 2, "pinned", 0.0),
    ]  # fmt: skip


def test_a_pin_obeys_the_filter_and_what_is_left_out() -> None:
    pin = rule("r", "pin", item_id="cold", place=1)
    model = shop_model()
    assert "cold" not in names(similar(model, pin, filter="category = 'mugs'"))
    assert "cold" not in names(similar(model, pin, exclude_items=("cold",)))
    assert names(similar(model, pin, filter="category = 'bags'")) == ["cold", "lunch bag"]


def test_of_two_pins_of_a_place_the_higher_priority_has_it() -> None:
    first, second = (
        rule("a", "pin", item_id="cold", place=1),
        rule("b", "pin", item_id="plate", place=1, priority=1),
    )
    answer = similar(shop_model(), first, second)
    assert names(answer) == ["plate", "cold", "mug", "lunch bag", "a/b c"]


def test_rules_hold_on_their_routes_and_beside_their_items() -> None:
    model = shop_model()
    hide = rule("r", "hide", filter="item_id = 'mug'", routes=["user"], beside="category = 'bags'")
    assert rules_of(model, hide, route="similar") is None
    assert rules_of(model, hide, route="user", beside="plate") is None
    assert rules_of(model, hide, route="user", beside=None) is None
    assert rules_of(model, hide, route="user", beside="bag") is not None


def test_the_rules_that_acted_are_told() -> None:
    model = shop_model()
    rules = [
        rule("a-boost", "boost", filter="category IS NULL", factor=2),
        rule("b-cap", "cap", filter="category = 'mugs'", at_most=1),
        rule("c-hide", "hide", filter="item_id = 'cold'"),
        rule("d-pin", "pin", item_id="rare", place=2),
        rule("e-nothing", "boost", filter="support > 1000", factor=2),
        rule("f-hides-nothing", "hide", filter="support > 1000"),
    ]
    selection = Selection(rules=rules_of(model, *rules))
    answer = model.similar("bag", 4, selection=selection)
    assert names(answer) == ["mug", "rare", "a/b c", "lunch bag"]
    assert told(model, selection, answer) == [
        {"name": "a-boost", "kind": "boost", "items": ["a/b c"]},
        {"name": "c-hide", "kind": "hide", "items": []},
        {"name": "d-pin", "kind": "pin", "items": ["rare"]},
    ]
    longer = model.similar("bag", 5, selection=selection)  # plate would be the fifth
    assert names(longer) == names(answer)
    assert {"name": "b-cap", "kind": "cap", "items": ["plate"]} in told(model, selection, longer)


def test_a_rule_that_has_no_meaning_here_is_told_and_passed_over() -> None:
    model = shop_model()
    book = RuleBook(
        [
            rule("price", "hide", filter="price > 3"),
            rule("gone", "pin", item_id="gone", place=1),
            rule("brand", "cap", each="brand", at_most=1),
            rule("right", "hide", filter="support > 0"),
        ],
        model.columns,
        model.row_of,
    )
    assert set(book.booked) == {"right"}
    assert "no property 'price'" in book.problems["price"]
    assert "no item 'gone'" in book.problems["gone"]
    assert "no property 'brand'" in book.problems["brand"]


def test_a_digest_is_of_the_rules_of_a_route() -> None:
    model = shop_model()
    one = rule("one", "hide", filter="support > 0", routes=["user"])
    other = rule("one", "hide", filter="support > 1", routes=["user"])
    books = [RuleBook(rules, model.columns, model.row_of) for rules in ([], [one], [other])]
    assert [book.digest("similar") for book in books] == ["", "", ""]
    assert len({book.digest("user") for book in books}) == 3


@cache
def crowd() -> ServingModel:
    """Return a model of random items that compares all of them for each answer."""
    random = np.random.default_rng(3)
    ids = tuple(f"item-{row:03}" for row in range(N_ITEMS))
    vectors = clustered_vectors(N_ITEMS, 8, seed=3)
    vectors[::40] = 0
    support = random.integers(0, 100, N_ITEMS)
    ends = random.integers(0, N_ITEMS, (2, 900)).astype(np.int32)
    weights = random.random(900).astype(np.float32)
    graph = build_item_graph(ids, ends[0], ends[1], weights, support=support, is_directed=False)
    categories = tuple(f"c{number}" for number in random.integers(0, 12, N_ITEMS))
    colours = typed_column([COLOURS[number] for number in random.integers(0, 5, N_ITEMS)])
    price = typed_column(random.integers(0, 100, N_ITEMS).tolist())
    assert colours is not None
    assert price is not None
    return ServingModel(
        "one", ids, ids, categories, support, vectors, graph, ServingSettings(LEAST),
        properties={"colour": colours, "price": price},
    )  # fmt: skip


@cache
def listed_crowd(length: int) -> ServingModel:
    lists = nearest_lists(crowd().vectors, crowd().support >= LEAST, length=length)
    return replace(crowd(), nearest=lists)


FILTERS = st.one_of(
    st.integers(0, 100).map(lambda price: f"price < {price}"),
    st.sampled_from(COLOURS).map(lambda colour: f"colour = '{colour}'"),
    st.integers(0, 11).map(lambda number: f"category = 'c{number}'"),
    st.integers(0, N_ITEMS - 1).map(lambda row: f"item_id = 'item-{row:03}'"),
)
KINDS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("boost"), "filter": FILTERS, "factor": st.floats(1.01, 50)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("bury"), "filter": FILTERS, "factor": st.floats(0.01, 0.99)}
    ),
    st.fixed_dictionaries({"kind": st.just("hide"), "filter": FILTERS}),
    st.fixed_dictionaries(
        {
            "kind": st.just("pin"),
            "item_id": st.integers(0, N_ITEMS - 1).map(lambda row: f"item-{row:03}"),
            "place": st.integers(1, 60),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("cap"),
            "each": st.sampled_from(["category", "colour"]),
            "at_most": st.integers(1, 4),
        }
    ),
)
RULES = st.lists(KINDS, max_size=6).map(
    lambda found: [rule(f"r{number}", **values) for number, values in enumerate(found)]
)


def of_list(model: ServingModel, rules: list[Rule], row: int) -> ListRules | None:
    return RuleBook(rules, model.columns, model.row_of).of_list("similar", row)


def mask_of(model: ServingModel, rules: list[Rule], *kinds: str) -> list[tuple[Rule, Mask]]:
    book = RuleBook(rules, model.columns, model.row_of)
    return [(each.rule, each.about) for each in book.booked.values() if each.rule.kind in kinds]


@given(
    RULES,
    st.integers(0, N_ITEMS - 1),
    st.sampled_from(["hybrid", "embedding", "graph"]),
    st.sampled_from([1, 7, 20, 60]),
    st.sampled_from([0.0, 0.4]),
    st.sampled_from([None, "price < 70"]),
)
def test_lists_of_the_nearest_give_what_comparing_all_gives(
    rules: list[Rule], row: int, method: Method, k: int, diversity: float, text: str | None
) -> None:
    if diversity:  # what a list holds is diversified by itself, and caps may look beyond it
        rules = [each for each in rules if each.kind != "cap"]
    selection = Selection(diversity=diversity, filter=text)
    answers = [
        model.similar(
            model.item_ids[row],
            k,
            method,
            selection=replace(selection, rules=of_list(model, rules, row)),
        )
        for model in (crowd(), listed_crowd(30), listed_crowd(150))
    ]
    for answer in answers[1:]:
        assert names(answer) == names(answers[0])
        assert sources(answer) == sources(answers[0])


@pytest.mark.parametrize("text", ["price < 5", "price < 40", "item_id = 'item-123'"])
@pytest.mark.parametrize("factor", [1.2, 3, 50])
@pytest.mark.parametrize("method", ["hybrid", "embedding"])
def test_a_boost_brings_in_what_no_list_holds(method: Method, factor: float, text: str) -> None:
    boost = [rule("r", "boost", filter=text, factor=factor)]
    n_brought = 0
    for row in range(1, N_ITEMS, 9):
        item_id = crowd().item_ids[row]
        answers = [
            model.similar(item_id, 5, method, selection=Selection(rules=of_list(model, boost, row)))
            for model in (crowd(), listed_crowd(30))
        ]
        assert names(answers[1]) == names(answers[0])
        lists = listed_crowd(30).nearest
        assert lists is not None
        listed = {crowd().item_ids[near] for near in lists.rows[row]}
        n_brought += len(set(names(answers[1])) - listed)
    assert n_brought > 0 or factor < 50


@given(
    RULES,
    st.integers(0, N_ITEMS - 1),
    st.sampled_from([5, 20]),
    st.sampled_from([None, "price < 70"]),
)
def test_scores_by_brute_force(rules: list[Rule], row: int, k: int, text: str | None) -> None:
    """Without pins and caps the first source's part is the order of cosine by factor."""
    model = crowd()
    weighing = [each for each in rules if each.kind in ("boost", "bury", "hide")]
    scores = (model.vectors @ model.vectors[row]).astype(np.float64)
    shown = (model.support >= LEAST) & model.vectors.any(axis=1)
    shown[row] = False
    if text:
        shown &= model.columns["price"].compare("<", 70)
    factors = np.ones(N_ITEMS)
    for each, about in mask_of(model, weighing, "boost", "bury", "hide"):
        if each.kind == "hide":
            shown &= ~about
        else:
            factors[about] *= each.factor or 1
    weighted = np.where(scores >= 0, scores * factors, scores / factors)
    selection = Selection(filter=text, rules=of_list(model, weighing, row))
    answer = [
        item
        for item in model.similar(model.item_ids[row], k, "embedding", selection=selection)
        if item.source == "embedding"
    ]
    shown &= bool(model.vectors[row].any())
    expected = np.sort(weighted[shown])[::-1][:k].tolist()
    assert [item.score for item in answer] == pytest.approx(expected, rel=1e-4, abs=1e-6)


@given(RULES, st.integers(0, N_ITEMS - 1), st.sampled_from([8, 30]), st.sampled_from([0.0, 0.5]))
def test_pages_have_no_duplicate_and_no_hole(
    rules: list[Rule], row: int, k: int, diversity: float
) -> None:
    model = listed_crowd(150)
    pages: list[list[str]] = []
    while not pages or len(pages[-1]) == k:
        selection = Selection(
            start=k * len(pages), diversity=diversity, rules=of_list(model, rules, row)
        )
        page = model.similar(model.item_ids[row], k, selection=selection)
        assert [item.rank for item in page] == [k * len(pages) + n + 1 for n in range(len(page))]
        pages.append(names(page))
    found = [name for page in pages for name in page]
    assert len(found) == len(set(found))
    hidden = [about for _, about in mask_of(model, rules, "hide")]
    shown = (
        np.logical_and.reduce([~about for about in hidden]) if hidden else np.ones(N_ITEMS, bool)
    )
    assert all(shown[model.row_of[name]] for name in found)
    for cap, _ in mask_of(model, rules, "cap"):
        column = model.columns[cap.each or ""]
        pinned = {each.item_id for each in rules if each.kind == "pin"}
        for shown_names in pages:
            free = [name for name in shown_names if name not in pinned]
            values = [column.value(model.row_of[name]) for name in free]
            assert all(values.count(value) <= (cap.at_most or 0) for value in values)
    if not any(each.kind == "cap" for each in rules):
        may = shown & (model.support >= LEAST)
        for _, about in mask_of(model, rules, "pin"):
            may |= about & shown
        may[row] = False
        assert {model.row_of[name] for name in found} == set(np.flatnonzero(may).tolist())
