// Which of some items a vector index finds among the hundred closest to their own vector (of the ten closest it misses one in
// twenty where people of one circle have nearly the same); where a hundred others are as close as can be told, that counts as found.
// Rows: item_id (string).
// :params {index: "item_embedding_a", property: "embedding_a", item_ids: ["a"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
CALL db.index.vector.queryNodes($index, 100, i[$property]) YIELD node, score
WITH item_id, i, collect(node) AS nodes, min(score) AS least
WHERE i IN nodes OR least > 0.995
RETURN item_id
ORDER BY item_id;
