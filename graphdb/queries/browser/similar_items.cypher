// Items whose embedding is closest to one item's under the active model version, the item itself left out.
// Rows: item_id, title (strings), score (float, cosine mapped to 0..1 by Neo4j).
// :params {item_id: "85123A", k: 10, min_support: 30}
MATCH (m:Model {is_active: true})
MATCH (i:Item {id: $item_id})
CALL db.index.vector.queryNodes('item_embedding_' + m.slot, 10 * toInteger($k) + 1, i['embedding_' + m.slot])
YIELD node, score
WITH i, node, score
WHERE node <> i AND node.support >= $min_support AND NOT node:Hidden
RETURN node.id AS item_id, node.title AS title, score
ORDER BY score DESC, item_id
LIMIT toInteger($k);
