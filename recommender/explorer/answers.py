"""What the explorer shows, asked from the database and from the model in memory.

Every function returns plain values for JSON. Items come as the page draws them: id, title,
category, community, support.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from graphdb import Database
from graphdb.contents import count_graph
from graphdb.queries import find_query
from recommender.errors import InvalidParameterError, ModelNotPublishedError, UnknownItemError
from recommender.explorer.parameters import RelationName, WalkAsked
from recommender.graph import ItemGraph, Relation
from recommender.publish import ModelVersion, list_models
from recommender.serve import METHODS, ModelWatcher, find_item, search_items, similar_items
from recommender.walks.cypher import walk_from
from recommender.walks.sampler import WalkSettings

Answer = dict[str, Any]

DEADLINE_S = 10.0
_NAMES: dict[RelationName, Relation] = {"next": "NEXT", "together": "TOGETHER"}
MAX_LINKS = 3_000
LINKS_PER_ITEM = 2  # shown among the neighbours, beside those with the item itself
N_COUNTED = 40  # items of the table of visits
N_SHOWN_WALKS = 12  # that are animated
NO_RELATIONSHIPS = (
    "Items have no relationships yet. Run `footpath fit`, or `footpath relate` alone."
)


def start(watcher: ModelWatcher) -> Answer:
    """Return what the page needs first: what there is, and if nothing, what to do."""
    database = watcher.database
    versions = list_models(database, deadline_s=DEADLINE_S)
    items = _read(database, "explore/popular_items", k=12)
    problem = None
    if not items:
        problem = (
            "The database is empty. Run `footpath demo` to see a real shop, or `footpath load`."
        )
    elif watcher.model is None:
        problem = watcher.problem or "No model is published yet. Run `footpath fit`."
    return {
        "relations": _relations(database),
        "versions": [_version(version) for version in versions if version.status == "ready"],
        "popular": items,
        "problem": problem,
    }


def search(database: Database, text: str, limit: int) -> Answer:
    """Return items by id or by the words of their title."""
    exact = find_item(database, text.strip(), deadline_s=DEADLINE_S)
    found = search_items(database, text, limit, deadline_s=DEADLINE_S)
    items = ([exact] if exact else []) + [item for item in found if item != exact]
    return {"items": [vars(item) for item in items[:limit]]}


def neighbourhood(
    database: Database,
    item_id: str,
    relation: RelationName | None,
    n_neighbours: int,
    least_weight: float,
) -> Answer:
    """Return an item, its strongest neighbours, and the links among them all."""
    relation = _relation(database, relation)
    items = _read(
        database,
        f"explore/neighbourhood_{relation}",
        item_id=item_id,
        n_neighbours=n_neighbours,
        least_weight=least_weight,
    )
    if not items:
        raise _unknown(item_id)
    ids = [item["item_id"] for item in items]
    own = [
        {
            "source": item_id,
            "target": each["item_id"],
            "weight": each["weight"],
            "count": each["count"],
        }
        for each in items[1:]
    ]
    among = _read(
        database, f"explore/links_{relation}", item_ids=ids[1:], k=LINKS_PER_ITEM * len(ids)
    )
    return {"relation": relation, "items": items, "links": own + among}


def walks(
    database: Database, item_id: str, relation: RelationName | None, asked: WalkAsked
) -> Answer:
    """Return walks from an item, and how often they come where, beside those of p = q = 1.

    Both sets are drawn anew by Cypher at each call.
    """
    relation = _relation(database, relation)
    drawn = _draw(database, relation, item_id, asked)
    plain = _draw(database, relation, item_id, asked._replace(p=1.0, q=1.0))
    here, there = _visits(drawn), _visits(plain)
    shown = drawn[:N_SHOWN_WALKS]
    top = [name for name, _ in here.most_common(N_COUNTED)]
    top += [name for name, _ in there.most_common(N_COUNTED) if name not in here]
    described = _described(database, {*top, *(each for walk in shown for each in walk)})
    links = _read(database, f"explore/links_{relation}", item_ids=list(described), k=MAX_LINKS)
    return {
        "relation": relation,
        "p": asked.p,
        "q": asked.q,
        "items": list(described.values()),
        "links": links,
        "walks": shown,
        "visits": [
            {"item_id": name, "asked": here[name], "plain": there[name]} for name in top[:N_COUNTED]
        ],
        "different": {"asked": len(here), "plain": len(there)},
        "turned_back": {"asked": _turned_back(drawn), "plain": _turned_back(plain)},
        "steps": {"asked": sum(here.values()), "plain": sum(there.values())},
    }


def why(database: Database, item_id: str, other_id: str, relation: RelationName | None) -> Answer:
    """Return why two items are close: ways between them, shared visits, and Cypher to replay."""
    if item_id == other_id:
        raise InvalidParameterError("Both are the same item. Name two different ones.")
    relation = _relation(database, relation)
    pair = {"item_id": item_id, "other_id": other_id}
    ends = _described(database, [item_id, other_id])
    for end in (item_id, other_id):
        if end not in ends:
            raise _unknown(end)
    ways = _read(database, f"browser/likeliest_ways_{relation}", **pair, k=5)
    visits = _read(database, "explore/shared_visits", **pair, k=10)
    shared = _read(database, "explore/count_shared", **pair)[0]["n_shared"]
    return {
        "relation": relation,
        "items": [ends[item_id], ends[other_id]],
        "ways": [_way(row) for row in ways],
        "n_shared": shared,
        "visits": [{**row, "at": None if row["at"] is None else str(row["at"])} for row in visits],
        "cypher": [
            _replay(f"browser/why_two_items_{relation}", pair),
            _replay("browser/shared_sessions", pair),
        ],
    }


def similar(watcher: ModelWatcher, item_id: str, k: int) -> Answer:
    """Return the list of each method side by side."""
    lists: Answer = {}
    version = ""
    for method in METHODS:
        version, items = similar_items(watcher, item_id, k, method, deadline_s=DEADLINE_S)
        lists[method] = [vars(item) for item in items]
    item = find_item(watcher.database, item_id, deadline_s=DEADLINE_S)
    return {"version": version, "item": vars(item) if item else None, "lists": lists}


def compare(database: Database, item_id: str, old: str, new: str, k: int) -> Answer:
    """Return what came, went and moved among the items closest to one, between two versions."""
    known = {version.version: version for version in list_models(database, deadline_s=DEADLINE_S)}
    for name in (old, new):
        if name not in known or known[name].status != "ready":
            raise InvalidParameterError(f"There is no ready version '{name[:80]}'.")
    if find_item(database, item_id, deadline_s=DEADLINE_S) is None:
        raise _unknown(item_id)
    values = {"item_id": item_id, "old_version": old, "new_version": new, "k": k}
    return {
        "items": _read(database, "browser/compare_versions", **values),
        "cypher": _replay("browser/compare_versions", values),
    }


def item_map(watcher: ModelWatcher, version: str | None) -> Answer:
    """Return the position of every item of a version, in columns.

    Stored with the version (`map_<slot>`); where it has none, by PCA of the vectors in memory,
    which are those of the active version.
    """
    model = _ready_version(watcher, version)
    slot = model.slot
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("item_ids", "titles", "categories", "communities", "support", "positions")
    }
    for part in _read(
        watcher.database, "explore/read_map", vector=f"embedding_{slot}", position=f"map_{slot}"
    ):
        for name, values in columns.items():
            values += part[name]
    method = model.map_method
    positions = columns.pop("positions")
    if method is None or any(position is None for position in positions):
        method, positions = "pca", _positions_by_pca(watcher, model.version, columns["item_ids"])
    points = np.asarray(positions, np.float64).reshape(-1, 2).round(4)
    return {
        "version": model.version,
        "method": method,
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        **columns,
    }


def glance(watcher: ModelWatcher) -> Answer:
    """Return the graph at a glance: counts, distributions, components, communities, versions."""
    database = watcher.database
    relations = [
        {
            "relation": name,
            "degrees": _read(database, f"browser/degree_distribution_{name}"),
            "weights": _read(database, f"explore/weight_classes_{name}"),
            "quantiles": _read(database, f"browser/weight_distribution_{name}")[0],
        }
        for name in _relations(database)
    ]
    return {
        "counts": count_graph(database),
        "relations": relations,
        "components": _components(watcher.model.graph) if watcher.model else None,
        "communities": _read(database, "browser/communities", k=50),
        "versions": [_version(each) for each in list_models(database, deadline_s=DEADLINE_S)],
    }


def _read(database: Database, name: str, **values: Any) -> list[dict[str, Any]]:
    return database.read(name, deadline_s=DEADLINE_S, **values)


def _relations(database: Database) -> list[RelationName]:
    names: list[RelationName] = []
    for row in _read(database, "explore/relations"):
        names.append("next" if row["relation"] == "NEXT" else "together")
    return names


def _relation(database: Database, relation: RelationName | None) -> RelationName:
    names = _relations(database)
    if relation is None and not names:
        raise ModelNotPublishedError(NO_RELATIONSHIPS)
    if relation is not None and relation not in names:
        raise InvalidParameterError(f"There are no :{relation.upper()} relationships.")
    return relation or names[0]


def _described(database: Database, item_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    rows = _read(database, "explore/describe_items", item_ids=sorted(set(item_ids)))
    return {row["item_id"]: row for row in rows}


def _draw(
    database: Database, relation: RelationName, item_id: str, asked: WalkAsked
) -> list[list[str]]:
    settings = WalkSettings(length=asked.length, p=asked.p, q=asked.q)
    starts = [item_id] * asked.n_walks
    return walk_from(database, _NAMES[relation], settings, starts, deadline_s=DEADLINE_S)


def _unknown(item_id: str) -> UnknownItemError:
    return UnknownItemError(f"There is no item '{item_id[:80]}'.")


def _visits(drawn: list[list[str]]) -> Counter[str]:
    """Return how often walks came to each item, the start of each walk left out."""
    return Counter(name for walk in drawn for name in walk[1:])


def _turned_back(drawn: list[list[str]]) -> float:
    """Return the share of steps that go back to where the last one came from."""
    steps = [walk[n] == walk[n - 2] for walk in drawn for n in range(2, len(walk))]
    return round(sum(steps) / len(steps), 4) if steps else 0.0


def _way(row: dict[str, Any]) -> Answer:
    nodes = [
        {"item_id": node["id"], "title": title}
        for node, title in zip(row["way"].nodes, row["titles"], strict=True)
    ]
    return {
        "items": nodes,
        "chances": row["chances"],
        "weights": [relationship["weight"] for relationship in row["way"].relationships],
        "counts": [relationship.get("count") for relationship in row["way"].relationships],
        "probability": row["probability"],
    }


def _replay(name: str, values: dict[str, Any]) -> Answer:
    """Return a query as it is pasted into Neo4j Browser: its parameters, then its text."""
    query = find_query(name)
    pairs = ", ".join(f"{key}: {_literal(value)}" for key, value in values.items())
    return {
        "title": query.comment.splitlines()[0],
        "params": f":params {{{pairs}}}",
        "text": f"{query.text};",
    }


def _literal(value: Any) -> str:
    """Return a value as Cypher writes it."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'.replace("\n", "\\n").replace("\r", "\\r")
    return str(value)


