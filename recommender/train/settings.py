"""How word2vec is trained: every setting that changes results, whichever engine trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from recommender.errors import InvalidParameterError
from recommender.walks.sampler import check_whole_number

Engine = Literal["footpath", "gensim"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
NegativesPer = Literal["context", "pair"]
NEGATIVES_PER: tuple[NegativesPer, ...] = get_args(NegativesPer)


@dataclass(frozen=True)
class TrainSettings:
    """How embeddings are trained; no setting that changes results is left to anybody's defaults.

    Parameters
    ----------
    dimension : int
        Coordinates of a vector, 1 to 4,096.
    window : int
        Context window: items either side of the centre, 1 to 1,000. As in word2vec, each centre
        draws its own from 1 to ``window``, so that near items count more.
    epochs : int
        Passes over the walks, 1 to 1,000.
    learning_rate, min_learning_rate : float
        First and last rate; it falls linearly. 0 < min <= first <= 1.
    n_negatives : int
        Negative samples for each pair, 1 to 100.
    negative_exponent : float
        Negative samples are drawn by count to this power, -2 to 2.
    sample : float
        Items with a greater share of the tokens than this are thinned out; 0: none. 0 to 1.
    seed : int
        0 to 2**32 - 1.
    n_workers : int
        Training threads, 1 to 64. Only with 1 are results the same each time: several write to
        the same vectors without waiting for each other.
    engine : {"footpath", "gensim"}
        What trains: compiled kernels of our own, or the reference.
    negatives_per : {"context", "pair"}
        Whether negatives are drawn once for a centre and its whole context, which is faster, or for
        each pair, as in word2vec. gensim does the latter in any case.
    """

    dimension: int = 64
    window: int = 3
    epochs: int = 5
    learning_rate: float = 0.05
    min_learning_rate: float = 0.0001
    n_negatives: int = 5
    negative_exponent: float = 0.75
    sample: float = 0.0
    seed: int = 1
    n_workers: int = 1
    engine: Engine = "footpath"
    negatives_per: NegativesPer = "pair"

    def __post_init__(self) -> None:
        """Raise InvalidParameterError for a setting out of its range."""
        check_whole_number("dimension", self.dimension, 1, 4096)
        check_whole_number("window", self.window, 1, 1000)
        check_whole_number("epochs", self.epochs, 1, 1000)
        check_whole_number("n_negatives", self.n_negatives, 1, 100)
        check_whole_number("seed", self.seed, 0, 2**32 - 1)
        check_whole_number("n_workers", self.n_workers, 1, 64)
        _check_number("learning_rate", self.learning_rate, 1e-9, 1.0)
        _check_number("min_learning_rate", self.min_learning_rate, 1e-12, self.learning_rate)
        _check_number("negative_exponent", self.negative_exponent, -2.0, 2.0)
        _check_number("sample", self.sample, 0.0, 1.0)
        _check_word("engine", self.engine, ENGINES)
        _check_word("negatives_per", self.negatives_per, NEGATIVES_PER)


def _check_word(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InvalidParameterError(f"{name} is '{value}'. Give {' or '.join(words)}.")


def _check_number(name: str, value: float, least: float, greatest: float) -> None:
    if not least <= value <= greatest:  # false for NaN too
        raise InvalidParameterError(
            f"{name} is {value}. Give a number from {least:g} to {greatest:g}."
        )
