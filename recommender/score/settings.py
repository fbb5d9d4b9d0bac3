"""Which scorers a model answers with, and their exponents: what is fitted once and then kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.score.read_out import ReadOut
from recommender.score.vector_scores import LINKS, Link

GraphKind = Literal["two-step", "transitions"]
GRAPH_KINDS: tuple[GraphKind, ...] = get_args(GraphKind)


@dataclass(frozen=True)
class ScoreSettings:
    """How users and sessions are answered; kept with a model version.

    Parameters
    ----------
    graph : {"two-step", "transitions"}
        Walk over the users who share the history, or step along the item relationships.
    graph_read_out, embedding_read_out : ReadOut
        Powers of popularity and decay of the history, for each of the two.
    link : {"linear", "exp"}
        What a product of vectors goes through; see :class:`~recommender.score.VectorScorer`.
    embedding_share : float
        Of the embedding in ``hybrid``, 0 to 1.
    overlap_power : float
        How much two steps lean to users who share much of the history, 0.1 to 5; 1: in proportion.
    """

    graph: GraphKind = "two-step"
    graph_read_out: ReadOut = field(default_factory=lambda: ReadOut(-0.6, -0.3))
    embedding_read_out: ReadOut = field(default_factory=lambda: ReadOut(0.0, 0.75))
    link: Link = "exp"
    embedding_share: float = 0.4
    overlap_power: float = 1.0

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a setting out of its range."""
        if self.graph not in GRAPH_KINDS:
            raise InvalidParameterError(
                f"graph is '{self.graph}'. Give one of {', '.join(GRAPH_KINDS)}."
            )
        if self.link not in LINKS:
            raise InvalidParameterError(f"link is '{self.link}'. Give one of {', '.join(LINKS)}.")
        if not 0 <= self.embedding_share <= 1:
            raise InvalidParameterError(
                f"embedding_share is {self.embedding_share}. Give a number from 0 to 1."
            )
        if not 0.1 <= self.overlap_power <= 5:
            raise InvalidParameterError(
                f"overlap_power is {self.overlap_power}. Give a number from 0.1 to 5."
            )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain JSON."""
        return asdict(self)

    def to_properties(self) -> dict[str, Any]:
        """Return the settings as flat properties, for Cypher to read."""
        return {
            "graph_kind": self.graph,
            "link": self.link,
            "embedding_share": self.embedding_share,
            "graph_overlap_power": self.overlap_power,
            **{f"graph_{name}": value for name, value in asdict(self.graph_read_out).items()},
            **{
                f"embedding_{name}": value
                for name, value in asdict(self.embedding_read_out).items()
            },
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ScoreSettings:
        """Return the settings that :meth:`to_json` wrote; what is missing has its default.

        Raises
        ------
        InvalidDataError
            If a name is not known.
        """
        known = dict(values)
        try:
            for name in ("graph_read_out", "embedding_read_out"):
                if name in known:
                    known[name] = ReadOut(**known[name])
            return cls(**known)
        except TypeError as error:
            raise InvalidDataError(
                f"The settings of scoring are not understood: {error}."
            ) from error