def _version(version: ModelVersion) -> Answer:
    return {
        "version": version.version,
        "status": version.status,
        "is_active": version.is_active,
        "relation": version.relation.lower(),
        "dimension": version.dimension,
        "n_items": version.n_items,
        "map_method": version.map_method,
        "published_at": version.published_at,
        "metrics": version.metrics,
    }


def _ready_version(watcher: ModelWatcher, version: str | None) -> ModelVersion:
    ready = [
        each
        for each in list_models(watcher.database, deadline_s=DEADLINE_S)
        if each.status == "ready"
    ]
    chosen = [
        each for each in ready if (each.is_active if version is None else each.version == version)
    ]
    if not chosen and version is not None:
        raise InvalidParameterError(f"There is no ready version '{version[:80]}'.")
    if not chosen:
        raise ModelNotPublishedError("No model is published yet. Run `footpath fit` first.")
    return chosen[0]


def _positions_by_pca(
    watcher: ModelWatcher, version: str, item_ids: list[str]
) -> list[list[float]]:
    from recommender.item_map import map_positions

    model = watcher.current()
    if model.version != version:
        raise InvalidParameterError(
            f"Version '{version}' was published without a map, and only the active one is in "
            f"memory. Run `footpath map --model {version}`."
        )
    known = [item_id for item_id in item_ids if item_id in model.row_of]
    rows = np.array([model.row_of[item_id] for item_id in known], np.int64)
    if not len(rows):
        return [[0.0, 0.0]] * len(item_ids)
    points, _ = map_positions(model.vectors[rows], "pca")
    place = dict(zip(known, points.tolist(), strict=True))
    return [place.get(item_id, [0.0, 0.0]) for item_id in item_ids]


def _components(graph: ItemGraph) -> Answer:
    _, labels = connected_components(
        graph.adjacency(), directed=graph.is_directed, connection="weak"
    )
    sizes = np.sort(np.bincount(labels))[::-1] if graph.n_items else np.zeros(0, np.int64)
    return {
        "n_components": int((sizes > 1).sum()),
        "n_alone": int((sizes == 1).sum()),
        "largest": sizes[sizes > 1][:5].tolist(),
    }
