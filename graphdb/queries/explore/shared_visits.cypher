// Who had both of two items in one session, the latest first.
// Rows: visitor (string), is_user (boolean), session (string or null), at (time or null).
// :params {item_id: "85123A", other_id: "21733", k: 20}
MATCH (:Item {id: $item_id})<-[first:INTERACTED]-(visitor)
MATCH (visitor)-[second:INTERACTED]->(:Item {id: $other_id})
WHERE first.session = second.session OR (first.session IS NULL AND second.session IS NULL)
WITH visitor, second.session AS session, max(second.at) AS at
RETURN visitor.id AS visitor, visitor:User AS is_user, session, at
ORDER BY at DESC, visitor, session
LIMIT toInteger($k);
