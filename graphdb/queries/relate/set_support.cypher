// Set how many sessions hold each of some items. A row is [Neo4j's own node id, support].
// Rows: n_items (integer).
// :params {rows: [[0, 12]]}
UNWIND $rows AS row
MATCH (i:Item)
WHERE id(i) = row[0]
SET i.support = row[1]
RETURN count(i) AS n_items;
