"""The law itself, against probabilities worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.errors import InvalidParameterError
from recommender.walks import first_step_probabilities, transition_probabilities
from tests.builders import DIRECTED, UNDIRECTED, edge_graph


def test_first_step_goes_by_share_of_the_weight() -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    # From 1: to 0 by 1, to 2 by 3, to 3 by 0.5, to 4 by 2.5; together 7.
    assert first_step_probabilities(graph, 1) == pytest.approx([1 / 7, 3 / 7, 0.5 / 7, 2.5 / 7])


def test_back_is_divided_by_p_and_farther_by_q() -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    # From (0, 1), p = 4, q = 0.5: back to 0: 1/4; 2 is joined to 0: 3; 3: 0.5/0.5 = 1;
    # 4: 2.5/0.5 = 5. Together 9.25.
    found = transition_probabilities(graph, 0, 1, p=4.0, q=0.5)
    assert found == pytest.approx([0.25 / 9.25, 3 / 9.25, 1 / 9.25, 5 / 9.25])


def test_joined_is_an_edge_from_previous_to_candidate_not_the_other_way() -> None:
    graph = edge_graph(((0, 1, 1.0), (1, 2, 2.0), (1, 3, 3.0), (0, 2, 1.0), (3, 0, 1.0)),
                       is_directed=True)  # fmt: skip
    # From (0, 1), q = 2: 0 -> 2, so 2 keeps its 2; 3 -> 0 alone does not join, 3/2. Together 3.5.
    assert transition_probabilities(graph, 0, 1, p=1.0, q=2.0) == pytest.approx(
        [2 / 3.5, 1.5 / 3.5]
    )


def test_p_and_q_of_one_is_the_first_order_walk() -> None:
    graph = edge_graph(DIRECTED, is_directed=True)
    second = transition_probabilities(graph, 0, 1, p=1.0, q=1.0)
    assert second == pytest.approx(first_step_probabilities(graph, 1))


def test_no_way_out_has_no_next_item() -> None:
    graph = edge_graph(((0, 1, 1.0),), is_directed=True)
    assert len(transition_probabilities(graph, 0, 1, p=2.0, q=2.0)) == 0
    assert len(first_step_probabilities(graph, 1)) == 0


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, 1e-300])
def test_meaningless_p_is_refused_by_name_value_and_range(bad: float) -> None:
    graph = edge_graph(UNDIRECTED, is_directed=False)
    with pytest.raises(InvalidParameterError, match=rf"p is {bad}.*1e-12 to 1e\+12"):
        transition_probabilities(graph, 0, 1, p=bad, q=1.0)
