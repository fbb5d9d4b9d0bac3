// Interactions of sessions without a known user, none of whose keys may be there yet: the unique constraint refuses all of them otherwise.
// A visitor is [session_id, first, last]: its places in the other lists; seconds since 1970 UTC and values may be null.
// Rows: n_new (integer), how many were created.
// :params {visitors: [["s1", 0, 0]], items: ["i1"], keys: ["0c5f"], seconds: [1291191960], nanoseconds: [0], types: ["interaction"], values: [6.0], sessions: ["536365"]}
UNWIND $visitors AS visitor
MATCH (n:Session {id: visitor[0]})
UNWIND range(visitor[1], visitor[2]) AS k
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
