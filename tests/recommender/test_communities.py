"""Communities of graphs whose communities are known, and what is kept of them in Neo4j."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from graphdb import Database
from graphdb.projection import read_items
from recommender.communities import (
    NONE,
    CommunitySettings,
    find_communities,
    make_communities,
    modularity,
)
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.graph import ItemGraph, Relation, build_item_graph
from recommender.relate_writer import Relationships, write_relationships
from tests.builders import communities_graph, edge_graph

SETTINGS = CommunitySettings()


def graph_of(network: nx.Graph) -> ItemGraph:
    """Return one of networkx's graphs, its nodes in their order."""
    rows = {node: row for row, node in enumerate(network)}
    edges = tuple((rows[a], rows[b], d.get("weight", 1.0)) for a, b, d in network.edges(data=True))
    return edge_graph(edges, is_directed=False)


def test_planted_communities_are_found_whole() -> None:
    found = find_communities(communities_graph(6, 5), SETTINGS)
    assert found.sizes == (5,) * 6
    # Of equal sizes the one with the first row is the first: blocks of five rows in order.
    assert found.labels.tolist() == np.repeat(np.arange(6), 5).tolist()


def test_the_largest_is_0_and_items_without_relationships_are_in_none() -> None:
    pair, triangle = [(0, 1, 1.0)], [(2, 3, 1.0), (3, 4, 1.0), (2, 4, 1.0)]
    found = find_communities(edge_graph((*pair, *triangle), is_directed=False, n_items=6), SETTINGS)
    assert found.labels.tolist() == [1, 1, 0, 0, 0, NONE]


def test_the_same_seed_gives_the_same_communities() -> None:
    graph = graph_of(nx.random_partition_graph([30] * 8, 0.3, 0.05, seed=1))
    runs = [find_communities(graph, CommunitySettings(seed=seed)).labels for seed in (7, 7, 7)]
    assert all((labels == runs[0]).all() for labels in runs)


def test_modularity_is_what_networkx_computes() -> None:
    network = nx.les_miserables_graph()
    graph = graph_of(network)
    found = find_communities(graph, CommunitySettings(resolution=1.3))
    nodes = list(network)
    groups = [
        {nodes[row] for row in np.flatnonzero(found.labels == number)}
        for number in range(len(found.sizes))
    ]
    expected = nx.community.modularity(network, groups, weight="weight", resolution=1.3)
    assert found.modularity == pytest.approx(expected, abs=1e-6)
    one = np.zeros(graph.n_items, np.int64)
    assert modularity(graph, one) == pytest.approx(0.0, abs=1e-9)


def test_no_partition_that_louvain_finds_is_better_by_a_hundredth() -> None:
    network = nx.random_partition_graph([40] * 10, 0.25, 0.03, seed=3)
    ours = find_communities(graph_of(network), SETTINGS).modularity
    theirs = max(
        nx.community.modularity(network, nx.community.louvain_communities(network, seed=seed))
        for seed in range(5)
    )
    assert ours > theirs - 0.01


def test_a_higher_resolution_gives_more_communities() -> None:
    graph = graph_of(nx.les_miserables_graph())
    counts = [
        len(find_communities(graph, CommunitySettings(resolution=resolution)).sizes)
        for resolution in (0.3, 1.0, 3.0)
    ]
    assert counts == sorted(set(counts))


def test_the_two_factions_of_the_karate_club_are_found() -> None:
    """At a resolution that gives two communities; at 1 modularity prefers four."""
    network = nx.karate_club_graph()
    factions = [network.nodes[node]["club"] for node in network]
    found = find_communities(graph_of(network), CommunitySettings(resolution=0.5))
    assert len(found.sizes) == 2
    assert adjusted_mutual_info_score(factions, found.labels) > 0.6


def test_direction_is_not_looked_at() -> None:
    edges = ((0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0), (3, 4, 1.0), (4, 5, 1.0), (5, 3, 1.0))
    bridge = (2, 3, 0.1)
    found = find_communities(edge_graph((*edges, bridge), is_directed=True), SETTINGS)
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]


