// The scan by type that reads what a projection does: weights and both ends.
// Rows: n (integer), weight (float), ends (integer).
MATCH (i)-[r:TOGETHER]->(j)
WHERE r.weight > 0
RETURN count(*) AS n, sum(r.weight) AS weight, sum(id(i) + id(j)) AS ends;
