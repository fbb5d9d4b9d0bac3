// The strongest :TOGETHER relationships of the whole graph.
// Rows: weight (float), count (integer), source, target (strings: titles, or ids without a title).
// :params {k: 25}
MATCH (a:Item)-[r:TOGETHER]->(b:Item)
RETURN r.weight AS weight, r.count AS count,
       coalesce(a.title, a.id) AS source, coalesce(b.title, b.id) AS target
ORDER BY weight DESC, source, target
LIMIT toInteger($k);
