// The most visited items.
// Rows: item_id (string), title, category (strings or null), support (integer).
// :params {k: 12}
MATCH (i:Item)
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       coalesce(i.support, 0) AS support
ORDER BY support DESC, item_id
LIMIT toInteger($k);
