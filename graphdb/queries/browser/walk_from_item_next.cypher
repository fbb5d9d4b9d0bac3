// A random walk from one item along :NEXT, in its direction, each step drawn by its share of the weight: a picture and
// a table; every run is another walk. The law is that of walk/first_order_next.
// Rows: step (integer, from 1), title (string, or the id without one), weight (float), share (float, chance of this
// step), walk (path of this step).
// :params {item_id: "85123A", length: 10}
MATCH (start:Item {id: $item_id})
WITH reduce(items = [start], step IN range(2, toInteger($length)) | items + COLLECT {
  WITH last(items) AS current
  MATCH (current)-[r:NEXT]->(candidate:Item)
  WHERE r.weight > 0 AND candidate <> current
  RETURN candidate
  ORDER BY -log(1.0 - rand()) / r.weight
  LIMIT 1
}) AS items
UNWIND range(1, size(items) - 1) AS step
WITH step, items[step - 1] AS source, items[step] AS target
MATCH walk = (source)-[r:NEXT]->(target)
WITH step, walk, target, r.weight AS weight, reduce(total = 0.0, w IN COLLECT {
  MATCH (source)-[s:NEXT]->(other:Item)
  WHERE s.weight > 0 AND other <> source
  RETURN s.weight
} | total + w) AS total
RETURN step, coalesce(target.title, target.id) AS title, weight, weight / total AS share, walk
ORDER BY step;
