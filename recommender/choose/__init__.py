"""Choose relation, scorers and exponents for a data set, by a quick pass over a validation part.

The validation part is cut out of the histories given and nothing else is looked at. One setting is
varied at a time, from defaults in the middle of what does well on public data, and moved only when
its lists get better by more than chance (one standard error of the paired difference): so little
is fitted to one validation part. Where the task has a budget, each part has an equal share of it:
its defaults are always tried, and varying them ends when the share is spent.
"""

from recommender.choose.choosing import Part, choose_settings, describe
from recommender.choose.climbing import is_clearly_better
from recommender.choose.graph_part import ORDERED

__all__ = ["ORDERED", "Part", "choose_settings", "describe", "is_clearly_better"]
