// Items as they are now, with their properties but for those Footpath keeps there itself.
// Rows: item_id (string), title, category (strings or null), support (integer), is_hidden (boolean), names (list of strings), values (list); none for an item that is not there.
// :params {item_ids: ["i1"], owned: ["id", "support"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
WITH i, [name IN keys(i) WHERE NOT name IN $owned] AS names
RETURN i.id AS item_id, toStringOrNull(i.title) AS title, toStringOrNull(i.category) AS category,
       coalesce(i.support, 0) AS support, i:Hidden AS is_hidden, names,
       [name IN names | i[name]] AS values;
