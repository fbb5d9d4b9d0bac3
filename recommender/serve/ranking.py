"""Order candidates by score and, if asked, by what they add to those before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.graph import Float32Array
from recommender.serve.hidden import HiddenRows
from recommender.serve.method import Source

if TYPE_CHECKING:
    from recommender.serve.rules import ListRules

DEFAULT_K = 20
MOST_CANDIDATES = 1000

RowArray = NDArray[np.int64]  # (n_candidates,), rows of items
Scores = NDArray[np.float32]  # (n_candidates,), higher is better
Candidates = tuple[RowArray, Scores]
NO_CANDIDATES: Candidates = (np.empty(0, np.int64), np.empty(0, np.float32))
Scorers = Iterator[tuple[Source, Callable[[], Candidates]]]  # worked out when it is their turn
Ranked = list[tuple[Source, Candidates]]  # what each source gave, best first


@dataclass(frozen=True)
class Selection:
    """Which items of the catalogue may be shown, and which part of their ranking is."""

    start: int = 0  # places of the ranking passed over: those of earlier pages
    diversity: float = 0.0  # 0: by score alone, 1: by what is new alone
    filter: str | None = None  # see ``filters.parse_filter``
    category: str | None = None
    exclude_items: tuple[str, ...] = ()
    hidden: HiddenRows | None = None  # what must not be shown; None: nothing is hidden
    change: int = 0  # what was hidden at this change has no place in the ranking
    rules: ListRules | None = None  # business rules of this one list

    def n_ranked(self, k: int) -> int:
        """Return how many places of a ranking settle the part that is shown."""
        return self.start + self.n_first(k) + self.n_passed_over

    def n_first(self, k: int) -> int:
        """Return how many places settled the first page."""
        return k + (n_candidates(k) if self.diversity else 0)

    @property
    def n_passed_over(self) -> int:
        """The most places a page may pass over: items hidden since the first one."""
        return 0 if self.hidden is None else len(self.hidden.since(self.change))


EVERYTHING = Selection()


def best(candidates: Candidates, k: int) -> Candidates:
    """Return the ``k`` candidates of highest score, ties in the order of the rows."""
    rows, scores = candidates
    if not k:
        return NO_CANDIDATES
    if len(rows) > k:
        # Everything tied with the k-th stays in, so that ties are decided by row, not by chance.
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[scores >= least], scores[scores >= least]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def fill(
    scorers: Scorers, allowed: NDArray[np.bool_], n_ranked: int, rules: ListRules | None = None
) -> Ranked:
    """Rank allowed items, each scorer going on where the last ended; those ranked are used up."""
    ranked: Ranked = []
    for source, candidates in scorers:
        rows, scores = candidates()
        keep = allowed[rows]
        rows, scores = rows[keep], scores[keep]
        if rules is not None:
            scores = rules.weighted(rows, scores)
        found = best((rows, scores), n_ranked)
        allowed[found[0]] = False
        n_ranked -= len(found[0])
        ranked.append((source, found))
        if not n_ranked:
            break
    return ranked


def n_candidates(k: int) -> int:
    """Return how many candidates a list of ``k`` is chosen from when diversity counts."""
    return max(k, min(4 * k, MOST_CANDIDATES))


def diversified(
    ranked: Candidates, vectors: Float32Array, diversity: float, k: int, n_needed: int
) -> Candidates:
    """Return candidates in the order of maximal marginal relevance.

    In turn the item of the greatest ``(1 - diversity) * relevance - diversity * similarity`` is
    taken. Relevance is the score, scaled so that the candidates' lowest is 0 and their highest 1;
    similarity is the greatest cosine with an item taken before. The first equal one wins. The
    candidates are the next ``4 k`` of the ranking (``k`` or more, at most 1,000 where that is
    more); when they are used up the next begin, so pages neither repeat nor leave out.

    Parameters
    ----------
    ranked : pair of arrays, shape (n,)
        Rows and scores, best first.
    vectors : ndarray of float32, shape (n_items, dimension)
        Of unit length, or zeros, which are like nothing.
    diversity : float
        0 to 1.
    k : int
        Length of a list.
    n_needed : int
        How many of the result are wanted.

    References
    ----------
    Carbonell and Goldstein (1998), The use of MMR, diversity-based reranking, SIGIR. Its lambda is
    ``1 - diversity``.
    """
    rows, scores = ranked
    step = n_candidates(k)
    orders = [
        first
        + _marginal_order(
            scores[first : first + step],
            vectors[rows[first : first + step]],
            diversity,
            n_needed - first,
        )
        for first in range(0, min(n_needed, len(rows)), step)
    ]
    order = np.concatenate(orders) if orders else np.empty(0, np.int64)
    return rows[order], scores[order]


def _marginal_order(
    scores: Scores, vectors: Float32Array, diversity: float, n_needed: int
) -> RowArray:
    spread = float(scores[0] - scores.min())
    relevance = (scores - scores.min()) / spread if spread else np.ones(len(scores))
    similarity = vectors @ vectors.T
    closest = np.zeros(len(scores), np.float64)
    order = np.empty(min(n_needed, len(scores)), np.int64)
    left = (1 - diversity) * relevance.astype(np.float64)
    for place in range(len(order)):
        taken = int(np.argmax(left - diversity * closest))
        order[place] = taken
        left[taken] = -np.inf
        closest = similarity[taken] if not place else np.maximum(closest, similarity[taken])
    return order
