// The items nearest to one by Neo4j's own vector index, the item itself left out.
// Rows: item_id (string), title (string or null), score (float).
// :params {item_id: "item-0000001", k: 20}
MATCH (i:Item {id: $item_id})
CALL db.index.vector.queryNodes('item_embedding_a', $k + 1, i.embedding_a) YIELD node, score
WITH i, node, score
WHERE node <> i
RETURN node.id AS item_id, node.title AS title, score
ORDER BY score DESC, item_id
LIMIT $k;
