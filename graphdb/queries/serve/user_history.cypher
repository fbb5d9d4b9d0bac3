// The latest interactions of one user (or of a session without one), oldest first; with until_ms (null: all) none that came later.
// Rows: item_id (string), at_ms, known_ms (integers, ms since 1970, or null; when it happened, and since when it is here if it came as an event); none if nobody of that id had anything.
// :params {user_id: "17850", until_ms: 1767225600000, n_latest: 5000}
MATCH (v:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WITH i.id AS item_id, r.at AS at, coalesce(r.received_at, r.at) AS known
WHERE $until_ms IS NULL OR known IS NULL OR known.epochMillis <= $until_ms
WITH item_id, at, known
ORDER BY at DESC, item_id DESC
LIMIT $n_latest
RETURN item_id, at.epochMillis AS at_ms, known.epochMillis AS known_ms
ORDER BY at, item_id;
