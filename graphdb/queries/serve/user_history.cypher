// The latest interactions of one user (or of a session without one), oldest first.
// Rows: item_id (string), at_ms (integer, ms since 1970, or null); none if nobody of that id had anything.
// :params {user_id: "17850", n_latest: 5000}
MATCH (v:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WITH i.id AS item_id, r.at AS at
ORDER BY at DESC, item_id DESC
LIMIT $n_latest
RETURN item_id, at.epochMillis AS at_ms
ORDER BY at, item_id;
