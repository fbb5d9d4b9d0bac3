"""Sessions to pairs, every expected value worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import pairs as pairs_module
from recommender.pairs import (
    PairEvidence,
    Pairs,
    Sessions,
    count_pairs,
    distinct_items,
    session_support,
    without_immediate_repeats,
)


def sessions_of(*sessions: list[int], n_items: int = 5) -> Sessions:
    """Return sessions whose entries are one second apart, from time 0 on."""
    rows = np.array([row for session in sessions for row in session], np.int64)
    offsets = np.cumsum([0, *map(len, sessions)])
    return Sessions(rows, offsets, np.arange(len(rows)) * 1000, n_items)


def as_dict(pairs: Pairs) -> dict[tuple[int, int], tuple[int, float]]:
    columns = (pairs.sources, pairs.targets, pairs.counts, pairs.evidence)
    return {(int(s), int(t)): (int(c), float(e)) for s, t, c, e in zip(*columns, strict=True)}


def test_unordered_pairs_join_all_items_of_a_session_once_from_small_to_large() -> None:
    pairs = count_pairs(
        sessions_of([2, 0, 1], [0, 2]), is_directed=False, window=None, evidence=PairEvidence()
    )
    assert as_dict(pairs) == {(0, 1): (1, 1.0), (0, 2): (2, 2.0), (1, 2): (1, 1.0)}


def test_ordered_pairs_run_forward_and_end_at_the_window() -> None:
    pairs = count_pairs(sessions_of([2, 0, 1]), is_directed=True, window=1, evidence=PairEvidence())
    assert as_dict(pairs) == {(2, 0): (1, 1.0), (0, 1): (1, 1.0)}


def test_distance_decay_multiplies_for_each_further_place() -> None:
    # 0 1 2 with decay 0.5: neighbours count 1, the pair two apart 0.5.
    pairs = count_pairs(
        sessions_of([0, 1, 2]),
        is_directed=True,
        window=2,
        evidence=PairEvidence(distance_decay=0.5),
    )
    assert as_dict(pairs) == {(0, 1): (1, 1.0), (1, 2): (1, 1.0), (0, 2): (1, 0.5)}


def test_evidence_is_divided_by_the_session_length() -> None:
    evidence = PairEvidence(divide_by_session_length=True)
    pairs = count_pairs(
        sessions_of([0, 1], [0, 1, 2, 3]), is_directed=False, window=None, evidence=evidence
    )
    assert as_dict(pairs)[0, 1] == (2, 1 / 2 + 1 / 4)


def test_evidence_halves_with_every_half_life() -> None:
    # Times 0 s, 1 s | 2 s, 3 s. At now = 3 s with half-life 1 s the first pair is 2 s old: 1/4.
    evidence = PairEvidence(half_life_ms=1000, now=3000)
    pairs = count_pairs(
        sessions_of([0, 1], [2, 3]), is_directed=False, window=None, evidence=evidence
    )
    assert as_dict(pairs) == {(0, 1): (1, 0.25), (2, 3): (1, 1.0)}


def test_last_seen_is_the_latest_time_of_the_pair() -> None:
    pairs = count_pairs(
        sessions_of([0, 1], [1, 0]), is_directed=False, window=None, evidence=PairEvidence()
    )
    assert pairs.last_seen.tolist() == [3000]


def test_an_item_is_never_paired_with_itself() -> None:
    pairs = count_pairs(sessions_of([1, 2, 1]), is_directed=True, window=5, evidence=PairEvidence())
    assert as_dict(pairs) == {(1, 2): (1, 1.0), (2, 1): (1, 1.0)}


@pytest.mark.parametrize("sessions", [[], [[3]], [[3], [4]]], ids=["none", "one item", "singles"])
def test_sessions_without_two_items_have_no_pairs(sessions: list[list[int]]) -> None:
    pairs = count_pairs(
        sessions_of(*sessions), is_directed=False, window=None, evidence=PairEvidence()
    )
    assert as_dict(pairs) == {}


def test_distinct_items_keeps_each_item_of_a_session_once() -> None:
    once = distinct_items(sessions_of([1, 0, 1], [1]))
    assert once.rows.tolist() == [0, 1, 1]
    assert once.offsets.tolist() == [0, 2, 3]
    assert once.times.tolist() == [1000, 2000, 3000]


def test_immediate_repeats_count_once_but_a_return_stays() -> None:
    kept = without_immediate_repeats(sessions_of([1, 1, 0, 1], [1]))
    assert kept.rows.tolist() == [1, 0, 1, 1]
    assert kept.offsets.tolist() == [0, 3, 4]


def test_support_counts_sessions_not_entries() -> None:
    assert session_support(sessions_of([1, 1, 0], [1], [4])).tolist() == [1, 2, 0, 0, 1]


small_sessions = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=8), max_size=8)


@given(sessions=small_sessions, window=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_ordered_counts_equal_those_of_a_plain_loop(sessions: list[list[int]], window: int) -> None:
    expected: dict[tuple[int, int], int] = {}
    for session in sessions:
        for first, source in enumerate(session):
            for target in session[first + 1 : first + 1 + window]:
                if source != target:
                    expected[source, target] = expected.get((source, target), 0) + 1
    pairs = count_pairs(
        sessions_of(*sessions), is_directed=True, window=window, evidence=PairEvidence()
    )
    assert {key: count for key, (count, _) in as_dict(pairs).items()} == expected


def test_counting_in_chunks_gives_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    sessions = sessions_of(*[rng.integers(0, 5, size=6).tolist() for _ in range(50)])
    arguments = {"is_directed": True, "window": 3, "evidence": PairEvidence(distance_decay=0.7)}
    whole = count_pairs(sessions, **arguments)  # type: ignore[arg-type]
    monkeypatch.setattr(pairs_module, "PAIRS_AT_ONCE", 40)
    chunked = count_pairs(sessions, **arguments)  # type: ignore[arg-type]
    assert as_dict(chunked).keys() == as_dict(whole).keys()
    assert chunked.counts.tolist() == whole.counts.tolist()
    np.testing.assert_allclose(chunked.evidence, whole.evidence)


def test_of_two_items_at_one_time_neither_followed_the_other() -> None:
    basket = Sessions(np.array([0, 1, 2]), np.array([0, 3]), np.array([5, 5, 9]), 3)
    ordered = count_pairs(basket, is_directed=True, window=None, evidence=PairEvidence())
    assert set(as_dict(ordered)) == {(0, 2), (1, 2)}
    together = count_pairs(basket, is_directed=False, window=None, evidence=PairEvidence())
    assert set(as_dict(together)) == {(0, 1), (0, 2), (1, 2)}
