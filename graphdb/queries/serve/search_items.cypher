// Items found by the words of their title in the full text index, best first; of equally good ones the more popular first.
// Rows: item_id (string), title (string or null), category (string or null), support (integer).
// :params {query: "+\"wicker\" +\"heart\"", limit: 20}
CALL db.index.fulltext.queryNodes("item_title_full_text", $query, {limit: 2000}) YIELD node, score
WHERE NOT node:Hidden
RETURN node.id AS item_id, toStringOrNull(node.title) AS title,
       toStringOrNull(node.category) AS category, coalesce(node.support, 0) AS support
ORDER BY score DESC, support DESC, item_id
LIMIT $limit;
