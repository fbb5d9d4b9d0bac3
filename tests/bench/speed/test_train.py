import numpy as np

from bench.speed.train import precision_at_10


def test_precision_counts_the_ten_nearest_of_the_same_community() -> None:
    # Two communities of eleven on two axes: all ten others of an item point its way.
    vectors = np.zeros((22, 2), dtype=np.float32)
    vectors[:11, 0] = np.arange(1, 12)
    vectors[11:, 1] = np.arange(1, 12)
    communities = np.repeat([0, 1], 11).astype(np.int32)

    assert precision_at_10(vectors, communities) == 1.0
    assert precision_at_10(vectors, np.arange(22, dtype=np.int32)) == 0.0
