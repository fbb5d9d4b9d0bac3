// The latest interactions of one user (or of a session without one), oldest first; with until_ms (null: all) none that is later.
// Rows: item_id (string), at_ms (integer, ms since 1970, or null); none if nobody of that id had anything.
// :params {user_id: "17850", until_ms: 1767225600000, n_latest: 5000}
MATCH (v:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WHERE $until_ms IS NULL OR r.at IS NULL OR r.at.epochMillis <= $until_ms
WITH i.id AS item_id, r.at AS at
ORDER BY at DESC, item_id DESC
LIMIT $n_latest
RETURN item_id, at.epochMillis AS at_ms
ORDER BY at, item_id;
