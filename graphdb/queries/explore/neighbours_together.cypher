// The items most strongly joined to one, by :TOGETHER.
// Rows: item_id, title, category (strings, the last two or null), count (integer), weight (float), share (float, chance
// that a random walk goes there).
// :params {item_id: "85123A", k: 10}
MATCH (i:Item {id: $item_id})-[r:TOGETHER]-(neighbour:Item)
WHERE neighbour <> i AND r.weight > 0
WITH collect({item: neighbour, count: r.count, weight: r.weight}) AS neighbours
WITH neighbours, reduce(total = 0.0, n IN neighbours | total + n.weight) AS total
UNWIND neighbours AS n
RETURN n.item.id AS item_id, toStringOrNull(n.item.title) AS title, toStringOrNull(n.item.category) AS category,
       n.count AS count, n.weight AS weight, n.weight / total AS share
ORDER BY weight DESC, item_id
LIMIT toInteger($k);
