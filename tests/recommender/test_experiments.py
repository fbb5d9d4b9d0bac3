"""A/B tests: the same unit gets the same variant, by weight, independently of other tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from scipy import stats

from graphdb import Database
from recommender.directives import checked
from recommender.errors import InvalidParameterError
from recommender.experiments import (
    Experiment,
    delete_experiment,
    list_experiments,
    put_experiments,
)
from tests.recommender.serve.shop import run

UNITS = [f"user-{number}" for number in range(10_000)]
LEAST_P = 1e-4  # of a fixed draw: it either passes always or never
TWO = [{"name": "a"}, {"name": "b"}]


def experiment(name: str = "test", **values: Any) -> Experiment:
    return checked(Experiment, {"name": name, "variants": TWO, **values}, "Experiment")


def names(test: Experiment) -> list[str | None]:
    return [None if (got := test.variant_of(unit)) is None else got.name for unit in UNITS]


def test_a_unit_gets_the_same_variant_always() -> None:
    assert names(experiment()) == names(experiment())
    # What a visitor sees is agreed with those who analyse it: the hash must never change.
    # Of BLAKE2b of "variant", "blend" and the unit, over 2^64: .14, .50, .23, .84.
    blend = experiment("blend")
    found = [got and got.name for got in map(blend.variant_of, ("ann", "bob", "eve", "ü"))]
    assert found == ["a", "b", "a", "b"]


@pytest.mark.parametrize("weights", [(1, 1), (9, 1), (1, 2, 3), (0.5, 0.25, 0.125, 0.125)])
def test_variants_have_their_weights(weights: tuple[float, ...]) -> None:
    variants = [{"name": f"v{n}", "weight": weight} for n, weight in enumerate(weights)]
    counts = Counter(names(experiment(variants=variants)))
    for number, weight in enumerate(weights):
        share = weight / sum(weights)
        found = stats.binomtest(counts[f"v{number}"], len(UNITS), share)
        assert found.pvalue > LEAST_P, (number, counts)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_share_of_the_units_takes_part(share: float) -> None:
    found = names(experiment(share=share))
    taking_part = [name for name in found if name is not None]
    assert stats.binomtest(len(taking_part), len(UNITS), share).pvalue > LEAST_P
    assert stats.binomtest(taking_part.count("a"), len(taking_part), 0.5).pvalue > LEAST_P


def test_nobody_changes_sides_when_more_take_part() -> None:
    few, many = names(experiment(share=0.2)), names(experiment(share=0.7))
    assert all(before in (None, after) for before, after in zip(few, many, strict=True))


def test_experiments_are_independent() -> None:
    tests = [experiment(name) for name in ("one", "two", "blend", "blend2")]
    found = [names(test) for test in tests]
    for first in range(len(found)):
        for second in range(first):
            counts = Counter(zip(found[first], found[second], strict=True))
            table = [[counts[one, other] for other in "ab"] for one in "ab"]
            assert stats.chi2_contingency(table).pvalue > LEAST_P, table


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"variants": [{"name": "a"}]}, "variants"),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, "a name of its own"),
        ({"variants": [{"name": "a"}, {"name": "b", "weight": 0}]}, "weight"),
        ({"variants": [{"name": "a"}, {"name": "b", "changes": {"k": 5}}]}, r"changes\.k"),
        ({"variants": [{"name": "a"}, {"name": "b", "changes": {"diversity": 2}}]}, "diversity"),
        ({"variants": [{"name": "a"}, {"name": "b", "changes": {"method": "graph"}}],
          "routes": ["popular"]}, "no method"),
        ({"share": 0}, "share"),
        ({"name": "a/b"}, "name"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_experiment_is_refused(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        experiment(**values)


@pytest.mark.neo4j
def test_what_is_kept_comes_back(database: Database) -> None:
    changes = {"method": "graph", "diversity": 0.25, "model": "one", "rules": False}
    variants = [{"name": "a", "weight": 3}, {"name": "b", "changes": changes}]
    tests = [
        experiment("two", share=0.5, valid_until="2030-01-01", routes=["user"], variants=variants),
        experiment("one"),
    ]
    put_experiments(database, tests)
    assert list_experiments(database) == (tests[::-1], {})
    put_experiments(database, [experiment("two")])
    assert list_experiments(database)[0] == [experiment("one"), experiment("two")]
    assert delete_experiment(database, "one")
    assert not delete_experiment(database, "one")


@pytest.mark.neo4j
def test_a_node_that_is_no_experiment_is_named(database: Database) -> None:
    put_experiments(database, [experiment("one"), experiment("two"), experiment("three")])
    run(database, "MATCH (e:Experiment {name: 'two'}) SET e.variants = '['")
    run(database, "MATCH (e:Experiment {name: 'three'}) REMOVE e.variants")
    found, problems = list_experiments(database)
    assert found == [experiment("one")]
    assert set(problems) == {"two", "three"}
