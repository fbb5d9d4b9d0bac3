// The in- and out-vectors of one slot, a few hundred items a row, in the order of the ids.
// Rows: item_ids (list of strings), in_vectors, out_vectors (lists of lists of floats; an in-vector may be null).
// :params {property: "embedding_a", out_property: "out_embedding_a"}
MATCH (i:Item)
WHERE i[$out_property] IS NOT NULL
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 250) AS first
WITH items[first..first + 250] AS slice
RETURN [i IN slice | i.id] AS item_ids, [i IN slice | i[$property]] AS in_vectors,
       [i IN slice | i[$out_property]] AS out_vectors;
