"""Skip-gram with shared negatives, slow and obvious: what the kernel is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.graph import Float32Array, Float64Array, Int32Array
from recommender.train import TrainSettings
from recommender.train.skip_gram import (
    Pools,
    first_vectors,
    kept_shares,
    logistic_table,
    negative_records,
    pools_of,
)

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
OF_POOLS = 0xD1B54A32D192ED03


def mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


@dataclass
class Stream:
    """SplitMix64 of one walk in one epoch."""

    state: int

    @staticmethod
    def of(seed: int, epoch: int, number: int) -> Stream:
        start = mix((seed + GOLDEN) & MASK)
        start = mix((start + epoch + GOLDEN) & MASK)
        return Stream(mix((start + number + GOLDEN) & MASK))

    def bits(self) -> int:
        self.state = (self.state + GOLDEN) & MASK
        return mix(self.state)

    def below(self, limit: int) -> int:
        return ((self.bits() >> 32) * limit) >> 32


def train_slowly(
    walks: Int32Array, n_items: int, settings: TrainSettings
) -> tuple[Float64Array, Float64Array]:
    """Return the in- and out-vectors of training on some walks, in float64."""
    counts = np.bincount(walks[walks >= 0], minlength=n_items)
    records = negative_records(counts, settings.negative_exponent)
    kept = kept_shares(counts, settings.sample) if settings.sample else np.ones(n_items)
    in_vectors = first_vectors(n_items, settings.dimension, settings.seed).astype(np.float64)
    out_vectors = np.zeros_like(in_vectors)
    pools = pools_of(settings, n_items, walks.shape[1])
    total, done = counts.sum() * settings.epochs, 0
    for epoch in range(settings.epochs):
        for number, walk in enumerate(walks):
            visited = walk[walk >= 0].tolist()
            pool = pool_of(records, pools, settings.seed, epoch, number)
            stream = Stream.of(settings.seed, epoch, number)
            rate = settings.learning_rate
            rate -= (rate - settings.min_learning_rate) * done / total
            done += len(visited)
            tokens = [row for row in visited if kept[row] >= 1 or stream.bits() / 2**64 < kept[row]]
            for place, centre in enumerate(tokens):
                width = 1 + stream.below(settings.window)
                inputs = tokens[max(0, place - width) : place] + tokens[place + 1 :][:width]
                groups = [inputs] if settings.negatives_per == "context" else [[i] for i in inputs]
                for group in groups:
                    outputs = [centre]
                    for _ in range(settings.n_negatives if group else 0):
                        row = (
                            pool[stream.below(len(pool))] if pool else drawn(records, stream.bits())
                        )
                        if row != centre:
                            outputs.append(row)
                    move(in_vectors, out_vectors, group, outputs, rate)
    return in_vectors, out_vectors


def pool_of(records: np.ndarray, pools: Pools, seed: int, epoch: int, number: int) -> list[int]:
    """Return the rows out of which a walk draws its negatives; none: it draws by the law itself."""
    stream = Stream.of(seed ^ OF_POOLS, epoch, number // pools.n_walks)
    return [drawn(records, stream.bits()) for _ in range(pools.size)]


def drawn(records: np.ndarray, bits: int) -> int:
    """Return the item of an alias table that 64 bits fall on."""
    record = records[((bits >> 32) * len(records)) >> 32]
    is_own = (bits & 0xFFFFFFFF) < int(record["threshold"])
    return int(record["neighbour"] if is_own else record["alias"])


def move(
    in_vectors: Float64Array,
    out_vectors: Float64Array,
    inputs: list[int],
    outputs: list[int],
    rate: float,
) -> None:
    """Move both sides, an input at a time; the first output is right, the others are wrong."""
    label = np.zeros(len(outputs))
    label[0] = 1
    for row in inputs:
        x, y = in_vectors[row].copy(), out_vectors[outputs]
        gains = rate * (label - logistic(y @ x))
        in_vectors[row] += gains @ y
        np.add.at(out_vectors, outputs, np.outer(gains, x))


def logistic(scores: Float64Array) -> Float32Array:
    """Return the table's value at each score."""
    table = logistic_table()
    places = ((np.clip(scores, -6, 6) + 6) * len(table) / 12).astype(int)
    values: Float32Array = table[np.minimum(places, len(table) - 1)]
    return values
