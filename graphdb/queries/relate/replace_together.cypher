// Replace the :TOGETHER relationships that leave some items; an item without targets loses all of its own.
// Rows: n_written (integer).
// :params {rows: [{source: "a", targets: ["b"], counts: [3], weights: [0.5], last_seen: [1700000000000]}]}
UNWIND $rows AS row
MATCH (a:Item {id: row.source})
CALL (a) {
  MATCH (a)-[old:TOGETHER]->()
  DELETE old
}
WITH a, row
UNWIND range(0, size(row.targets) - 1) AS n
MATCH (b:Item {id: row.targets[n]})
CREATE (a)-[r:TOGETHER {count: row.counts[n], weight: row.weights[n]}]->(b)
SET r.last_seen = CASE WHEN row.last_seen[n] IS NULL THEN null ELSE datetime({epochMillis: row.last_seen[n]}) END
RETURN count(r) AS n_written;
