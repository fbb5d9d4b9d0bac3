"""Scoring methods behind one interface: histories in, a score for every item out."""

from recommender.score.scorer import Scorer, TopItems, best_of, top_items

__all__ = ["Scorer", "TopItems", "best_of", "top_items"]
