// The database's own scan of what a projection reads: the sum of the weights between items.
// Rows: n (integer), weight (float).
MATCH (i:Item)-[r:TOGETHER]->(j:Item)
WHERE r.weight > 0
RETURN count(*) AS n, sum(r.weight) AS weight;
