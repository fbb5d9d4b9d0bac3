// Which properties items have, and of what types: what can be filtered by and shown.
// Rows: name (string), types (list of strings), n_items (integer), n_characters (integer, of all values written out).
// :params {ignored: ["embedding_a", "out_embedding_a", "map_a"]}
MATCH (i:Item)
WHERE i.id IS NOT NULL
UNWIND [name IN keys(i) WHERE NOT name IN $ignored] AS name
WITH name, valueType(i[name]) AS type, size(toStringOrNull(i[name])) AS length
RETURN name, collect(DISTINCT type) AS types, count(*) AS n_items, sum(length) AS n_characters
ORDER BY n_items DESC, name
LIMIT 1000;
