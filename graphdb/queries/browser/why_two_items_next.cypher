// Why two items are close: the shortest ways between them by :NEXT, at most four steps long.
// Rows: way (path), titles (list of strings), weights (list of floats).
// :params {item_id: "85123A", other_id: "21733"}
MATCH (a:Item {id: $item_id}), (b:Item {id: $other_id})
MATCH way = allShortestPaths((a)-[:NEXT*..4]->(b))
RETURN way, [n IN nodes(way) | coalesce(n.title, n.id)] AS titles,
       [r IN relationships(way) | r.weight] AS weights
ORDER BY reduce(product = 1.0, r IN relationships(way) | product * r.weight) DESC, titles
LIMIT 10;
