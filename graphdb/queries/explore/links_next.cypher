// The :NEXT relationships among some items, the strongest first.
// Rows: source, target (strings), weight (float), count (integer or null).
// :params {item_ids: ["85123A", "21733"], k: 1000}
MATCH (a:Item)-[r:NEXT]->(b:Item)
WHERE a.id IN $item_ids AND b.id IN $item_ids AND a <> b AND r.weight > 0
RETURN a.id AS source, b.id AS target, r.weight AS weight, r.count AS count
ORDER BY weight DESC, source, target
LIMIT toInteger($k);
