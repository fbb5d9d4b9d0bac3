"""Pins and caps in a ranking, compared with an obvious way to put them there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.serve.arranging import Cap, Pin, arranged, in_pieces
from recommender.serve.ranking import Candidates, Ranked


def ranking(n_first: int, n_rest: int) -> Ranked:
    """Return rows 0, 1, 2, … in order, from two sources."""
    rows = np.arange(n_first + n_rest)
    scores = np.linspace(1, 0, n_first + n_rest).astype(np.float32)
    return [
        ("hybrid", (rows[:n_first], scores[:n_first])),
        ("popular", (rows[n_first:], scores[n_first:])),
    ]


def to_depth(whole: Ranked, depth: int) -> Ranked:
    """Return a ranking as far as a depth, as ``fill`` does it."""
    found: Ranked = []
    for source, (rows, scores) in whole:
        found.append((source, (rows[:depth], scores[:depth])))
        depth -= len(found[-1][1][0])
        if not depth:
            break
    return found


def obvious(
    rows: Sequence[int], pins: Sequence[Pin], caps: Sequence[Cap], k: int, stop: int
) -> list[int]:
    """Return an arranged list place by place, looking at everything each time."""
    left = list(rows)
    places: dict[int, int] = {}
    for pin in sorted(pins, key=lambda pin: pin.place):
        place = pin.place - 1
        while place in places or any(other > place for other in places):
            place += 1
        places[place] = pin.row
    answer: list[int] = []
    while len(answer) < stop:
        page = len(answer) // k * k
        ahead = [row for place, row in places.items() if page <= place < page + k]
        on_page = answer[page:] + [row for row in ahead if row not in answer]
        if len(answer) in places:
            answer.append(places.pop(len(answer)))
            continue
        free = [row for row in left if _may_stand(row, on_page, caps)]
        if free:
            answer.append(free[0])
            left.remove(free[0])
        elif places:
            answer.append(places.pop(min(places)))
        else:
            break
    return answer


def _may_stand(row: int, on_page: Sequence[int], caps: Sequence[Cap]) -> bool:
    for cap in caps:
        group = int(cap.groups[row])
        n_there = sum(int(cap.groups[other]) == group for other in on_page)
        if group >= 0 and n_there >= cap.at_most:
            return False
    return True


def test_a_pin_has_its_place_and_the_others_move_down() -> None:
    found = arranged(in_pieces(lambda _: ranking(3, 0), 5, 5, 5), [Pin(2, 9)], [], 5, 0, 5)
    assert [(entry.row, entry.source) for entry in found.entries] == [
        (0, "hybrid"), (9, "pinned"), (1, "hybrid"), (2, "hybrid"),
    ]  # fmt: skip


def test_pins_of_one_place_stand_behind_each_other() -> None:
    pins = [Pin(1, 8), Pin(1, 7), Pin(2, 9)]
    found = arranged(in_pieces(lambda _: ranking(3, 0), 9, 9, 9), pins, [], 9, 0, 9)
    assert [entry.row for entry in found.entries] == [8, 7, 9, 0, 1, 2]


def test_a_list_that_ends_before_a_pins_place_ends_with_the_pin() -> None:
    found = arranged(in_pieces(lambda _: ranking(2, 0), 9, 9, 9), [Pin(7, 9)], [], 9, 0, 9)
    assert [entry.row for entry in found.entries] == [0, 1, 9]


def test_what_a_cap_holds_back_comes_first_on_the_next_page() -> None:
    # Rows 0 to 3 are of one group, of which a page may have one; 4 to 7 are of none.
    cap = Cap(1, np.array([0, 0, 0, 0, -1, -1, -1, -1], np.int32))
    pages = [
        arranged(in_pieces(lambda _: ranking(8, 0), 8, 8, 8), [], [cap], 3, start, start + 3)
        for start in (0, 3, 6)
    ]
    assert [[entry.row for entry in page.entries] for page in pages] == [[0, 4, 5], [1, 6, 7], [2]]
    # 1, 2 and 3 stood before 5 in the ranking.
    assert pages[0].kept_out == [(0, 1), (0, 2), (0, 3)]


def test_a_pin_counts_for_a_cap() -> None:
    cap = Cap(1, np.array([0, -1, -1, 0], np.int32))
    found = arranged(in_pieces(lambda _: ranking(3, 0), 3, 3, 3), [Pin(3, 3)], [cap], 3, 0, 3)
    assert [entry.row for entry in found.entries] == [1, 2, 3]


def test_no_more_is_ranked_than_is_needed() -> None:
    depths = []

    def rank(depth: int) -> Ranked:
        depths.append(depth)
        return to_depth(ranking(100, 0), depth)

    arranged(in_pieces(rank, 20, 100, 10), [Pin(3, 101)], [], 5, 5, 10)
    assert depths == [20]
    cap = Cap(1, np.zeros(100, np.int32))
    found = arranged(in_pieces(rank, 20, 100, 10), [], [cap], 5, 0, 5)
    assert depths == [20, 20, 100]
    assert [entry.row for entry in found.entries] == [0]


def reversed_(piece: Candidates) -> Candidates:
    rows, scores = piece
    return rows[::-1], scores[::-1]


@pytest.mark.parametrize("first", [1, 7, 10, 35, 60])
def test_pieces_are_the_same_from_whatever_depth(first: int) -> None:
    whole = ranking(25, 35)
    pieces = in_pieces(lambda depth: to_depth(whole, depth), first, 60, 10, reversed_)
    found = [row for _, (rows, _) in pieces for row in rows.tolist()]
    # Ten at a time are turned round, in each source by itself: 9..0, 19..10, 24..20, 34..25, …
    expected = [
        row
        for start, end in [(0, 10), (10, 20), (20, 25), (25, 35), (35, 45), (45, 55), (55, 60)]
        for row in range(end - 1, start - 1, -1)
    ]
    assert found == expected


@given(st.data())
def test_pages_are_those_of_the_obvious_way(data: st.DataObject) -> None:
    n_items = data.draw(st.integers(1, 24))
    k = data.draw(st.integers(1, 6))
    pinned = data.draw(st.lists(st.integers(0, n_items - 1), unique=True, max_size=4))
    pins = [Pin(data.draw(st.integers(1, 20)), row) for row in pinned]
    caps = [
        Cap(
            data.draw(st.integers(1, 3)),
            np.array(data.draw(st.lists(st.integers(-1, 3), min_size=n_items, max_size=n_items))),
        )
        for _ in range(data.draw(st.integers(0, 2)))
    ]
    rows = np.array([row for row in range(n_items) if row not in pinned], np.int64)
    split = data.draw(st.integers(0, len(rows)))
    scores = np.linspace(1, 0, len(rows)).astype(np.float32)
    whole: Ranked = [
        ("hybrid", (rows[:split], scores[:split])),
        ("popular", (rows[split:], scores[split:])),
    ]
    first = data.draw(st.integers(1, n_items))
    pages = [
        arranged(
            in_pieces(lambda depth: to_depth(whole, depth), first, n_items, 5),
            pins, caps, k, start, start + k,
        )
        for start in range(0, n_items + 1, k)
    ]  # fmt: skip
    expected = obvious(rows.tolist(), pins, caps, k, n_items + k)
    found = [[entry.row for entry in page.entries] for page in pages]
    assert [row for page in found for row in page] == expected[: len(pages) * k]
    assert len({row for page in found for row in page}) == sum(map(len, found))
    for page, arranged_page in zip(found, pages, strict=True):
        for number, cap in enumerate(caps):
            there = [row for row in page if row not in pinned]
            counts = Counter(int(cap.groups[row]) for row in there if cap.groups[row] >= 0)
            assert all(n_there <= cap.at_most for n_there in counts.values())
            for n_cap, row in arranged_page.kept_out:
                assert n_cap != number or int(cap.groups[row]) >= 0
        assert not {row for _, row in arranged_page.kept_out} & set(page)
