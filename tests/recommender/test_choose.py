"""Choosing: ranks give the lists' own NDCG, planted structure is found, nothing hidden leaks."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from recommender.choose import choose_settings
from recommender.evaluate.metrics import hits_of, ndcg, ndcg_by_rank
from recommender.evaluate.split import Task
from recommender.fitted import Choice, fit_scores
from recommender.histories import Histories, build_histories
from recommender.score import best_of
from recommender.train import Word2VecTrainer


def test_ndcg_by_rank_is_that_of_the_lists_ties_included() -> None:
    random = np.random.default_rng(3)
    users, rows = np.divmod(random.choice(40 * 30, 300, replace=False), 30)
    is_hidden = random.random(300) < 0.4

    def part(chosen: np.ndarray) -> Histories:
        return build_histories(
            users[chosen],
            rows[chosen],
            user_ids=tuple(f"u{number}" for number in range(40)),
            item_ids=tuple(f"i{number}" for number in range(30)),
        )

    seen, hidden = part(~is_hidden), part(is_hidden)
    judged = np.flatnonzero(hidden.lengths())
    seen, hidden = seen.select(judged), hidden.select(judged)
    scores = random.integers(0, 4, (len(judged), 30)).astype(np.float32)
    masked = scores.copy()
    masked[seen.users(), seen.rows] = -np.inf
    lists = best_of(masked, 5)[0]
    expected = ndcg(hits_of(lists, hidden), hidden.lengths(), 5)
    assert ndcg_by_rank(scores, seen, hidden, 5) == pytest.approx(expected, abs=1e-12)


def chains(*, is_ordered: bool) -> Histories:
    """300 users take any item, then the one after it on a ring of 40, three times over.

    The item before on the ring is met as often as the one after: only order tells them apart.
    """
    first = np.random.default_rng(1).integers(0, 40, (300, 3))
    rows = np.stack([first, (first + 1) % 40], axis=2)
    return build_histories(
        np.repeat(np.arange(300), 6),
        rows.ravel(),
        user_ids=tuple(f"u{number}" for number in range(300)),
        item_ids=tuple(f"i{number:02}" for number in range(40)),
        is_ordered=is_ordered,
    )


@pytest.fixture(scope="module")
def ordered() -> Choice:
    return choose_settings(chains(is_ordered=True), Task("last-item", 3, max_dimension=16))


def test_where_order_tells_the_next_item_transitions_are_chosen(ordered: Choice) -> None:
    assert ordered.scoring.graph == "transitions"
    assert ordered.relate.relation == "NEXT"
    assert any("Order tells more" in reason for reason in ordered.reasons)


def test_without_order_two_steps_are_chosen() -> None:
    choice = choose_settings(chains(is_ordered=False), Task("random", 5, max_dimension=16))
    assert choice.scoring.graph == "two-step"
    assert choice.relate.relation == "TOGETHER"
    assert choice.trainer.learned_from == "histories"


def test_the_chosen_scorers_put_the_next_item_first(ordered: Choice) -> None:
    histories = chains(is_ordered=True)
    fitted = fit_scores(histories, ordered)
    start = build_histories(
        np.zeros(2, int), np.array([20, 8]), user_ids=("new",), item_ids=histories.item_ids
    )
    for scorer in (fitted.graph, fitted.hybrid):
        scores = scorer.scores(start)
        scores[0, [20, 8]] = -np.inf
        assert int(scores.argmax()) == 9


def test_word2vec_learns_what_follows_what_and_its_read_out_is_chosen() -> None:
    task = Task("last-item", 3, max_dimension=16)
    histories = chains(is_ordered=True)
    choice = choose_settings(histories, task, trainer="word2vec")
    assert isinstance(choice.trainer, Word2VecTrainer)
    assert choice.trainer.learned_from == "relationships"
    tried = [trial.value for trial in choice.trials if trial.part.startswith("word2vec")]
    assert len(tried) > 10
    assert max(tried) > 0.5  # by chance 3 of 40 items: about .04


def test_the_same_seed_chooses_the_same(ordered: Choice) -> None:
    again = choose_settings(chains(is_ordered=True), Task("last-item", 3, max_dimension=16))
    assert again.scoring == ordered.scoring
    assert [trial.value for trial in again.trials] == [trial.value for trial in ordered.trials]


def test_every_trial_is_kept_as_evidence(ordered: Choice) -> None:
    parts = {trial.part for trial in ordered.trials}
    assert {"two-step", "transitions", "spectral vectors of histories", "hybrid"} <= parts
    assert all(0 <= trial.value <= 1 for trial in ordered.trials)


def test_the_value_of_a_choice_is_that_of_its_blend_not_of_the_best_trial(ordered: Choice) -> None:
    blends = [trial.value for trial in ordered.trials if trial.part == "hybrid"]
    better = replace(ordered.trials[0], value=1.0)  # tried, and not chosen
    assert replace(ordered, trials=(better, *ordered.trials)).value() == max(blends)


def test_without_time_each_part_still_tries_its_defaults_and_nothing_else() -> None:
    task = Task("last-item", 3, budget_s=0, max_dimension=16)
    choice = choose_settings(chains(is_ordered=True), task)
    tried = Counter(trial.part for trial in choice.trials if trial.part != "hybrid")
    assert tried == {
        "two-step": 1,
        "transitions": 1,
        "spectral vectors of histories": 1,
        "spectral vectors of relationships": 1,
    }
