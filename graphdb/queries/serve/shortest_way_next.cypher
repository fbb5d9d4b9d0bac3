// The shortest way from one item to another by NEXT, at most four steps long, not over hidden items.
// Rows: item_ids (list of strings), titles (list of strings or nulls), weights (list of floats); at most one.
// :params {item_id: "85123A", other_id: "21733"}
MATCH (a:Item {id: $item_id}), (b:Item {id: $other_id})
MATCH way = shortestPath((a)-[:NEXT*..4]->(b))
WHERE none(n IN nodes(way) WHERE n:Hidden AND n <> a AND n <> b)
RETURN [n IN nodes(way) | n.id] AS item_ids, [n IN nodes(way) | toStringOrNull(n.title)] AS titles,
       [r IN relationships(way) | r.weight] AS weights
ORDER BY item_ids
LIMIT 1;
