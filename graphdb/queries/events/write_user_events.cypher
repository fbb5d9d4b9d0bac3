// What known users did: an interaction a row, unless its key is there already. No key may come twice.
// Rows: place (integer), outcome (string: accepted, duplicate, unknown_item).
// :params {rows: [{place: 0, key: "event:e1", item_id: "i1", user_id: "u1", session_id: null, at: datetime(), type: "view", value: null}]}
UNWIND $rows AS row
OPTIONAL MATCH ()-[old:INTERACTED {key: row.key}]->()
OPTIONAL MATCH (i:Item {id: row.item_id})
WITH row, i, CASE WHEN old IS NOT NULL THEN "duplicate" WHEN i IS NULL THEN "unknown_item"
                  ELSE "accepted" END AS outcome
CALL (row, i, outcome) {
  WITH row, i, outcome
  WHERE outcome = "accepted"
  MERGE (visitor:User {id: row.user_id})
  CREATE (visitor)-[:INTERACTED {
    key: row.key, at: row.at, type: row.type, value: row.value, session: row.session_id,
    received_at: datetime()
  }]->(i)
}
RETURN row.place AS place, outcome
ORDER BY place;
