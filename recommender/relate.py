"""Sessions of interactions -> weighted item relationships, written into the graph.

What each setting does, with its formula, is in docs/reference/weights.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from graphdb import Database
from graphdb.projection import NO_TIME, InteractionTable, read_interactions
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import (
    Float64Array,
    Int64Array,
    ItemGraph,
    Relation,
    build_item_graph,
    loaded_relation,
)
from recommender.histories import Histories
from recommender.histories_from_graph import no_interactions
from recommender.load import unfinished_loads
from recommender.pairs import (
    PairEvidence,
    Pairs,
    Sessions,
    count_pairs,
    distinct_items,
    select_sessions,
    session_support,
    without_immediate_repeats,
)
from recommender.progress import Progress, no_progress
from recommender.relate_writer import Relationships, write_relationships
from recommender.time_order import time_order

logger = logging.getLogger(__name__)

MS_PER_DAY = 86_400_000


@dataclass(frozen=True)
class RelateSettings:
    """How sessions become relationships. The defaults suit baskets; see the reference."""

    relation: Relation = "TOGETHER"
    sessions: Literal["auto", "column", "gap", "history"] = "auto"
    session_gap_minutes: float = 30.0
    window: int | None = None  # None: 5 when ordered, the whole session otherwise
    distance_decay: float = 1.0
    half_life_days: float | None = None
    divide_by_session_length: bool = True
    weight: Literal["count", "log", "cosine", "damped"] = "cosine"
    damping: float = 0.5
    shrinkage: float = 20.0
    min_count: int = 2
    top_k: int = 50  # 0: all
    max_session_length: int = 5_000

    def __post_init__(self) -> None:
        """Refuse settings that have no meaning."""
        checks: list[tuple[str, float, bool, str]] = [
            ("session_gap_minutes", self.session_gap_minutes, self.session_gap_minutes > 0, "> 0"),
            ("window", self.window or 0, self.window is None or self.window >= 1, ">= 1"),
            ("distance_decay", self.distance_decay, 0 < self.distance_decay <= 1, "in (0, 1]"),
            (
                "half_life_days",
                self.half_life_days or 0,
                self.half_life_days is None or self.half_life_days > 0,
                "> 0",
            ),
            ("damping", self.damping, 0 <= self.damping <= 2, "in [0, 2]"),
            ("shrinkage", self.shrinkage, self.shrinkage >= 0, ">= 0"),
            ("min_count", self.min_count, self.min_count >= 1, ">= 1"),
            ("top_k", self.top_k, self.top_k >= 0, ">= 0 (0: all)"),
            ("max_session_length", self.max_session_length, self.max_session_length >= 2, ">= 2"),
        ]
        for name, value, is_good, rule in checks:
            if not is_good:
                raise InvalidParameterError(f"{name} is {value}; it must be {rule}.")

    @property
    def is_directed(self) -> bool:
        """Whether the order inside a session counts."""
        return self.relation == "NEXT"


@dataclass(frozen=True)
class RelateReport:
    """What relating did."""

    relation: str
    n_interactions: int
    n_sessions: int
    n_long_sessions_left_out: int
    n_pairs: int  # all pairs that were seen
    n_relationships: int  # what pruning left
    sessions_by: str


def relate_items(
    database: Database, settings: RelateSettings, *, progress: Progress = no_progress
) -> RelateReport:
    """Write the relationships of ``settings.relation`` anew, with support on every item.

    Each item's relationships are replaced in one transaction. After a crash the relation is marked
    as unfinished until it is related again.

    Raises
    ------
    InvalidDataError
        If the graph has no interactions, or not the sessions or times that the settings need; or
        items were deleted meanwhile.
    """
    for load in unfinished_loads(database):
        logger.warning(
            "The load of %s has not finished, so only a part of it is related. "
            "Load it again, then relate again.",
            load.source,
        )
    table = read_interactions(database)
    if not len(table.rows):
        raise no_interactions(database)
    sessions, sessions_by = cut_sessions(table, settings)
    n_cut = sessions.n_sessions
    sessions, support, pairs, weights, keep = _related(sessions, settings)
    if settings.is_directed and not len(pairs.sources):
        raise InvalidDataError(
            "No item follows another: within each session all interactions have one time, or there "
            "is only one. Relate with --unordered, or load the time of each interaction."
        )
    relation = Relationships(
        pairs.sources[keep], pairs.targets[keep], pairs.counts[keep], weights[keep],
        pairs.last_seen[keep],
    )  # fmt: skip
    _warn_of_replacing(database, settings.relation)
    write_relationships(
        database, settings.relation, table.items, relation, support,
        settings=json.dumps(asdict(settings)), progress=progress,
    )  # fmt: skip
    report = RelateReport(
        relation=settings.relation,
        n_interactions=len(table.rows),
        n_sessions=sessions.n_sessions,
        n_long_sessions_left_out=n_cut - sessions.n_sessions,
        n_pairs=len(pairs.sources),
        n_relationships=len(keep),
        sessions_by=sessions_by,
    )
    logger.info("Related: %s", report)
    return report


def _warn_of_replacing(database: Database, relation: Relation) -> None:
    """Log what cannot be computed again: relationships that were loaded as such."""
    loaded = loaded_relation(database)
    if loaded is not None and loaded.name == relation:
        logger.warning(
            "The :%s of %s are replaced by those of the interactions.",
            relation,
            loaded.settings["edges"],
        )


def cut_sessions(table: InteractionTable, settings: RelateSettings) -> tuple[Sessions, str]:
    """Return the interactions cut into sessions, and what they were cut by.

    ``column`` takes the loaded session names, each within its visitor; ``gap`` starts a new session
    after a pause; ``history`` takes all of a visitor's interactions as one. Inside a session items
    are in the order of time; of one time, shuffled.
    """
    by = settings.sessions
    if by == "auto":
        by = "column" if (table.sessions >= 0).any() else "gap"
        by = "history" if by == "gap" and (table.times == NO_TIME).all() else by
    needs_times = settings.is_directed or by == "gap" or settings.half_life_days is not None
    n_timeless = int((table.times == NO_TIME).sum())
    if needs_times and n_timeless:
        raise InvalidDataError(
            f"{n_timeless} of {len(table.times)} interactions have no time, which order, gaps and "
            "half-life need. Load them with a time column, or relate with --unordered and "
            "--sessions column or history."
        )
    if by == "column" and not (table.sessions >= 0).any():
        raise InvalidDataError(
            "No interaction has a session. Load with --session-column, or relate with "
            "--sessions gap or history."
        )
    names = table.sessions if by == "column" else np.zeros(len(table.rows), np.int64)
    order = time_order((table.visitors, names), table.times, table.rows)
    visitors, names, times = table.visitors[order], names[order], table.times[order]
    starts = (visitors[1:] != visitors[:-1]) | (names[1:] != names[:-1])
    if by == "gap":
        starts |= times[1:] - times[:-1] > settings.session_gap_minutes * 60_000
    firsts = np.flatnonzero(np.concatenate([[True], starts]))
    offsets = np.concatenate([firsts, [len(order)]]).astype(np.int64)
    rows = table.rows[order].astype(np.int64)
    sessions = Sessions(rows, offsets, times, len(table.items.item_ids))
    in_session = without_immediate_repeats if settings.is_directed else distinct_items
    return in_session(sessions), by


def relate_histories(histories: Histories, settings: RelateSettings) -> ItemGraph:
    """Return the relationships that whole histories make, in memory; the database is not asked.

    Each history is one session, whatever ``settings.sessions`` says.

    Raises
    ------
    InvalidDataError
        If order or half-life is asked for and the histories have none.
    """
    if settings.is_directed and not histories.is_ordered:
        raise InvalidDataError("The histories have no order, so nothing follows anything.")
    if settings.half_life_days is not None and histories.times is None:
        raise InvalidDataError("The histories have no times, which the half-life needs.")
    # Without times the places tell what came after what.
    times = np.arange(len(histories.rows)) if histories.times is None else histories.times
    rows = histories.rows.astype(np.int64)
    whole = Sessions(rows, histories.offsets, times, histories.n_items)
    whole = without_immediate_repeats(whole) if settings.is_directed else distinct_items(whole)
    _, support, pairs, weights, keep = _related(whole, settings)
    return build_item_graph(
        histories.item_ids,
        pairs.sources[keep].astype(np.int32),
        pairs.targets[keep].astype(np.int32),
        weights[keep].astype(np.float32),
        support=support,
        is_directed=settings.is_directed,
    )


def _related(
    sessions: Sessions, settings: RelateSettings
) -> tuple[Sessions, Int64Array, Pairs, Float64Array, Int64Array]:
    """Return the sessions not too long, and of them support, pairs, weights and what stays."""
    sessions = select_sessions(sessions, sessions.lengths() <= settings.max_session_length)
    support = session_support(sessions)
    pairs = weigh_sessions(sessions, settings)
    weights = weigh_pairs(pairs, support, settings)
    return sessions, support, pairs, weights, prune(pairs, weights, settings)


def weigh_sessions(sessions: Sessions, settings: RelateSettings) -> Pairs:
    """Return all pairs with their count and their evidence."""
    half_life = settings.half_life_days
    evidence = PairEvidence(
        distance_decay=settings.distance_decay,
        half_life_ms=None if half_life is None else half_life * MS_PER_DAY,
        divide_by_session_length=settings.divide_by_session_length,
        now=int(sessions.times.max(initial=0)),
    )
    window = settings.window or (5 if settings.is_directed else None)
    return count_pairs(sessions, is_directed=settings.is_directed, window=window, evidence=evidence)


def weigh_pairs(pairs: Pairs, support: Int64Array, settings: RelateSettings) -> Float64Array:
    """Return the weight of each pair under ``settings.weight``; shape (n_pairs,)."""
    return WEIGHTS[settings.weight](pairs, support, settings)


def _shrunk(pairs: Pairs, settings: RelateSettings) -> Float64Array:
    shrunk: Float64Array = pairs.counts / (pairs.counts + settings.shrinkage)
    return shrunk


def _count(pairs: Pairs, support: Int64Array, settings: RelateSettings) -> Float64Array:
    """Evidence x c / (c + h): c the count, h the shrinkage."""
    return pairs.evidence * _shrunk(pairs, settings)


def _log(pairs: Pairs, support: Int64Array, settings: RelateSettings) -> Float64Array:
    """ln(1 + evidence) x c / (c + h)."""
    weights: Float64Array = np.log1p(pairs.evidence) * _shrunk(pairs, settings)
    return weights


def _damped(pairs: Pairs, support: Int64Array, settings: RelateSettings) -> Float64Array:
    """Evidence / ((n_a + h)(n_b + h))^damping: n the support, after RP3beta (Paudel 2017)."""
    sizes = (support[pairs.sources] + settings.shrinkage) * (
        support[pairs.targets] + settings.shrinkage
    )
    weights: Float64Array = pairs.evidence / sizes**settings.damping
    return weights


def _cosine(pairs: Pairs, support: Int64Array, settings: RelateSettings) -> Float64Array:
    """Evidence / sqrt((n_a + h)(n_b + h)) (Sarwar et al. 2001, with shrinkage)."""
    sizes = (support[pairs.sources] + settings.shrinkage) * (
        support[pairs.targets] + settings.shrinkage
    )
    weights: Float64Array = pairs.evidence / np.sqrt(sizes)
    return weights


WEIGHTS: dict[str, Callable[[Pairs, Int64Array, RelateSettings], Float64Array]] = {
    "count": _count,
    "log": _log,
    "cosine": _cosine,
    "damped": _damped,
}


def prune(pairs: Pairs, weights: Float64Array, settings: RelateSettings) -> Int64Array:
    """Return which pairs stay: seen often enough, and among the strongest of an end.

    A directed pair stays if it is among the ``top_k`` strongest that leave its source; an
    undirected one if it is among those of either end. Equal weights: the smaller row first.
    """
    often: Int64Array = np.flatnonzero((pairs.counts >= settings.min_count) & (weights > 0))
    if not settings.top_k or not len(often):
        return often
    sources, targets, strength = pairs.sources[often], pairs.targets[often], weights[often]
    if settings.is_directed:
        is_strong = _strongest(sources, targets, strength, settings.top_k)
        return np.asarray(often[is_strong], np.int64)
    # Both directions at once: an item's strongest may have it as source or as target.
    ends, others = np.concatenate([sources, targets]), np.concatenate([targets, sources])
    strong = _strongest(ends, others, np.tile(strength, 2), settings.top_k)
    return np.asarray(often[strong[: len(often)] | strong[len(often) :]], np.int64)


def _strongest(ends: Int64Array, others: Int64Array, weights: Float64Array, k: int) -> np.ndarray:
    """Return whether each entry is among the k of its end with the largest weights."""
    order = np.lexsort((others, -weights, ends))
    sorted_ends = ends[order]
    firsts = np.flatnonzero(np.concatenate([[True], sorted_ends[1:] != sorted_ends[:-1]]))
    lengths = np.diff(np.concatenate([firsts, [len(order)]]))
    ranks = np.arange(len(order)) - np.repeat(firsts, lengths)
    is_strong = np.empty(len(order), bool)
    is_strong[order] = ranks < k
    return is_strong
