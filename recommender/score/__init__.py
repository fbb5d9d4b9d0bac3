"""Scoring methods behind one interface: histories in, a score for every item out."""

from recommender.score.graph_scores import TransitionScorer, TwoStepScorer
from recommender.score.hybrid_scores import HybridScorer, blend, unit_scores
from recommender.score.read_out import ReadOut, history_weights, power_of
from recommender.score.scorer import Scorer, TopItems, best_of, top_items
from recommender.score.settings import GRAPH_KINDS, GraphKind, ScoreSettings
from recommender.score.vector_scores import LINKS, Link, VectorScorer

__all__ = [
    "GRAPH_KINDS",
    "LINKS",
    "GraphKind",
    "HybridScorer",
    "Link",
    "ReadOut",
    "ScoreSettings",
    "Scorer",
    "TopItems",
    "TransitionScorer",
    "TwoStepScorer",
    "VectorScorer",
    "best_of",
    "blend",
    "history_weights",
    "power_of",
    "top_items",
    "unit_scores",
]
