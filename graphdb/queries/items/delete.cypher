// Take items away, with their relationships and what visitors did with them.
// Rows: item_id (string); none for an item that is not there.
// :params {item_ids: ["i1"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
DETACH DELETE i
RETURN item_id;
