// The titles of some items.
// Rows: item_id (string), title (string or null).
// :params {item_ids: ["a"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
RETURN item_id, toStringOrNull(i.title) AS title
ORDER BY item_id;
