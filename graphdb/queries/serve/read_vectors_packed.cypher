// The vectors of one property, a few hundred items a row, in the order of the ids, packed (2025.10 and later).
// Rows: item_ids (list of strings), vectors (list of FLOAT32 vectors).
// :params {property: "out_embedding_a"}
CYPHER 25
MATCH (i:Item)
WHERE i[$property] IS NOT NULL
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 250) AS first
WITH items[first..first + 250] AS slice
RETURN [i IN slice | i.id] AS item_ids,
       [i IN slice | vector(i[$property], size(i[$property]), FLOAT32)] AS vectors;
