"""Load: files and data frames -> checked interactions and items -> the graph."""

from recommender.load.loader import load_interactions, unfinished_loads
from recommender.load.options import LoadOptions, LoadReport, UnfinishedLoad

__all__ = [
    "LoadOptions",
    "LoadReport",
    "UnfinishedLoad",
    "load_interactions",
    "unfinished_loads",
]
