// The vectors of one property, a few hundred items a row, in the order of the ids.
// Rows: item_ids (list of strings), vectors (list of lists of floats).
// :params {property: "out_embedding_a"}
MATCH (i:Item)
WHERE i[$property] IS NOT NULL
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 250) AS first
WITH items[first..first + 250] AS slice
RETURN [i IN slice | i.id] AS item_ids, [i IN slice | i[$property]] AS vectors;
