// Second-order (node2vec) random walks along TOGETHER, either way: a neighbour's weight is divided by p if it is the
// previous item, kept if the previous item links to it, and divided by q otherwise; the first step is first-order.
// The least of -log(u) / weight, u uniform, falls on each neighbour in proportion to its weight (exponential race).
// Rows: number (integer, place in start_ids), item_ids (list of string; shorter than length if it came to a dead end).
// :params {start_ids: ["i1", "i2"], length: 10, p: 1.0, q: 0.5}
UNWIND range(0, size($start_ids) - 1) AS number
MATCH (start:Item {id: $start_ids[number]})
WITH number, reduce(walk = [start], step IN range(2, $length) | walk + COLLECT {
  WITH last(walk) AS current, coalesce(walk[-2], last(walk)) AS previous
  WITH current, previous, COLLECT {
    MATCH (previous)-[e:TOGETHER]-(linked:Item) WHERE e.weight > 0
    RETURN linked
  } AS joined
  MATCH (current)-[r:TOGETHER]-(candidate:Item)
  WHERE r.weight > 0 AND candidate <> current
  RETURN candidate
  ORDER BY -log(1.0 - rand()) / r.weight
           * CASE WHEN candidate = previous THEN $p WHEN candidate IN joined THEN 1.0 ELSE $q END
  LIMIT 1
}) AS items
RETURN number, [item IN items | item.id] AS item_ids
ORDER BY number;
