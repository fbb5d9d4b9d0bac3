// One item with the items it is most strongly joined to by :NEXT, as a picture: the strongest :NEXT
// among those neighbours are drawn too.
// Rows: graph (path): an item and one of its neighbours, or two neighbours of it.
// :params {item_id: "85123A", n_neighbours: 15}
MATCH (i:Item {id: $item_id})-[r:NEXT]->(neighbour:Item)
WITH i, r, neighbour
ORDER BY r.weight DESC, neighbour.id
LIMIT toInteger($n_neighbours)
WITH i, collect(neighbour) AS neighbours
MATCH graph = (a:Item)-[r:NEXT]->(b:Item)
WHERE (a = i AND b IN neighbours) OR (b = i AND a IN neighbours)
  OR (a IN neighbours AND b IN neighbours)
RETURN graph
ORDER BY r.weight DESC, a.id, b.id
LIMIT 3 * toInteger($n_neighbours);
