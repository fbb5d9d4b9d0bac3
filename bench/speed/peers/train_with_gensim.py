"""word2vec by gensim: from a corpus file, lists of text, or its reader of lines."""

from __future__ import annotations

import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
from worker import Clock, arguments, serve

asked = arguments()
walks = np.load(asked["walks"])
settings = {
    "vector_size": asked["dimension"],
    "window": asked["window"],
    "negative": asked["n_negatives"],
    "alpha": asked["learning_rate"],
    "sample": 0.0,
    "sg": 1,
    "min_count": 1,
    "workers": 1,
}
setup = Clock()
with setup.running():
    if asked["source"] == "corpus_file":
        source = {"corpus_file": asked["text"]}
    elif asked["source"] == "LineSentence":
        source = {"corpus_iterable": LineSentence(asked["text"])}
    else:
        source = {"corpus_iterable": [list(map(str, walk)) for walk in walks.tolist()]}


def run(number):
    """Build the vocabulary, then train, which alone is timed."""
    model = Word2Vec(**settings, seed=number)
    vocabulary, clock = Clock(), Clock()
    with vocabulary.running():
        model.build_vocab(**source)
    with clock.running():
        model.train(**source, total_examples=len(walks), total_words=walks.size, epochs=1)
    if asked["vectors"]:
        rows = model.wv.index_to_key
        vectors = np.zeros((asked["n_items"], asked["dimension"]), dtype=np.float32)
        vectors[np.array(rows, dtype=np.int64)] = model.wv.vectors
        np.save(asked["vectors"], vectors)
    return {
        "cpu_s": clock.cpu_s,
        "wall_s": clock.wall_s,
        "vocabulary_s": vocabulary.cpu_s,
        "tokens": walks.size,
    }


serve({"setup_s": setup.cpu_s, "compile_s": 0.0}, run)
