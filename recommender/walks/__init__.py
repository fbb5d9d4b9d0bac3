"""Random walks over an item graph.

``transition`` is the law in plain NumPy, ``kernels`` the same law fast, ``cypher`` the same law in
the database; tests hold them together. The pipeline uses ``walk_blocks`` and what is built on it.
"""

from recommender.walks.corpus import WalkCorpus, Walks, load_walks, save_walks
from recommender.walks.cypher import cypher_walks
from recommender.walks.sampler import (
    WalkBlocks,
    WalkSettings,
    make_walks,
    walk_blocks,
    walks_to_train_on,
)
from recommender.walks.transition import first_step_probabilities, transition_probabilities

__all__ = [
    "WalkBlocks",
    "WalkCorpus",
    "WalkSettings",
    "Walks",
    "cypher_walks",
    "first_step_probabilities",
    "load_walks",
    "make_walks",
    "save_walks",
    "transition_probabilities",
    "walk_blocks",
    "walks_to_train_on",
]
