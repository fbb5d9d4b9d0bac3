// One item by its id.
// Rows: item_id (string), title (string or null), category (string or null), support (integer); at most one.
// :params {item_id: "85123A"}
MATCH (i:Item {id: $item_id})
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       coalesce(i.support, 0) AS support;
