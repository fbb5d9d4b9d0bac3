// Some properties of every item, a thousand items a row, in the order of the ids.
// Rows: item_ids (list of strings), columns (list of lists of values or nulls, one for each name).
// :params {names: ["price", "colour"]}
MATCH (i:Item)
WHERE i.id IS NOT NULL
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 1000) AS first
WITH items[first..first + 1000] AS slice
RETURN [i IN slice | i.id] AS item_ids, [name IN $names | [i IN slice | i[name]]] AS columns;
