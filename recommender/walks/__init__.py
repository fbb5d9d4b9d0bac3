"""Random walks over an item graph.

``transition`` is the law in plain NumPy, ``kernels`` the same law fast, ``cypher`` the same law in
the database; tests hold them together. ``make_walks`` is what the pipeline uses.
"""

from recommender.walks.corpus import WalkCorpus, load_walks, save_walks
from recommender.walks.cypher import cypher_walks
from recommender.walks.sampler import WalkSettings, make_walks
from recommender.walks.transition import first_step_probabilities, transition_probabilities

__all__ = [
    "WalkCorpus",
    "WalkSettings",
    "cypher_walks",
    "first_step_probabilities",
    "load_walks",
    "make_walks",
    "save_walks",
    "transition_probabilities",
]
