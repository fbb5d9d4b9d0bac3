"""Answer from the active model version, held in memory; there is no HTTP in here.

``loader`` reads a version out of Neo4j into a :class:`ServingModel` (``model``), ``watcher`` keeps
the active one current, ``catalogue`` looks items up in the database, ``nearest`` makes lists of the
nearest items and ``cache`` keeps them and the vectors on disk. ``directives`` follows the rules and
experiments in force, ``rules`` says what rules do to a list, ``arranging`` gives items places.
"""

from recommender.serve.allocator import use_one_arena
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
from recommender.serve.directives import Directives
from recommender.serve.filters import InvalidFilterError
from recommender.serve.loader import ServingDisk, load_serving_model, read_columns
from recommender.serve.method import METHODS, Method, Source
from recommender.serve.model import ServingModel, ServingSettings
from recommender.serve.nearest import NEAREST, Nearest
from recommender.serve.news import NewsFile
from recommender.serve.ranking import Selection
from recommender.serve.reasons import Explanation, Reasons, explain_list, explain_pair
from recommender.serve.rules import ListRules, RuleBook, check_rule
from recommender.serve.similar_item import SimilarItem
from recommender.serve.watcher import ModelWatcher

__all__ = [
    "METHODS",
    "NEAREST",
    "ArrayCache",
    "CatalogueItem",
    "Directives",
    "Explanation",
    "Had",
    "HistoryMark",
    "InvalidFilterError",
    "ItemMatch",
    "ListRules",
    "Method",
    "ModelWatcher",
    "Nearest",
    "NewsFile",
    "Place",
    "Reasons",
    "RuleBook",
    "Selection",
    "ServingDisk",
    "ServingModel",
    "ServingSettings",
    "SimilarItem",
    "Source",
    "UserHistory",
    "check_rule",
    "explain_list",
    "explain_pair",
    "find_item",
    "load_serving_model",
    "match_item",
    "read_columns",
    "read_cursor",
    "read_history",
    "read_user_history",
    "recommend_to_user",
    "search_items",
    "similar_items",
    "use_one_arena",
    "write_cursor",
]
