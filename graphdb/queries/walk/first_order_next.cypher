// Weighted random walks along NEXT, in its direction: the next item by its share of the weight leaving the last one.
// The least of -log(u) / weight, u uniform, falls on each neighbour in proportion to its weight (exponential race).
// Rows: number (integer, place in start_ids), item_ids (list of string; shorter than length if it came to a dead end).
// :params {start_ids: ["i1", "i2"], length: 10}
UNWIND range(0, size($start_ids) - 1) AS number
MATCH (start:Item {id: $start_ids[number]})
WITH number, reduce(walk = [start], step IN range(2, $length) | walk + COLLECT {
  WITH last(walk) AS current
  MATCH (current)-[r:NEXT]->(candidate:Item)
  WHERE r.weight > 0 AND candidate <> current
  RETURN candidate
  ORDER BY -log(1.0 - rand()) / r.weight
  LIMIT 1
}) AS items
RETURN number, [item IN items | item.id] AS item_ids
ORDER BY number;
