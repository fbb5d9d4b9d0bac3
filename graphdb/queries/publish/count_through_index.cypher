// How many items a vector index finds when it is asked for all of them.
// Rows: n_found (integer).
// :params {index: "item_embedding_a", k: 10000, vector: [0.1, 0.2]}
CALL db.index.vector.queryNodes($index, $k, $vector) YIELD node
RETURN count(node) AS n_found;
