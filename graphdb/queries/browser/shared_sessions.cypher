// Who visited both of two items in one session, the latest first, as a picture.
// Rows: visitor (node), first, second (relationships), item, other (nodes).
// :params {item_id: "85123A", other_id: "21733"}
MATCH (item:Item {id: $item_id})<-[first:INTERACTED]-(visitor)
MATCH (visitor)-[second:INTERACTED]->(other:Item {id: $other_id})
WHERE first.session = second.session OR (first.session IS NULL AND second.session IS NULL)
RETURN visitor, first, second, item, other
ORDER BY second.at DESC, visitor.id
LIMIT 20;
