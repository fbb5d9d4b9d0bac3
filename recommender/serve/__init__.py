"""Answer from the active model version, held in memory; there is no HTTP in here.

``loader`` reads a version out of Neo4j into a :class:`ServingModel` (``model``), ``watcher`` keeps
the active one current, ``catalogue`` looks items up in the database, ``nearest`` makes lists of the
nearest items and ``cache`` keeps them and the vectors on disk.
"""

from recommender.serve.answers import (
    UserHistory,
    read_user_history,
    recommend_to_user,
    similar_items,
)
from recommender.serve.cache import ArrayCache
from recommender.serve.catalogue import (
    CatalogueItem,
    Had,
    ItemMatch,
    find_item,
    match_item,
    read_history,
    search_items,
)
from recommender.serve.cursor import HistoryMark, Place, read_cursor, write_cursor
from recommender.serve.filters import InvalidFilterError
from recommender.serve.loader import ServingDisk, load_serving_model
from recommender.serve.method import METHODS, Method, Source
from recommender.serve.model import ServingModel, ServingSettings, SimilarItem
from recommender.serve.nearest import NEAREST, Nearest
from recommender.serve.news import NewsFile
from recommender.serve.ranking import Selection
from recommender.serve.reasons import Explanation, Reasons, explain_list, explain_pair
from recommender.serve.watcher import ModelWatcher

__all__ = [
    "METHODS",
    "NEAREST",
    "ArrayCache",
    "CatalogueItem",
    "Explanation",
    "Had",
    "HistoryMark",
    "InvalidFilterError",
    "ItemMatch",
    "Method",
    "ModelWatcher",
    "Nearest",
    "NewsFile",
    "Place",
    "Reasons",
    "Selection",
    "ServingDisk",
    "ServingModel",
    "ServingSettings",
    "SimilarItem",
    "Source",
    "UserHistory",
    "explain_list",
    "explain_pair",
    "find_item",
    "load_serving_model",
    "match_item",
    "read_cursor",
    "read_history",
    "read_user_history",
    "recommend_to_user",
    "search_items",
    "similar_items",
    "write_cursor",
]
