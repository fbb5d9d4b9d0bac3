// The database's quickest scan, which reads relationships in the order of the disk and no node.
// Rows: n (integer), weight (float).
MATCH ()-[r:TOGETHER]->()
RETURN count(*) AS n, sum(r.weight) AS weight;
