// Every item with its vector in one slot, in the order of its id: what a serving process keeps in memory.
// Rows: item_id (string), title (string or null), category (string or null), support (integer), vector (list of floats or null).
// :params {property: "embedding_a"}
MATCH (i:Item)
WHERE i.id IS NOT NULL
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       coalesce(i.support, 0) AS support, i[$property] AS vector
ORDER BY i.id;
