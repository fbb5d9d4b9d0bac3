// The items of one shelf nearest to an item by Neo4j's own vector index, the item itself left out.
// Rows: item_id (string), title (string or null), score (float).
// :params {item_id: "item-0000001", shelf: 3, n_nearest: 21, k: 20}
CYPHER 25
MATCH (i:Item {id: $item_id})
MATCH (node:Shelved)
  SEARCH node IN (
    VECTOR INDEX bench_shelves
    FOR i.embedding_a
    WHERE node.shelf = $shelf
    LIMIT $n_nearest
  ) SCORE AS score
WITH i, node, score
WHERE node <> i
RETURN node.id AS item_id, node.title AS title, score
ORDER BY score DESC, item_id
LIMIT $k;
