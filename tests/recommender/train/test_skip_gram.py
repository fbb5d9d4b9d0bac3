"""Our engine is the update that it says it is, and learns what gensim learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.errors import InvalidDataError
from recommender.graph import Float32Array, Int32Array, build_item_graph
from recommender.progress import no_progress
from recommender.train import (
    Engine,
    NegativesPer,
    TrainSettings,
    WalkStream,
    skip_gram,
    stream_of,
    train_embeddings,
)
from recommender.train.skip_gram import (
    Pools,
    first_vectors,
    kept_shares,
    logistic_table,
    negative_records,
    pools_of,
    train_skip_gram,
)
from recommender.walks import WalkCorpus, WalkSettings, make_walks
from tests.builders import walk_corpus
from tests.recommender.train.slow_skip_gram import pool_of, train_slowly

N_ITEMS = 12
SMALL = TrainSettings(dimension=7, window=3, epochs=2, learning_rate=0.3, n_negatives=4)
CALM = replace(SMALL, learning_rate=0.1)  # out of few rows, moves add up


def small_walks(*, seed: int = 1) -> Int32Array:
    """Return walks of 1 to 9 items, often the same one twice in a context."""
    random = np.random.default_rng(seed)
    walks = random.integers(0, N_ITEMS, (60, 9)).astype(np.int32)
    walks[np.arange(9) >= random.integers(1, 10, 60)[:, None]] = -1
    return walks


def corpus_of(walks: Int32Array) -> WalkCorpus:
    return WalkCorpus(tuple(f"i{row}" for row in range(N_ITEMS)), walks)


# -- the update ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"window": 1, "n_negatives": 1},
        {"window": 8, "n_negatives": 13, "dimension": 33, "learning_rate": 0.05},
        {"sample": 0.05, "negative_exponent": -0.5},
        {"negatives_per": "pair"},
    ],
    ids=["usual", "one negative", "many", "thinned", "pairs"],
)
def test_kernel_makes_the_numbers_of_the_slow_version(change: dict[str, Any]) -> None:
    assert_is_the_slow_version(replace(SMALL, **change))


def assert_is_the_slow_version(settings: TrainSettings) -> None:
    wanted = train_slowly(small_walks(), N_ITEMS, settings)
    made = train_skip_gram(stream_of(corpus_of(small_walks())), settings, no_progress)
    for fast, slow in zip(made, wanted, strict=True):
        # A product that rounds to the next place of the table moves a vector by rate * 0.003.
        assert np.abs(slow).max() > 0.2
        assert np.abs(fast - slow).max() < 1e-3
        assert np.median(np.abs(fast - slow)) < 2e-5


@pytest.fixture
def small_pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    """Have even twelve items draw out of pools: of 3 rows, for 2 walks."""
    monkeypatch.setattr(skip_gram, "POOL_BYTES", 3 * 4 * SMALL.dimension)
    monkeypatch.setattr(skip_gram, "POOLS_IN_CATALOGUE", 4)
    monkeypatch.setattr(skip_gram, "MOVED", 2 * 9 * 4 * 4 / 3 * CALM.learning_rate)
    return Pools(3, 2)


@pytest.mark.parametrize("negatives_per", ["pair", "context"])
def test_kernel_draws_out_of_pools_as_the_slow_version(
    small_pools: Pools, negatives_per: NegativesPer
) -> None:
    settings = replace(CALM, negatives_per=negatives_per)
    assert pools_of(settings, N_ITEMS, 9) == small_pools
    assert_is_the_slow_version(settings)


def test_pools_do_not_hang_on_how_walks_are_cut_up(
    small_pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stream_of(corpus_of(small_walks()))
    whole = train_skip_gram(stream, CALM, no_progress)
    monkeypatch.setattr(skip_gram, "TOKENS_A_CALL", 30)  # three walks a call
    for one, other in zip(whole, train_skip_gram(stream, CALM, no_progress), strict=True):
        assert one.tobytes() == other.tobytes()


def test_what_is_in_pools_has_the_law_of_negatives() -> None:
    """Of the slow version's pools, which are the kernel's: chi-square of 100,000 draws."""
    counts = np.array([1, 16, 81, 0, 256])
    records = negative_records(counts, 0.75)
    drawn = [row for number in range(100) for row in pool_of(records, Pools(1000, 1), 1, 0, number)]
    law = counts**0.75 / (counts**0.75).sum()
    found = np.bincount(drawn, minlength=len(counts))
    assert found[3] == 0
    expected = law[law > 0] * len(drawn)
    assert ((found[law > 0] - expected) ** 2 / expected).sum() < 16.3  # 3 degrees, 1 in 1,000


@pytest.mark.parametrize(
    ("change", "n_items", "pools"),
    [
        ({}, 100_000, Pools(1024, 13)),  # 0.8 / 0.025 = 32 uses of 1024 rows, 2400 a walk
        ({}, 16_383, Pools(0, 1)),
        ({"learning_rate": 0.1}, 100_000, Pools(1024, 3)),
        ({"learning_rate": 1.0}, 100_000, Pools(1024, 1)),
        ({"dimension": 64}, 100_000, Pools(2048, 27)),
    ],
)
def test_a_row_of_a_pool_moves_little(change: dict[str, Any], n_items: int, pools: Pools) -> None:
    settings = TrainSettings(dimension=128, window=5, n_negatives=5, learning_rate=0.025)
    assert pools_of(replace(settings, **change), n_items, 80) == pools


def test_vectors_begin_as_in_gensim_and_at_nothing() -> None:
    vectors = first_vectors(1000, 50, seed=1)
    assert vectors.min() == pytest.approx(-1 / 50, rel=1e-3)
    assert vectors.max() == pytest.approx(1 / 50, rel=1e-3)


def test_negatives_are_drawn_by_count_to_the_power() -> None:
    # 16 ** 0.5 = 4, 0 never, 1: of two records the chances are 4/5 and 1/5.
    records = negative_records(np.array([16, 0, 1]), 0.5)
    assert records["neighbour"].tolist() == [0, 2]
    own = records["threshold"] / 2**32
    assert own[0] + (1 - own[1]) == pytest.approx(2 * 4 / 5)


def test_thinning_keeps_as_word2vec_does() -> None:
    # Shares .5, .25, .25 over 0.25: ratios 2, 1, 1; 1 / sqrt(2) + 1 / 2 is above 1.
    assert kept_shares(np.array([2, 1, 1]), 0.25).tolist() == [1, 1, 1]
    # Ratio 16 / (0.01 * 20) = 80.
    assert kept_shares(np.array([16, 4]), 0.01)[0] == pytest.approx(80**-0.5 + 1 / 80)
    assert kept_shares(np.array([16, 4]), 0.0).size == 0  # all are


def test_logistic_is_a_half_in_the_middle_of_its_table() -> None:
    table = logistic_table()
    assert table[len(table) // 2] == 0.5
    assert table[0] == pytest.approx(0.0025, abs=1e-4)


# -- streams ---------------------------------------------------------------------------------------


def test_walks_in_other_blocks_give_the_same_bytes() -> None:
    walks = small_walks()

    def one_by_one(epoch: int) -> Iterator[Int32Array]:
        yield from (walks[at : at + 1] for at in range(len(walks)))

    whole = stream_of(corpus_of(walks))
    single = WalkStream(whole.item_ids, whole.counts, whole.n_walks, one_by_one)
    settings = replace(SMALL, sample=0.05)
    one, other = (train_embeddings(stream, settings) for stream in (whole, single))
    assert one.in_vectors.tobytes() == other.in_vectors.tobytes()
    assert one.out_vectors.tobytes() == other.out_vectors.tobytes()


@pytest.mark.parametrize("engine", ["footpath", "gensim"])
def test_each_epoch_may_have_walks_of_its_own(engine: Engine) -> None:
    epochs: list[int] = []

    def blocks(epoch: int) -> Iterator[Int32Array]:
        epochs.append(epoch)
        yield small_walks(seed=epoch)

    first = stream_of(corpus_of(small_walks(seed=0)))
    stream = WalkStream(first.item_ids, first.counts, first.n_walks, blocks, {"walker": "new"})
    settings = TrainSettings(dimension=7, epochs=3, engine=engine)
    embeddings = train_embeddings(stream, settings)
    assert epochs == [0, 1, 2]
    assert embeddings.provenance["walker"] == "new"
    assert embeddings.provenance["n_walks"] == 60


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (np.array([[0, N_ITEMS]], np.int32), "rows from 0 to 12, where there are 12 items"),
        (np.array([[0, -2]], np.int32), "rows from -2 to 0"),
        (np.array([[0, 1]], np.int64), "2 dimensions of int64"),
    ],
    ids=["above", "below", "type"],
)
def test_a_block_that_is_no_walks_is_refused(block: Int32Array, words: str) -> None:
    whole = stream_of(corpus_of(small_walks()))
    stream = WalkStream(whole.item_ids, whole.counts, 1, lambda epoch: iter([block]))
    with pytest.raises(InvalidDataError, match=words):
        train_embeddings(stream, SMALL)


def test_walks_may_be_longer_than_gensim_takes() -> None:
    corpus = walk_corpus([[0, 1] * 5_001], ("a", "b"))
    assert train_embeddings(corpus, TrainSettings(dimension=4, epochs=1)).item_ids == ("a", "b")


def test_a_single_item_has_nothing_to_learn_and_no_negatives() -> None:
    corpus = walk_corpus([[0], [0]], ("a",))
    embeddings = train_embeddings(corpus, TrainSettings(dimension=4, epochs=1))
    assert np.abs(embeddings.in_vectors).max() <= 1 / 4
    assert not embeddings.out_vectors.any()


def test_vectors_that_left_all_bounds_are_refused() -> None:
    walks = np.tile(np.array([[0, 1, 2]], np.int32), (5, 20))
    bad = TrainSettings(dimension=4, window=50, epochs=20, learning_rate=1.0, n_negatives=100)
    with pytest.raises(InvalidDataError, match="Lower learning_rate"):
        train_embeddings(corpus_of(walks), bad)


# -- quality beside gensim -------------------------------------------------------------------------


def planted_walks(n_communities: int, size: int, inside: float) -> WalkCorpus:
    """Return walks on a graph of uneven popularity, a share of its relationships inside."""
    random = np.random.default_rng(n_communities)
    n_items = n_communities * size
    popularity = random.lognormal(0, 1, n_items)
    shares = popularity / popularity.sum()
    sources = random.choice(n_items, 12 * n_items, p=shares)
    own = sources // size * size + random.integers(0, size, len(sources))
    others = random.choice(n_items, len(sources), p=shares)
    targets = np.where(random.random(len(sources)) < inside, own, others)
    graph = build_item_graph(
        [f"i{row}" for row in range(n_items)],
        sources.astype(np.int32),
        targets.astype(np.int32),
        random.lognormal(0, 1, len(sources)).astype(np.float32),
        support=np.ones(n_items, np.int64),
        is_directed=False,
    )
    return make_walks(graph, WalkSettings(n_walks=10, length=20))


def precision(vectors: Float32Array, size: int) -> float:
    """Return the share of an item's ten nearest that are of its own community."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argpartition(-cosines, 10, axis=1)[:, :10]
    return float((nearest // size == np.arange(len(vectors))[:, None] // size).mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_communities", "size", "inside"),
    [(60, 12, 0.5), (40, 20, 0.4), (30, 30, 0.3)],
    ids=["clear", "middling", "faint"],
)
def test_planted_communities_are_found_as_well_as_by_gensim(
    n_communities: int, size: int, inside: float
) -> None:
    walks = planted_walks(n_communities, size, inside)

    def found(engine: Engine) -> float:
        """Return the mean precision of three seeds: one alone varies by 0.005."""
        settings = [
            TrainSettings(dimension=32, window=5, epochs=2, seed=seed, engine=engine)
            for seed in (1, 2, 3)
        ]
        vectors = [train_embeddings(walks, each).in_vectors for each in settings]
        return float(np.mean([precision(each, size) for each in vectors]))

    by_gensim = found("gensim")
    assert by_gensim > 0.4  # chance: 0.017 to 0.033
    assert found("footpath") > by_gensim - 0.01
