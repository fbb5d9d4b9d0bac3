// Which of some items a vector index finds among the ten closest to their own vector.
// Rows: item_id (string).
// :params {index: "item_embedding_a", property: "embedding_a", item_ids: ["a"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
CALL db.index.vector.queryNodes($index, 10, i[$property]) YIELD node
WITH item_id, i, node
WHERE node = i
RETURN item_id
ORDER BY item_id;
