// In how many sessions (or, without sessions, of how many visitors) two items were.
// Rows: n_shared (integer).
// :params {item_id: "85123A", other_id: "21733"}
MATCH (:Item {id: $item_id})<-[first:INTERACTED]-(visitor)
MATCH (visitor)-[second:INTERACTED]->(:Item {id: $other_id})
WHERE first.session = second.session OR (first.session IS NULL AND second.session IS NULL)
RETURN count(DISTINCT [visitor.id, first.session]) AS n_shared;
