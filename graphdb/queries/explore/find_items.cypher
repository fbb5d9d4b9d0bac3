// Items whose title or id holds a text, in any case, the most visited first.
// Rows: item_id, title, category (strings, the last two or null), support (integer).
// :params {words: "lunch bag", k: 10}
MATCH (i:Item)
WHERE toLower(toStringOrNull(i.title)) CONTAINS toLower($words) OR toLower(i.id) CONTAINS toLower($words)
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       coalesce(i.support, 0) AS support
ORDER BY support DESC, item_id
LIMIT toInteger($k);
