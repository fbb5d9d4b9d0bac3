"""Training learns what walks hold, repeatably, and never by whole-number tokens."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec

from recommender.embeddings import Embeddings
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import Float32Array
from recommender.train import ENGINES, TrainSettings, train_embeddings
from recommender.walks import WalkCorpus, WalkSettings, make_walks, save_walks
from tests.builders import communities_graph, skewed_communities, walk_corpus

N_COMMUNITIES, SIZE = 30, 8
SETTINGS = TrainSettings(dimension=16, epochs=3, window=3)
BY_GENSIM = replace(SETTINGS, engine="gensim")
both_engines = pytest.mark.parametrize("settings", [SETTINGS, BY_GENSIM], ids=ENGINES)


@pytest.fixture(scope="module")
def communities() -> WalkCorpus:
    graph = communities_graph(N_COMMUNITIES, SIZE, bridge=2.0)
    return make_walks(graph, WalkSettings(n_walks=10, length=20))


def _precision(vectors: Float32Array, size: int = SIZE) -> float:
    """Return the share of the nearest ``size`` - 1 items that are of the item's own community."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, : size - 1]
    own = np.arange(len(vectors))[:, None] // size
    return float((nearest // size == own).mean())


def _trained_by_gensim(corpus: WalkCorpus, *, with_text: bool) -> Float32Array:
    """Return in-vectors by row from gensim's own way in, by lists of tokens."""
    kind = str if with_text else int
    sentences = [[kind(row) for row in walk if row >= 0] for walk in corpus.walks.tolist()]
    model = Word2Vec(
        sentences, vector_size=16, window=3, sg=1, hs=0, negative=5, min_count=1, sample=0,
        epochs=3, alpha=0.05, min_alpha=0.0001, seed=1, workers=1,
    )  # fmt: skip
    places = [model.wv.key_to_index[kind(row)] for row in range(len(corpus.item_ids))]
    vectors: Float32Array = model.wv.vectors[places]
    return vectors


@both_engines
def test_planted_communities_come_out_closer_together_than_apart(
    communities: WalkCorpus, settings: TrainSettings
) -> None:
    embeddings = train_embeddings(communities, settings)
    assert _precision(embeddings.in_vectors) > 0.8


def test_whole_number_tokens_lose_planted_communities_and_ours_do_not() -> None:
    corpus = skewed_communities(40, 10)
    ours = _precision(train_embeddings(corpus, BY_GENSIM).in_vectors, 10)
    text = _precision(_trained_by_gensim(corpus, with_text=True), 10)
    whole_numbers = _precision(_trained_by_gensim(corpus, with_text=False), 10)
    # Seen: 0.66, 0.65 and 0.50. Ours fed whole numbers would fail the first two lines.
    assert ours > 0.6
    assert abs(ours - text) < 0.05
    assert whole_numbers < ours - 0.1  # gensim 4.4.0's trap: if only this fails, it is mended


@both_engines
def test_vectors_and_counts_are_in_the_order_of_the_corpus(settings: TrainSettings) -> None:
    corpus = walk_corpus([[3, 1, 3, 1, 3]] * 50 + [[4, 3]], ("a", "b", "c", "d", "e"))
    embeddings = train_embeddings(corpus, settings)
    assert embeddings.item_ids == ("b", "d", "e")  # a and c are in no walk
    assert embeddings.counts.tolist() == [100, 151, 1]
    assert embeddings.in_vectors.shape == embeddings.out_vectors.shape == (3, 16)
    # b stands beside d 200 times and never beside e.
    b_d, b_e = embeddings.in_vectors[0] @ embeddings.out_vectors[1:].T
    assert b_d > b_e


def _digest(embeddings: Embeddings) -> str:
    return hashlib.sha256(
        embeddings.in_vectors.tobytes() + embeddings.out_vectors.tobytes()
    ).hexdigest()


TRAIN_IN_PROCESS = """
import hashlib, sys
from pathlib import Path
from recommender.train import ENGINES, TrainSettings, train_embeddings
from recommender.walks import load_walks
settings = TrainSettings(dimension=16, epochs=3, window=3, engine=sys.argv[2])
e = train_embeddings(load_walks(Path(sys.argv[1])), settings)
print(hashlib.sha256(e.in_vectors.tobytes() + e.out_vectors.tobytes()).hexdigest())
"""


@both_engines
def test_one_worker_gives_the_same_vectors_in_any_process(
    communities: WalkCorpus, settings: TrainSettings, tmp_path: Path
) -> None:
    save_walks(communities, tmp_path / "walks.npy")
    digests = {_digest(train_embeddings(communities, settings))}
    for hash_seed in ("1", "2"):
        result = subprocess.run(
            [
                sys.executable, "-c", TRAIN_IN_PROCESS, str(tmp_path / "walks.npy"),
                settings.engine,
            ],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(result.stdout.strip())
    assert len(digests) == 1


def test_another_seed_gives_other_vectors(communities: WalkCorpus) -> None:
    other = train_embeddings(communities, TrainSettings(dimension=16, epochs=3, seed=2))
    assert _digest(other) != _digest(train_embeddings(communities, SETTINGS))


@both_engines
def test_several_workers_learn_the_communities_too(
    communities: WalkCorpus, settings: TrainSettings
) -> None:
    several = replace(settings, n_workers=3)
    assert _precision(train_embeddings(communities, several).in_vectors) > 0.8


def test_training_leaves_no_file_behind_even_when_it_is_interrupted(
    communities: WalkCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def interrupt(done: int, total: int) -> None:
        if done:
            assert any(tmp_path.iterdir())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_embeddings(communities, BY_GENSIM, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@both_engines
def test_progress_goes_from_nothing_to_all_tokens_of_all_epochs(
    communities: WalkCorpus, settings: TrainSettings
) -> None:
    told: list[int] = []
    train_embeddings(communities, settings, progress=lambda done, total: told.append(done))
    assert told[0] == 0
    assert told == sorted(told)
    assert told[-1] == 3 * communities.counts().sum()


def test_provenance_says_all_that_settles_the_result(communities: WalkCorpus) -> None:
    provenance = train_embeddings(communities, SETTINGS).provenance
    assert provenance["training"]["negative_exponent"] == 0.75
    assert provenance["training"]["seed"] == 1
    assert provenance["training"]["engine"] == "footpath"
    assert provenance["training"]["numba"]
    assert provenance["walks"]["seed"] == 1
    assert len(provenance["graph"]["sha256"]) == 64
    by_gensim = train_embeddings(communities, BY_GENSIM).provenance
    assert by_gensim["training"]["engine"] == "gensim"
    assert by_gensim["training"]["gensim"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dimension", 0, "dimension is 0. Give a whole number from 1 to 4096"),
        ("learning_rate", 0.0, "learning_rate is 0.0"),
        ("min_learning_rate", 0.2, "min_learning_rate is 0.2. Give a number from 1e-12 to 0.05"),
        ("sample", float("nan"), "sample is nan"),
        ("n_workers", 0, "n_workers is 0"),
        ("negatives_per", "walk", "negatives_per is 'walk'. Give context or pair"),
        ("engine", "word2vec", "engine is 'word2vec'. Give footpath or gensim"),
    ],
)
def test_bad_setting_is_refused_by_name_value_and_range(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(InvalidParameterError, match=words):
        TrainSettings(**{name: value})  # type: ignore[arg-type]


@both_engines
def test_no_walks_are_refused(settings: TrainSettings) -> None:
    with pytest.raises(InvalidDataError, match="footpath walk"):
        train_embeddings(walk_corpus([[-1, -1]], ("a",)), settings)


def test_longer_walks_than_gensim_takes_are_refused() -> None:
    with pytest.raises(InvalidDataError, match="at most 10000"):
        train_embeddings(walk_corpus([[0] * 10_001], ("a",)), BY_GENSIM)
