// Interactions of sessions without a known user, those whose key is not there yet. No key may come twice among the rows.
// A row is [session_id, item_id, key, seconds since 1970 UTC or null, nanoseconds, type, value, session_id].
// Rows: n_new (integer), how many were not there before.
// :params {rows: [["s1", "i1", "0c5f", 1291191960, 0, "interaction", 6.0, "536365"]]}
UNWIND $rows AS row
OPTIONAL MATCH ()-[old:INTERACTED {key: row[2]}]->()
WITH row, old
WHERE old IS NULL
MATCH (n:Session {id: row[0]})
MATCH (i:Item {id: row[1]})
CREATE (n)-[:INTERACTED {
  key: row[2],
  at: CASE WHEN row[3] IS NULL THEN null
           ELSE datetime({epochSeconds: row[3], nanosecond: row[4]}) END,
  type: row[5],
  value: row[6],
  session: row[7]
}]->(i)
RETURN count(*) AS n_new;
