"""Choose how graph and vectors are blended, and how the graph is read beside vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from recommender.choose.climbing import Settings, climb
from recommender.choose.reading import graph_shown, with_graph_read
from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.validation import Validation
from recommender.fitted import Choice, Made, blend_settings, embedding_scorer, graph_scorer
from recommender.graph import Float32Array, Float64Array
from recommender.progress import Say
from recommender.score import Scorer, blend, unit_scores


def choose_blend(validation: Validation, made: Made, choice: Choice, say: Say) -> Choice:
    """Choose the share and, where there is an order, the graph's read-out anew.

    What the graph adds to vectors is not what makes it best alone. But where a random part is
    hidden, that part lies amidst what is learned from, and leaning to much alike users looks better
    than it is: there the graph stays as it was chosen.
    """
    embedding = embedding_scorer(validation.train, choice, made)

    def judge(candidates: Sequence[Settings]) -> list[Float64Array]:
        read = [with_graph_read(choice.scoring, settings) for settings in candidates]
        scorers = {
            scoring: graph_scorer(validation.train, replace(choice, scoring=scoring), made)
            for scoring in read
        }
        shares = [settings["embedding_share"] for settings in candidates]
        blends = [(scorers[each], share) for each, share in zip(read, shares, strict=True)]
        return judge_blends(validation, embedding, blends)

    start = {**blend_settings(choice.scoring), "embedding_share": 0.5}
    options: dict[str, Sequence[Any]] = {"embedding_share": [round(0.1 * n, 1) for n in range(11)]}
    if validation.train.is_ordered:
        options |= _beside(start)
    best, value = climb(validation, "hybrid", start, options, judge)
    scoring = with_graph_read(choice.scoring, best)
    chosen = replace(choice, scoring=replace(scoring, embedding_share=best["embedding_share"]))
    say(
        f"Blend: {value:.4f} with {best['embedding_share']:.0%} embedding, and the graph read with "
        f"{graph_shown(chosen.scoring)}."
    )
    return chosen


def _beside(start: Settings) -> dict[str, Sequence[Any]]:
    """Return options near what was chosen for the graph alone."""
    options: dict[str, Sequence[Any]] = {}
    if "overlap_power" in start:
        options["overlap_power"] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5)
    for name in ("history_power", "item_power"):
        options[name] = [round(start[name] + step, 3) for step in (-0.2, -0.1, 0.0, 0.1, 0.2, 0.3)]
    return options


def judge_blends(
    validation: Validation, embedding: Scorer, blends: Sequence[tuple[Scorer, float]]
) -> list[Float64Array]:
    """Return the NDCG@k of each user for each blend: a graph's scorer and the embedding's share."""
    values: list[list[Float64Array]] = [[] for _ in blends]
    for block, hidden in validation.blocks():
        by_embedding = unit_scores(embedding.scores(block), block)
        last: tuple[Scorer, Float32Array] | None = None
        for place, (scorer, share) in enumerate(blends):
            if last is None or last[0] is not scorer:
                last = scorer, unit_scores(scorer.scores(block), block)
            blended = blend(last[1], by_embedding, share)
            values[place].append(ndcg_by_rank(blended, block, hidden, validation.task.k))
    return [np.concatenate(parts) for parts in values]
