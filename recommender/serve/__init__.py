"""Answer from the active model version, held in memory; there is no HTTP in here.

``loader`` reads a version out of Neo4j into a :class:`ServingModel` (``model``), ``watcher`` keeps
the active one current, ``catalogue`` looks items up in the database.
"""

from recommender.serve.catalogue import (
    CatalogueItem,
    Had,
    ItemMatch,
    find_item,
    match_item,
    read_history,
    search_items,
)
from recommender.serve.loader import load_serving_model
from recommender.serve.method import METHODS, Method, Source
from recommender.serve.model import ServingModel, ServingSettings, SimilarItem
from recommender.serve.watcher import ModelWatcher, recommend_to_user, similar_items

__all__ = [
    "METHODS",
    "CatalogueItem",
    "Had",
    "ItemMatch",
    "Method",
    "ModelWatcher",
    "ServingModel",
    "ServingSettings",
    "SimilarItem",
    "Source",
    "find_item",
    "load_serving_model",
    "match_item",
    "read_history",
    "recommend_to_user",
    "search_items",
    "similar_items",
]
