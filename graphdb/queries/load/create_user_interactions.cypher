// Interactions of known users, those whose key is not there yet. No key may come twice.
// A visitor is [user_id, first, last]: its places in the other lists; seconds since 1970 UTC and values may be null.
// Rows: n_new (integer), how many were not there before.
// :params {visitors: [["u1", 0, 0]], items: ["i1"], keys: ["0c5f"], seconds: [1291191960], nanoseconds: [0], types: ["interaction"], values: [6.0], sessions: ["536365"]}
UNWIND $visitors AS visitor
UNWIND range(visitor[1], visitor[2]) AS k
OPTIONAL MATCH ()-[old:INTERACTED {key: $keys[k]}]->()
WITH visitor, k, old
WHERE old IS NULL
MATCH (n:User {id: visitor[0]})
MATCH (i:Item {id: $items[k]})
CREATE (n)-[:INTERACTED {
  key: $keys[k],
  at: CASE WHEN $seconds[k] IS NULL THEN null
           ELSE datetime.fromEpoch($seconds[k], $nanoseconds[k]) END,
  type: $types[k],
  value: $values[k],
  session: $sessions[k]
}]->(i)
RETURN count(*) AS n_new;
