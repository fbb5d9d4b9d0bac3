"""Choose how graph and vectors are blended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.evaluate.metrics import ndcg_by_rank
from recommender.evaluate.validation import Validation
from recommender.fitted import Choice, FittedScores, Made, fit_scores
from recommender.graph import Float64Array
from recommender.progress import Say
from recommender.score import blend, unit_scores

SHARES = tuple(round(0.1 * n, 1) for n in range(11))


def choose_blend(validation: Validation, made: Made, choice: Choice, say: Say) -> Choice:
    """Choose the share of the embedding; graph and vectors stay as they were chosen."""
    fitted = fit_scores(validation.train, choice, made)
    begun = time.perf_counter()
    values = _blend_values(validation, fitted, SHARES)
    for share, value in zip(SHARES, values, strict=True):
        validation.note("hybrid", {"embedding_share": share}, value, begun)
    best = int(np.argmax(values))
    say(
        f"Blend: {values[best]:.4f} with {SHARES[best]:.0%} embedding "
        f"(graph alone {values[0]:.4f}, embedding alone {values[-1]:.4f})."
    )
    return replace(choice, scoring=replace(choice.scoring, embedding_share=SHARES[best]))


def _blend_values(
    validation: Validation, fitted: FittedScores, shares: Sequence[float]
) -> list[float]:
    values: list[list[Float64Array]] = [[] for _ in shares]
    for block, hidden in validation.blocks():
        graph = unit_scores(fitted.graph.scores(block), block)
        embedding = unit_scores(fitted.embedding.scores(block), block)
        for place, share in enumerate(shares):
            blended = blend(graph, embedding, share)
            values[place].append(ndcg_by_rank(blended, block, hidden, validation.task.k))
    return [float(np.concatenate(parts).mean()) for parts in values]
