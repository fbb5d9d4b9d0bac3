// Interactions of known users, none of whose keys may be there yet: the unique constraint refuses all of them otherwise.
// A row is [user_id, item_ids, keys, seconds since 1970 UTC or null, nanoseconds, types, values, session_ids].
// Rows: n_new (integer), how many were created.
// :params {rows: [["u1", ["i1"], ["0c5f"], [1291191960], [0], ["interaction"], [6.0], ["536365"]]]}
UNWIND $rows AS row
MATCH (n:User {id: row[0]})
UNWIND range(0, size(row[1]) - 1) AS k
MATCH (i:Item {id: row[1][k]})
CREATE (n)-[:INTERACTED {
  key: row[2][k],
  at: CASE WHEN row[3][k] IS NULL THEN null
           ELSE datetime({epochSeconds: row[3][k], nanosecond: row[4][k]}) END,
  type: row[5][k],
  value: row[6][k],
  session: row[7][k]
}]->(i)
RETURN count(*) AS n_new;
