"""Footpath: learns which items belong together from the paths people take through them.

Data flows one way, a module a step: ``load`` puts interactions into Neo4j, ``relate`` turns
sessions into weighted item relationships, ``graph`` reads them back as arrays, ``walks`` walks
them, ``train`` makes embeddings of the walks, ``publish`` writes those onto the nodes under a model
version, and ``serve`` answers from the active version. ``cli`` and ``api`` are thin.
"""

from importlib.metadata import version

__version__ = version("footpath")
