// Relationships the usual way: a row each.
// Rows: first, second (item ids), weight.
MATCH (a:Item)-[r:TOGETHER]->(b:Item)
RETURN a.id AS first, b.id AS second, r.weight AS weight;
