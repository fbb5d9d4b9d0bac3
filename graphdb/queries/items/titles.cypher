// The titles of some items.
// Rows: item_id (string), title (string or null).
// :params {item_ids: ["85123A"]}
MATCH (i:Item)
WHERE i.id IN $item_ids
RETURN i.id AS item_id, toStringOrNull(i.title) AS title;
