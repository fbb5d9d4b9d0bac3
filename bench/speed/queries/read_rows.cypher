// One row a relationship: the usual way to read a graph.
// Rows: source, target (strings), weight (float).
MATCH (i:Item)-[r:TOGETHER]->(j:Item)
WHERE r.weight > 0
RETURN i.id AS source, j.id AS target, r.weight AS weight;
