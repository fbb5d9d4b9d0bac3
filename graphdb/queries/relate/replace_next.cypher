// Replace the :NEXT relationships that leave some items; an item without targets loses all of its own.
// A row is [source, targets, counts, weights, last_seen in ms since 1970 or null], items by Neo4j's own node ids.
// Rows: n_written (integer).
// :params {rows: [[0, [1], [3], [0.5], [1700000000000]]]}
UNWIND $rows AS row
MATCH (a:Item)
WHERE id(a) = row[0]
CALL (a) {
  MATCH (a)-[old:NEXT]->()
  DELETE old
}
WITH a, row
UNWIND range(0, size(row[1]) - 1) AS n
MATCH (b:Item)
WHERE id(b) = row[1][n]
CREATE (a)-[r:NEXT {
  count: row[2][n],
  weight: row[3][n],
  last_seen: CASE WHEN row[4][n] IS NULL THEN null
                  ELSE datetime({epochMillis: row[4][n]}) END
}]->(b)
RETURN count(r) AS n_written;
