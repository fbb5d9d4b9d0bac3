// One item with the items it is most strongly joined to by :TOGETHER, as a picture: its own relationships, then the
// strongest :TOGETHER among those neighbours, twice as many relationships as neighbours at most.
// Rows: graph (path): an item and one of its neighbours, or two neighbours of it.
// :params {item_id: "85123A", n_neighbours: 10}
MATCH (i:Item {id: $item_id})-[r:TOGETHER]-(neighbour:Item)
WHERE neighbour <> i
WITH i, r, neighbour
ORDER BY r.weight DESC, neighbour.id
LIMIT toInteger($n_neighbours)
WITH i, [i] + collect(neighbour) AS members
UNWIND members AS a
MATCH graph = (a)-[r:TOGETHER]->(b:Item)
WHERE b IN members
RETURN graph
ORDER BY i IN nodes(graph) DESC, r.weight DESC, a.id, b.id
LIMIT 2 * toInteger($n_neighbours);
