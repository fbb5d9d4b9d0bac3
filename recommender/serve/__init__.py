"""Answer from the active model version, held in memory; there is no HTTP in here.

``loader`` reads a version out of Neo4j into a :class:`ServingModel` (``model``), ``watcher`` keeps
the active one current, ``catalogue`` looks items up in the database.
"""

from recommender.serve.catalogue import (
    CatalogueItem,
    ItemMatch,
    find_item,
    match_item,
    search_items,
)
from recommender.serve.loader import load_serving_model
from recommender.serve.model import (
    METHODS,
    Method,
    ServingModel,
    ServingSettings,
    SimilarItem,
    Source,
)
from recommender.serve.watcher import ModelWatcher, similar_items

__all__ = [
    "METHODS",
    "CatalogueItem",
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
    "search_items",
    "similar_items",
]
