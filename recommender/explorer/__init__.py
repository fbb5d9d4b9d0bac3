"""The explorer: a page at ``/explore`` that shows the graph, its walks, its lists and its map.

``pages`` serves the page and its data, ``answers`` asks the database and the model in memory,
``parameters`` reads what is asked for. The page itself is ``static/``: plain JavaScript on
Cytoscape and Plotly (docs/decisions/0019); nothing comes from another host.
"""

from recommender.explorer.answers import DEADLINE_S
from recommender.explorer.pages import DATA, add_explorer

__all__ = ["DATA", "DEADLINE_S", "add_explorer"]
