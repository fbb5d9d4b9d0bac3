// What the explorer shows of some items.
// Rows: item_id (string), title, category (strings or null), community (integer or null), support (integer).
// :params {item_ids: ["85123A"]}
MATCH (i:Item)
WHERE i.id IN $item_ids
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       toIntegerOrNull(i.community) AS community, coalesce(i.support, 0) AS support;
