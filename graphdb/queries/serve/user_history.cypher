// The latest interactions of one user (or of a session without one), oldest first; of one time, by the id.
// Rows: item_id (string); none if there is nobody of that id or nothing was had.
// :params {user_id: "17850", n_latest: 5000}
MATCH (v:User|Session {id: $user_id})-[r:INTERACTED]->(i:Item)
WITH i.id AS item_id, r.at AS at
ORDER BY at DESC, item_id DESC
LIMIT $n_latest
RETURN item_id
ORDER BY at, item_id;
