"""What the ablation varies: settings that make vectors, and the questions they answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any, Literal

from recommender.choose import ORDERED
from recommender.relate import RelateSettings
from recommender.train import TrainSettings
from recommender.walks import WalkSettings

Nodes = Literal["items", "items, both ways", "users between", "users kept"]


# The page was measured with gensim.
REFERENCE = TrainSettings(engine="gensim")


@dataclass(frozen=True)
class Setting:
    """All that makes vectors from histories."""

    relate: RelateSettings = field(default_factory=lambda: RelateSettings(sessions="history"))
    walk: WalkSettings = field(default_factory=lambda: WalkSettings(n_walks=20, length=20))
    train: TrainSettings = field(default_factory=lambda: replace(REFERENCE, dimension=64, epochs=1))
    nodes: Nodes = "items"
    item_power: float = 0.0  # of walks over users
    is_shuffled: bool = False  # whether the order of histories is lost before relating

    def walks(self, **changes: Any) -> Setting:
        """Return the setting with other walks."""
        return replace(self, walk=replace(self.walk, **changes))

    def trained(self, **changes: Any) -> Setting:
        """Return the setting with other training."""
        return replace(self, train=replace(self.train, **changes))

    def related(self, **changes: Any) -> Setting:
        """Return the setting with other weights."""
        return replace(self, relate=replace(self.relate, **changes))

    def key(self) -> str:
        """Return all of it as text; the same for the same setting."""
        return json.dumps(asdict(self), sort_keys=True)


BASE = Setting()
BASES = {
    "beauty": BASE.walks(n_walks=5),  # many items: so that a training takes seconds
    "gowalla": replace(BASE, nodes="users between"),  # long histories make too many pairs
}
DEFAULTS = Setting(walk=WalkSettings(), train=REFERENCE)


@dataclass(frozen=True)
class Factor:
    """One question, and the settings that answer it."""

    name: str
    points: dict[str, Setting]
    reference: str  # the label of the setting that the others are compared with


@cache
def factors(data: str) -> tuple[Factor, ...]:
    """Return what is varied on a data set."""
    base = BASES.get(data, BASE)
    n_walks, length = base.walk.n_walks, base.walk.length
    if data == "gowalla":
        walks = {str(n): base.walks(n_walks=n) for n in (1, 5, 20, 50)}
        return (Factor("walks", walks, "20"),)
    ordered = replace(base, relate=ORDERED)
    by_frequency = base.walks(starts="frequency")
    between = replace(by_frequency, nodes="users between")
    return (
        Factor(
            "walks",
            {str(n): base.walks(n_walks=n) for n in (1, 2, 5, 10, 20, 50, 100)},
            str(n_walks),
        ),
        Factor("length", {str(n): base.walks(length=n) for n in (5, 10, 20, 40, 80)}, "20"),
        Factor(
            "shape",  # as many steps, in few long walks or many short ones
            {
                f"{n_walks * length // n} of {n}": base.walks(
                    n_walks=n_walks * length // n, length=n
                )
                for n in (5, 10, 20, 50)
            },
            f"{n_walks} of {length}",
        ),
        Factor(
            "p and q",
            {
                f"p {p:g}, q {q:g}": base.walks(p=p, q=q)
                for p, q in product((0.25, 1.0, 4.0), (0.25, 1.0, 4.0))
            },
            "p 1, q 1",
        ),
        Factor("starts", {"uniform": base, "frequency": by_frequency}, "uniform"),
        Factor(
            "nodes",
            {
                "items": by_frequency,
                "users between, dropped": between,
                "users kept": replace(between, nodes="users kept"),
                **{
                    f"users between, item^{power:g}": replace(between, item_power=power)
                    for power in (-0.5, -0.25, 0.25)
                },
            },
            "items",
        ),
        Factor(
            "window",
            {str(n): base.trained(window=n) for n in (1, 2, 3, 5, 10)},
            "3",
        ),
        Factor(
            "rate",
            {
                f"{rate:g}": base.trained(learning_rate=rate)
                for rate in (0.01, 0.025, 0.05, 0.1, 0.2)
            },
            "0.05",
        ),
        Factor("epochs", {str(n): base.trained(epochs=n) for n in (1, 2, 5)}, "1"),
        Factor(
            "negatives",
            {
                f"{power:g}": base.trained(negative_exponent=power)
                for power in (-0.5, 0.0, 0.5, 0.75, 1.0)
            },
            "0.75",
        ),
        Factor(
            "dimension",
            {str(n): base.trained(dimension=n) for n in (16, 32, 64, 128, 256)},
            "64",
        ),
        Factor(
            "weights",
            {
                "cosine": base,
                "count": base.related(weight="count"),
                "log": base.related(weight="log"),
                "damped 0.3": base.related(weight="damped", damping=0.3),
                "damped 0.7": base.related(weight="damped", damping=0.7),
                "cosine, pairs seen once too": base.related(min_count=1),
                "cosine, 500 neighbours": base.related(top_k=500),
                "cosine, no shrinkage": base.related(shrinkage=0.0),
            },
            "cosine",
        ),
        Factor(
            "order",
            {
                "along the order": ordered,
                "same pairs, both ways": replace(ordered, nodes="items, both ways"),
                "along a shuffled order": replace(ordered, is_shuffled=True),
                "unordered (base)": base,
                "along the order, default weights": base.related(relation="NEXT"),
            },
            "along the order",
        ),
        Factor(
            "defaults",
            {
                "defaults": DEFAULTS,
                "rate 0.025": DEFAULTS.trained(learning_rate=0.025),
                "rate 0.1": DEFAULTS.trained(learning_rate=0.1),
                "1 epoch": DEFAULTS.trained(epochs=1),
                "base": base,
            },
            "defaults",
        ),
    )
