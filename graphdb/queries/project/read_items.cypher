// Every item, in the order of its id, a thousand a row: the vocabulary of the projection.
// Rows: nodes (list of integers, Neo4j's own node ids), item_ids (list of strings), support (list of integers).
MATCH (i:Item)
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 1000) AS first
WITH items[first..first + 1000] AS slice
RETURN [i IN slice | id(i)] AS nodes, [i IN slice | i.id] AS item_ids,
       [i IN slice | coalesce(i.support, 0)] AS support;