def test_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(InvalidDataError, match="No two items are related"):
        find_communities(edge_graph((), is_directed=False, n_items=3), SETTINGS)
    for resolution in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InvalidParameterError, match="resolution"):
            CommunitySettings(resolution=resolution)


def relate(database: Database, relation: Relation, edges: list[tuple[int, int]]) -> None:
    """Put edges between the items of the database in place of one relation."""
    table = read_items(database)
    sources, targets = np.array(sorted(edges), np.int64).T
    ones = np.ones(len(edges), np.int64)
    found = Relationships(sources, targets, ones, ones.astype(float), ones)
    support = np.ones(len(table.item_ids), np.int64)
    write_relationships(database, relation, table, found, support, settings="{}")


TRIANGLES = [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5), (6, 7)]


def stored(database: Database) -> dict[str, int]:
    text = "MATCH (i:Item) WHERE i.community IS NOT NULL RETURN i.id AS id, i.community AS c"
    return {row["id"]: row["c"] for row in database.run_text("stored", text, {})}


def claimed(database: Database) -> list[str]:
    rows = database.read("relate/relations")
    return [row["name"] for row in rows if row["n_communities"] is not None]


@pytest.mark.neo4j
def test_communities_are_kept_on_the_items_and_the_relation_says_so(items: Database) -> None:
    items.run_text("title", "MATCH (i:Item {id: 'i001'}) SET i.title = 'One'", {})
    relate(items, "TOGETHER", TRIANGLES)
    report = make_communities(items, SETTINGS)
    assert stored(items) == {
        **dict.fromkeys(("i000", "i001", "i002"), 0),
        **dict.fromkeys(("i003", "i004", "i005"), 1),
        **dict.fromkeys(("i006", "i007"), 2),
    }
    assert (report.sizes, report.n_items, report.n_alone) == ((3, 3, 2), 8, 32)
    assert report.largest[0].strongest == ("i000", "One", "i002")
    assert claimed(items) == ["TOGETHER"]


@pytest.mark.neo4j
def test_communities_go_as_soon_as_their_relation_is_written_anew(items: Database) -> None:
    relate(items, "TOGETHER", TRIANGLES)
    make_communities(items, SETTINGS)
    relate(items, "NEXT", TRIANGLES)  # they are not of this one
    assert len(stored(items)) == 8
    relate(items, "TOGETHER", TRIANGLES[:3])
    assert stored(items) == {}
    assert claimed(items) == []


@pytest.mark.neo4j
def test_only_the_relation_asked_last_claims_the_communities(items: Database) -> None:
    relate(items, "TOGETHER", TRIANGLES)
    relate(items, "NEXT", TRIANGLES[:3])
    make_communities(items, SETTINGS, "TOGETHER")
    make_communities(items, SETTINGS)  # of what was written last
    assert claimed(items) == ["NEXT"]
    assert len(stored(items)) == 3


@pytest.mark.neo4j
def test_a_relation_written_anew_meanwhile_gets_no_communities_of_the_old_one(
    items: Database,
) -> None:
    relate(items, "TOGETHER", TRIANGLES)

    def replace(done: int, total: int) -> None:
        relate(items, "TOGETHER", TRIANGLES[:3])

    with pytest.raises(InvalidDataError, match="written anew while"):
        make_communities(items, SETTINGS, progress=replace)
    assert stored(items) == {}


@pytest.mark.neo4j
def test_without_relationships_the_way_out_is_named(items: Database) -> None:
    with pytest.raises(InvalidDataError, match="footpath relate"):
        make_communities(items, SETTINGS)


def test_equal_weights_and_scaled_weights_give_the_same() -> None:
    graph = communities_graph(4, 6)
    scaled = build_item_graph(
        graph.item_ids,
        np.repeat(np.arange(graph.n_items), np.diff(graph.offsets)).astype(np.int32),
        graph.neighbours,
        graph.weights * np.float32(1024),
        support=graph.support,
        is_directed=True,  # both directions are there already
    )
    one, other = (find_communities(each, SETTINGS) for each in (graph, scaled))
    assert one.modularity == pytest.approx(other.modularity)
    assert one.sizes == other.sizes
