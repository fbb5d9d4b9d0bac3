"""The node2vec paper's picture of Les Misérables (its figure 3), by our walks through a Neo4j.

Grover and Leskovec (2016), section 4.1: 77 characters, 254 edges between those who appear together,
16 dimensions, k-means on the vectors. With p = 1 and q = 0.5 they show six clusters that are
communities; with p = 1 and q = 2 three that are roles: bridges between sub-plots, and characters at
the rim. The other settings are node2vec's defaults: 10 walks of 80 from each node, window 10, one
pass at a rate of 0.025. Knuth's weights are left out: the paper speaks of edges alone.

    python -m bench.quality.les_miserables --picture docs/images/node2vec-les-miserables.png
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import click
import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

from bench.quality.les_miserables_plot import draw_clusters
from graphdb import Database, apply_migrations, connect
from graphdb.embedded import EmbeddedSettings, start_server, stop_server
from recommender.communities import CommunitySettings, find_communities, modularity
from recommender.graph import Int64Array, ItemGraph, read_item_graph
from recommender.load.graph_loader import load_graph
from recommender.train import TrainSettings, train_embeddings
from recommender.walks import WalkSettings, walks_to_train_on

Floats = NDArray[np.float64]

HOMOPHILY, ROLES = 0.5, 2.0  # values of q
N_CLUSTERS = {HOMOPHILY: 6, ROLES: 3}
N_ROLES = 3
TRAINING = TrainSettings(dimension=16, window=10, epochs=1, learning_rate=0.025)


@dataclass(frozen=True)
class Judgement:
    """What some vectors' clusters tell, each from 0 or less (nothing) to 1."""

    communities: float  # adjusted mutual information of six clusters and Leiden's communities
    modularity: float  # of the six clusters
    roles: float  # adjusted mutual information of three clusters and roles
    degree: float  # share of the variance of log degree between the three clusters
    betweenness: float  # likewise, of its square root


def load_les_miserables(database: Database) -> ItemGraph:
    """Return the characters' graph, loaded into Neo4j and read out of it."""
    edges = pd.DataFrame(list(nx.les_miserables_graph().edges()), columns=["source", "target"])
    edges.attrs["name"] = "Les Misérables"
    load_graph(database, edges)
    return read_item_graph(database)


def character_vectors(graph: ItemGraph, q: float, seed: int) -> NDArray[np.float32]:
    """Return the vectors in the order of the graph's rows, shape (77, 16)."""
    walks = walks_to_train_on(graph, WalkSettings(n_walks=10, length=80, q=q, seed=seed))
    embeddings = train_embeddings(walks, replace(TRAINING, seed=seed))
    order = [graph.row_of[item_id] for item_id in embeddings.item_ids]
    vectors = np.empty_like(embeddings.in_vectors)
    vectors[order] = embeddings.in_vectors
    return vectors


def clusters(vectors: NDArray[np.float32], n: int, seed: int) -> Int64Array:
    """Return the cluster of each row by k-means."""
    found = KMeans(n, n_init=10, random_state=seed).fit_predict(vectors)
    return np.asarray(found, np.int64)


@dataclass(frozen=True)
class Reference:
    """What the characters' graph itself says of them, by row."""

    graph: ItemGraph
    communities: Int64Array
    degree: Floats
    betweenness: Floats
    roles: Int64Array  # three groups of like degree, betweenness, clustering and core

    @classmethod
    def of(cls, graph: ItemGraph) -> Reference:
        """Return it of a graph."""
        network = nx.les_miserables_graph()
        degree, betweenness, clustering, core = (
            np.array([by_name[name] for name in graph.item_ids], float)
            for by_name in (
                dict(network.degree()),
                nx.betweenness_centrality(network),
                nx.clustering(network),
                nx.core_number(network),
            )
        )
        features = np.column_stack([np.log(degree), np.sqrt(betweenness), clustering, core])
        scaled = (features - features.mean(axis=0)) / features.std(axis=0)
        return cls(
            graph=graph,
            communities=find_communities(graph, CommunitySettings()).labels,
            degree=degree,
            betweenness=betweenness,
            roles=clusters(scaled.astype(np.float32), N_ROLES, 1),
        )

    def judge(self, vectors: NDArray[np.float32], seed: int) -> Judgement:
        """Return what the clusters of some vectors tell."""
        six, three = (clusters(vectors, n, seed) for n in (N_CLUSTERS[HOMOPHILY], N_ROLES))
        return Judgement(
            communities=float(adjusted_mutual_info_score(self.communities, six)),
            modularity=modularity(self.graph, six),
            roles=float(adjusted_mutual_info_score(self.roles, three)),
            degree=explained(np.log(self.degree), three),
            betweenness=explained(np.sqrt(self.betweenness), three),
        )


def explained(values: Floats, labels: Int64Array) -> float:
    """Return the share of the variance of some values that lies between groups."""
    means = np.bincount(labels, values) / np.bincount(labels)
    within = float(((values - means[labels]) ** 2).sum())
    return 1.0 - within / float(((values - values.mean()) ** 2).sum())


def mean_reach(graph: ItemGraph, q: float, n_steps: int, seed: int = 1) -> float:
    """Return how many edges a walk is from its start after some steps, on average."""
    names = dict(enumerate(graph.item_ids))
    apart = dict(nx.all_pairs_shortest_path_length(nx.les_miserables_graph()))
    walks = walks_to_train_on(graph, WalkSettings(n_walks=50, length=n_steps + 1, q=q, seed=seed))
    reached = [apart[names[row[0]]][names[row[-1]]] for block in walks for row in block.tolist()]
    return float(np.mean(reached))


def mean_judgement(reference: Reference, q: float, seeds: range) -> tuple[Judgement, Judgement]:
    """Return means and standard deviations over seeds."""
    judged = np.array([
        astuple(reference.judge(character_vectors(reference.graph, q, seed), seed))
        for seed in seeds
    ])  # fmt: skip
    return Judgement(*judged.mean(axis=0)), Judgement(*judged.std(axis=0))


@click.command()
@click.option("--seeds", default=20, show_default=True, help="Walks and trainings a row.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw it here (PNG).")
def main(seeds: int, picture: Path | None) -> None:
    """Print a table of what the clusters tell, and draw those of seed 1."""
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(Path(folder) / "home")
        try:
            with connect(start_server(settings, os.environ)) as database:
                apply_migrations(database)
                reference = Reference.of(load_les_miserables(database))
        finally:
            stop_server(settings)
    print(
        "| q | AMI, 6 clusters and communities | modularity | AMI, 3 clusters and roles | ", end=""
    )
    print("of log degree | of betweenness | edges from the start after 10 steps |")
    print("|---|---|---|---|---|---|---|")
    for q in (HOMOPHILY, 1.0, ROLES):
        mean, spread = mean_judgement(reference, q, range(1, seeds + 1))
        cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(astuple(mean), astuple(spread), strict=True)]
        print("|", " | ".join([str(q), *cells, f"{mean_reach(reference.graph, q, 10):.2f}"]), "|")
    if picture is not None:
        found = {
            q: clusters(character_vectors(reference.graph, q, 1), n, 1)
            for q, n in N_CLUSTERS.items()
        }
        draw_clusters(reference.graph.item_ids, found, picture)


if __name__ == "__main__":
    main()
